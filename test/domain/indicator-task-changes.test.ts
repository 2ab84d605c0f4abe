import { describe, expect, test } from 'vitest';
import { decimal } from '../../domain/decimal.ts';
import { ownersOf, weightOn, type Adjustment, type Command } from '../../domain/indicator-task.ts';
import { localDate } from '../../domain/time.ts';
import { periodsOf } from './periods.ts';
import {
  assigned,
  cast,
  leader,
  office,
  reviewer,
  roads,
  second,
  underWay,
  type TaskStory,
} from './task-story.ts';

const asks = (adjustment: Adjustment): Command => ({
  command: 'request_adjustment',
  adjustment,
  reason: '汛期停工',
});
const anotherDay = (period: string, due_on: string): Command =>
  asks({ kind: 'report_date', period, due_on: localDate(due_on) });
const grants = { command: 'decide_adjustment', granted: true, reason: '同意' } as const;

describe("another day for one period's report", () => {
  const asked = () => underWay().until('2026-02-03 10:00').by(roads, anotherDay('2026-01', '2026-02-27'));

  test('is asked for by the unit and decided by the leader in charge: the warnings start anew', () => {
    const story = asked();
    expect(story.allows(leader)).toContain('decide_adjustment');
    expect([office, reviewer, roads].flatMap((who) => story.allows(who))).not.toContain('decide_adjustment');
    story.until('2026-02-05 10:00').by(leader, grants);
    expect(story.due('report/2026-01')).toBe('2026-02-27 24:00');
    expect(story.due('progress/2026-01')).toBe('2026-03-05 24:00');
    expect(story.until('2026-03-03 10:00').warningsOf('report/2026-01')).toEqual([
      'report/2026-01/1 bell 2026-02-05 09:00',
      'report/2026-01/2 bell 2026-02-26 09:00',
      'report/2026-01/2 yellow_card 2026-02-27 24:00',
      'report/2026-01/2 red_card 2026-02-28 24:00',
    ]);
  });

  test('a day far away does not leave the periods between unwatched', () => {
    const story = underWay()
      .until('2026-02-03 10:00')
      .by(roads, anotherDay('2026-01', '2026-06-30'))
      .by(leader, grants);
    expect(story.watched).toContain('report/2026-02 2026-03-06 24:00');
    expect(story.until('2026-05-20 10:00').warningsOf('report/2026-03')).toHaveLength(3);
  });

  test("where its checkpoint would fall after the year's end, none is left of the day before", () => {
    const story = underWay().until('2026-12-01 10:00');
    expect(story.due('progress/2026-11')).toBe('2026-12-14 24:00');
    story.by(roads, anotherDay('2026-11', '2026-12-28')).by(leader, grants);
    expect(story.last('adjustment_granted').clears).toEqual(['progress/2026-11']);
    expect([story.due('report/2026-11'), story.due('progress/2026-11')]).toEqual(['2026-12-28 24:00', null]);
    expect(story.until('2026-12-28 10:00').warningsOf('progress/2026-11')).toEqual([]);
  });

  test('reported by the new day it is green, and what it had shown before stays', () => {
    const story = asked()
      .until('2026-02-10 10:00')
      .by(leader, grants)
      .until('2026-02-27 10:00')
      .reports('2026-01', '10');
    expect(story.period('2026-01').late).toBe(false);
    expect(story.colours('2026-01')).toBe(
      'bell 2026-02-05, yellow_card 2026-02-07, red_card 2026-02-10, bell 2026-02-26, green 2026-02-27',
    );
  });

  test('too late, too early, beyond the year, twice at once: refused', () => {
    const story = underWay().until('2026-02-06 17:01');
    expect(story.tries(roads, anotherDay('2026-01', '2026-02-27'))).toBe('adjustment_too_late');
    const early = underWay().until('2026-02-06 17:00');
    expect(early.tries(roads, anotherDay('2026-01', '2026-02-06'))).toBe('due_not_later');
    expect(early.tries(roads, anotherDay('2026-01', '2027-01-06'))).toBe('due_beyond_year');
    expect(early.tries(roads, anotherDay('2026-13', '2026-02-27'))).toBe('period_unknown');
    expect(early.tries(roads, anotherDay('2026-01', '2026-02-27'))).toBeNull();
    expect(early.tries(roads, anotherDay('2026-01', '2026-03-27'))).toBe('adjustment_pending');
    const filed = underWay().until('2026-02-05 10:00').reports('2026-01', '10');
    expect(filed.tries(roads, anotherDay('2026-01', '2026-02-27'))).toBe('nothing_changed');
  });

  test('decided too late, or by who asked, it is not granted; rejected it changes nothing', () => {
    const story = asked().until('2026-02-28 10:00');
    expect(story.tries(leader, grants)).toBe('due_in_past');
    expect(story.tries({ ...roads, role: 'city_leader' }, grants)).toBe('same_person');
    const filed = asked().reports('2026-01', '10');
    expect(filed.tries(leader, grants)).toBe('nothing_changed');
    const rejected = asked().by(leader, { ...grants, granted: false });
    expect(rejected.due('report/2026-01')).toBe('2026-02-06 24:00');
    expect(rejected.tries(leader, grants)).toBe('no_adjustment_pending');
  });
});

describe('another target', () => {
  const target = (value: string, planned: Readonly<Record<string, string>> = {}): Adjustment => ({
    kind: 'target',
    value: decimal(value),
    planned: Object.fromEntries(Object.entries(planned).map(([id, text]) => [id, decimal(text)])),
  });

  test('is judged from the next checkpoint on; the list as it was released is kept', () => {
    const story = underWay()
      .by(roads, asks(target('100', { '2026-01': '5' })))
      .by(leader, grants);
    expect(story.state).toMatchObject({
      target: { value: '100' },
      facts: { target: { value: '120' } },
      adjustments: 1,
    });
    expect(story.period('2026-12').planned).toBe('100');
    story.until('2026-02-03 10:00').reports('2026-01', '4').accepts('2026-01');
    expect(story.last('report_accepted').judgement).toMatchObject({ planned: '5', behind: '1' });
  });

  test('lowered, it takes the plan of open periods along: who has reached it is on plan', () => {
    const story = underWay().until('2026-09-10 10:00');
    story.reports('2026-08', '80').accepts('2026-08');
    story.by(roads, asks(target('96'))).by(leader, grants);
    expect(story.state.periods.slice(7).map(({ planned }) => planned)).toEqual([
      '80',
      '90',
      '96',
      '96',
      '96',
    ]);
    expect(story.last('adjustment_granted').adjustment).toMatchObject({
      planned: { '2026-10': '96', '2026-11': '96' },
    });
    story.until('2026-11-03 10:00').reports('2026-10', '96').accepts('2026-10');
    expect(story.last('report_accepted').judgement).toMatchObject({ behind: '0', level: 'none' });
  });

  test('with a plan of its own that asks for more than the target, the plan ends at the target', () => {
    const story = underWay()
      .by(roads, asks(target('96', { '2026-10': '100', '2026-11': '92' })))
      .by(leader, grants);
    expect(story.state.periods.slice(8).map(({ planned }) => planned)).toEqual(['90', '96', '92', '96']);
  });

  test('raised, or what is accepted already: the plan stays as it was', () => {
    const raised = underWay()
      .by(roads, asks(target('150')))
      .by(leader, grants);
    expect(raised.state.periods.slice(-3).map(({ planned }) => planned)).toEqual(['100', '110', '150']);
    expect(raised.last('adjustment_granted').adjustment).toEqual(target('150'));
    const early = underWay().until('2026-11-03 10:00').reports('2026-10', '100').accepts('2026-10');
    early.by(roads, asks(target('96'))).by(leader, grants);
    expect(early.state.periods.slice(-3).map(({ planned }) => planned)).toEqual(['100', '96', '96']);
  });

  test('where lower is better a rate is not asked to fall below it, and no ceiling lies above it', () => {
    const plan = (start: string, end: string, planned: readonly string[], then: string) =>
      underWay({
        facts: {
          kind: 'common',
          start_value: decimal(start),
          target: { value: decimal(end), measure: '起', direction: 'lower_better' },
          periods: periodsOf(2026, 'quarterly', planned),
        },
      })
        .by(roads, asks(target(then)))
        .by(leader, grants)
        .state.periods.map((period) => period.planned);
    expect(plan('80', '60', ['75', '70', '65', '60'], '72')).toEqual(['75', '72', '72', '72']);
    expect(plan('0', '10', ['2', '5', '9', '10'], '8')).toEqual(['2', '5', '8', '8']);
    expect(plan('0', '10', ['2', '5', '9', '10'], '12')).toEqual(['2', '5', '9', '12']);
    expect(plan('0', '10', ['2', '5', '9', '10'], '0')).toEqual(['0', '0', '0', '0']);
  });

  test('R-014 below last year, of what is accepted, or against the plan: refused', () => {
    const story = underWay().until('2026-02-03 10:00').reports('2026-01', '10').accepts('2026-01');
    expect(story.tries(roads, asks(target('95')))).toBe('target_not_beyond_baseline');
    expect(story.tries(roads, asks(target('110', { '2026-01': '5' })))).toBe('plan_invalid');
    expect(story.tries(roads, asks(target('110', { '2026-12': '100' })))).toBe('plan_invalid');
    expect(story.tries(roads, asks(target('110', { '2026-13': '100' })))).toBe('period_unknown');
    expect(story.tries(roads, asks(target('120')))).toBe('nothing_changed');
  });
});

describe('R-022 weights', () => {
  const weighs = (points: string, effective_from: string): Command => ({
    command: 'change_weight',
    points: decimal(points),
    effective_from: localDate(effective_from),
    reason: '新增动态指标',
  });
  const confirms = { command: 'confirm_weight' } as const;
  const on = (story: TaskStory, date: string) => weightOn(story.state, localDate(date));

  test('what was the weight on 15 May has an answer, whatever came later', () => {
    const story = underWay()
      .until('2026-04-20 10:00')
      .by(office, weighs('3.5', '2026-05-01'))
      .by(second, confirms);
    story.until('2026-06-20 10:00').by(second, weighs('2', '2026-07-01')).by(office, confirms);
    expect(
      ['2026-01-01', '2026-04-30', '2026-05-01', '2026-05-15', '2026-06-30', '2026-07-01'].map((date) =>
        on(story, date),
      ),
    ).toEqual(['4', '4', '3.5', '3.5', '3.5', '2']);
    expect(story.state.weights[0]).toMatchObject({
      reason: '新增动态指标',
      proposed_by: office,
      approved_by: second,
    });
  });

  test('take two people; of two for one day the later signature holds', () => {
    const story = assigned().by(office, weighs('3.5', '2026-05-01'));
    expect(story.tries(office, confirms)).toBe('same_person');
    // Offered to nobody: only a unit's whole list can stay at 100.
    for (const one of [office, second]) {
      for (const command of ['change_weight', 'confirm_weight', 'reject_weight'])
        expect(story.allows(one)).not.toContain(command);
    }
    expect(story.tries(second, weighs('2', '2026-05-01'))).toBe('weight_pending');
    story.by(second, confirms).by(office, weighs('3', '2026-05-01')).by(second, confirms);
    expect(on(story, '2026-05-15')).toBe('3');
    story.by(office, weighs('1', '2026-05-01')).by(office, { command: 'reject_weight', reason: '不改了' });
    expect(on(story, '2026-05-15')).toBe('3');
    expect(story.tries(second, confirms)).toBe('no_weight_pending');
  });

  test('never change what has been: not before today, and signed later they hold from that day', () => {
    const story = underWay().until('2026-04-20 10:00');
    expect(story.tries(office, weighs('3', '2026-04-19'))).toBe('due_in_past');
    expect(story.tries(office, weighs('3', '2027-01-01'))).toBe('due_beyond_year');
    expect(story.tries(office, weighs('4', '2026-05-01'))).toBe('nothing_changed');
    expect(story.tries(office, weighs('100.01', '2026-05-01'))).toBe('points_invalid');
    story.by(office, weighs('3', '2026-04-20')).until('2026-04-25 10:00').by(second, confirms);
    expect([on(story, '2026-04-24'), on(story, '2026-04-25')]).toEqual(['4', '3']);
  });

  test('told late they hold as two people have decided them, and are judged by the day of that', () => {
    const decided_on = localDate('2026-04-18');
    const told = (points: string, effective_from: string) =>
      ({ ...weighs(points, effective_from), decided_on }) as Command;
    const story = underWay().until('2026-04-20 10:00');
    expect(story.tries(office, told('3', '2026-04-17'))).toBe('due_in_past');
    story.by(office, told('3', '2026-04-18')).by(second, { ...confirms, decided_on });
    expect([on(story, '2026-04-17'), on(story, '2026-04-18')]).toEqual(['4', '3']);
    expect(story.tries(office, told('3', '2026-04-18'))).toBe('nothing_changed');
  });

  test('R-020 a dynamic indicator weighs nothing before the day from which it counts', () => {
    const effective_from = localDate('2026-07-01');
    const story = assigned({ on: '2026-06-10 10:00', facts: { origin: 'dynamic', effective_from } });
    story.by(office, weighs('3', '2026-08-01')).by(second, confirms);
    expect(['2026-06-30', '2026-07-01', '2026-08-01'].map((date) => on(story, date))).toEqual([
      null,
      '4',
      '3',
    ]);
  });
});

describe('R-021 what becomes common', () => {
  const promotes = { command: 'promote', theme: 'river', reason: '全市推开', proposed_by: office } as const;

  test('is decided in the list by two people, and the task counts under its theme from then on', () => {
    const story = underWay();
    expect(cast.flatMap((one) => story.allows(one))).not.toContain('promote');
    expect(story.tries(office, promotes)).toBe('same_person');
    story.by(second, promotes);
    expect(story.state.facts).toMatchObject({ kind: 'common', theme: 'river' });
    expect(ownersOf(story.state)).toMatchObject({ theme: 'river' });
    expect(story.tries(second, promotes)).toBe('nothing_changed');
  });
});

describe('what every process knows', () => {
  test('撤销 is for the assessment office, by two people', () => {
    const story = underWay().by(office, { command: 'withdraw', reason: '指标取消' });
    expect(story.allows(second)).toContain('confirm_withdrawal');
    story.by(second, { command: 'confirm_withdrawal' });
    expect(story.state).toMatchObject({ stage: 'withdrawn', deadlines: [], reason: '指标取消' });
  });

  test('催办, 批注 and another person do not need a stage of their own', () => {
    const story = assigned().by(office, { command: 'urge' }).by(leader, { command: 'comment', text: '抓紧' });
    expect(story.tries(leader, { command: 'urge' })).toBe('urge_cooling_down');
    story.by(roads, { command: 'reassign_person', role: 'reporter', person_id: 'new' });
    expect(story.state.people.reporter).toBe('new');
    expect(story.stage).toBe('assigned');
  });
});
