import { describe, expect, test } from 'vitest';
import { decimal } from '../../domain/decimal.ts';
import {
  allowedCommands,
  create,
  defaultIndicatorRules,
  type Command,
  type IndicatorFacts,
} from '../../domain/indicator-task.ts';
import { todosOf } from '../../domain/indicator-task-todos.ts';
import { tellings } from '../../domain/indicator-task-tellings.ts';
import { isRefusal } from '../../domain/refusal.ts';
import { policy } from './item-story.ts';
import { calendar } from './official-calendar.ts';
import { periodsOf } from './periods.ts';
import { at } from './story.ts';
import {
  assigned,
  aTask,
  leader,
  office,
  report,
  reviewer,
  roads,
  taskPolicies,
  underWay,
  viewerOf,
} from './task-story.ts';

const closes: Command = { command: 'request_close', result: '全年任务完成' };
const approves = (completion: string): Command => ({
  command: 'approve',
  completion: decimal(completion),
  reasons: '现场核实',
});

describe('the end that the unit asks for', () => {
  const asked = () => underWay().until('2026-11-10 10:00').by(roads, closes);

  test('is reviewed within ten working days by somebody who filed nothing', () => {
    const story = asked();
    expect(story.watched.filter((line) => !line.startsWith('progress'))).toEqual(['review 2026-11-24 24:00']);
    expect(story.tries({ ...roads, role: 'reviewer_scorer' }, approves('100'))).toBe('same_person');
    expect(story.last('close_requested').open_periods).toHaveLength(12);
    story.by(reviewer, approves('100'));
    expect(story.state).toMatchObject({ stage: 'completed', on_time: true, deadlines: [] });
  });

  test('from the completion that the settings ask for it is completed, below it not', () => {
    expect(asked().by(reviewer, approves('99.99')).stage).toBe('not_completed');
    const lenient = underWay({ rules: { completed_from: decimal('95') } }).by(roads, closes);
    expect(lenient.by(reviewer, approves('95')).stage).toBe('completed');
    expect(asked().tries(reviewer, approves('100.1'))).toBe('completion_out_of_range');
    expect(asked().tries(reviewer, approves('-1'))).toBe('completion_out_of_range');
  });

  test('returned, everything that is owed is watched again', () => {
    const story = underWay().until('2026-03-20 10:00').reports('2026-01', '10').by(roads, closes);
    expect(story.tries(reviewer, { command: 'return', reasons: '尚未完工' })).toBeNull();
    expect(story.watched.filter((line) => !line.startsWith('progress'))).toEqual([
      'year_end 2026-12-31 24:00',
      'report/2026-02 2026-03-06 24:00',
      'report/2026-03 2026-04-08 24:00',
      'review/2026-01 2026-03-27 24:00',
    ]);
    expect(story.state).toMatchObject({ stage: 'in_progress', returns: 1 });
  });

  test('returned, a report that has days of its own is watched at once, beside one that is late', () => {
    const story = underWay().until('2026-03-10 10:00').reports('2026-01', '10').until('2026-03-12 10:00');
    story.by(reviewer, { command: 'return_report', period: '2026-01', reasons: '缺台账' });
    expect(story.due('report/2026-01')).toBe('2026-03-17 24:00');
    story.by(roads, closes).by(reviewer, { command: 'return', reasons: '尚未完工' });
    expect([story.due('report/2026-01'), story.due('report/2026-02')]).toEqual([
      '2026-03-17 24:00',
      '2026-03-06 24:00',
    ]);
  });

  describe('returned, the reports of the time under review', () => {
    const back = (asked: string, returned: string, given: Parameters<typeof underWay>[0] = {}) => {
      const story = underWay(given).until('2026-02-03 10:00').reports('2026-01', '10').accepts('2026-01');
      story.until(asked).by(roads, closes).until(returned);
      return story.by(reviewer, { command: 'return', reasons: '尚未完工' });
    };

    test('are due as a returned report is, and filed by then they are on time', () => {
      const story = back('2026-03-03 10:00', '2026-03-16 10:00');
      expect([story.due('report/2026-02'), story.due('progress/2026-02')]).toEqual([
        '2026-03-19 24:00',
        '2026-03-26 24:00',
      ]);
      story.until('2026-03-19 10:00').reports('2026-02', '20');
      expect(story.last('progress_reported').late).toBe(false);
      expect(story.state.cards).toEqual({ bell: 1, yellow_card: 0, red_card: 0 });
      expect(story.colours('2026-02')).toBe('bell 2026-03-18, green 2026-03-19');
    });

    test('missed again they are warned of from that day', () => {
      const story = back('2026-03-03 10:00', '2026-03-16 10:00').until('2026-03-21 10:00');
      expect(story.warningsOf('report/2026-02')).toEqual([
        'report/2026-02/2 bell 2026-03-18 09:00',
        'report/2026-02/2 yellow_card 2026-03-19 24:00',
        'report/2026-02/2 red_card 2026-03-20 24:00',
      ]);
      expect(story.reports('2026-02', '20').period('2026-02').late).toBe(true);
    });

    test('are so after months of review too, all of them, also those that nothing had watched yet', () => {
      const story = back('2026-03-03 10:00', '2026-06-16 10:00');
      const reports = story.watched.filter((line) => line.startsWith('report'));
      expect(reports.slice(0, 4)).toEqual([
        'report/2026-02 2026-06-22 24:00',
        'report/2026-03 2026-06-22 24:00',
        'report/2026-04 2026-06-22 24:00',
        'report/2026-05 2026-06-22 24:00',
      ]);
      expect(story.state.cards).toEqual({ bell: 0, yellow_card: 0, red_card: 0 });
    });

    test('that were to come within days are not to be filed in less time than those that were missed', () => {
      expect(back('2026-03-03 10:00', '2026-03-06 10:00').due('report/2026-02')).toBe('2026-03-11 24:00');
      expect(back('2026-03-02 10:00', '2026-03-02 11:00').due('report/2026-02')).toBe('2026-03-06 24:00');
    });

    test('are never due after the year', () => {
      const story = underWay().until('2026-12-01 10:00').by(roads, closes).until('2026-12-30 10:00');
      story.by(reviewer, { command: 'return', reasons: '尚未完工' });
      expect([story.due('report/2026-11'), story.due('progress/2026-11')]).toEqual([
        '2026-12-31 24:00',
        null,
      ]);
    });

    test('what was late before the end was asked for stays late; its red card stands and is no second one', () => {
      const story = back('2026-03-10 10:00', '2026-03-16 10:00');
      expect(story.warningsOf('report/2026-02')).toEqual([
        'report/2026-02/1 bell 2026-03-05 09:00',
        'report/2026-02/1 yellow_card 2026-03-06 24:00',
        'report/2026-02/1 red_card 2026-03-09 24:00',
        'report/2026-02/2 red_card+1 2026-03-16 10:00',
      ]);
      expect(story.state.cards).toMatchObject({ yellow_card: 1, red_card: 1 });
      expect([story.card, story.due('report/2026-02')]).toEqual(['red_card', '2026-03-06 24:00']);
      // Nobody has opened it: neither does it stop climbing.
      expect(story.state.red_unseen).toMatchObject([
        { kind: 'report/2026-02', version: 2, to: 'city_leader' },
      ]);
      story.reports('2026-02', '20');
      expect(story.last('progress_reported').late).toBe(true);
      expect(story.colours('2026-02').split(', ').slice(-2)).toEqual([
        'red_card 2026-03-10',
        'yellow_card 2026-03-16',
      ]);
    });

    test('what was late and not red yet becomes red at once, for the first time', () => {
      const story = back('2026-03-07 10:00', '2026-03-16 10:00');
      expect(story.warningsOf('report/2026-02').at(-1)).toBe('report/2026-02/2 red_card 2026-03-16 10:00');
      expect(story.state.cards).toMatchObject({ yellow_card: 1, red_card: 1 });
    });

    test('a policy that repeats its red card reminds of it anew, so often and no oftener', () => {
      const policies = { ...taskPolicies, report: policy('standard') };
      const story = back('2026-03-10 10:00', '2026-03-16 10:00', { policies }).until('2026-03-24 10:00');
      expect(story.warningsOf('report/2026-02').filter((line) => line.includes('red'))).toEqual([
        'report/2026-02/1 red_card 2026-03-06 24:00',
        'report/2026-02/2 red_card+1 2026-03-16 10:00',
        'report/2026-02/2 red_card+2 2026-03-19 09:00',
        'report/2026-02/2 red_card+3 2026-03-24 09:00',
      ]);
      expect(story.state).toMatchObject({ accountability_proposed: true, cards: { red_card: 1 } });
    });
  });

  test('what was filed before is still accepted while the whole is reviewed', () => {
    const story = underWay().until('2026-02-03 10:00').reports('2026-01', '10').by(roads, closes);
    expect(story.allows(reviewer)).toEqual(expect.arrayContaining(['accept_report', 'approve', 'return']));
    expect(story.allows(reviewer)).not.toContain('return_report');
    expect(story.accepts('2026-01').period('2026-01').accepted?.value).toBe('10');
  });
});

describe("R-058 the zero: the year's end", () => {
  test('whatever is open gets its red card and goes to review as it stands', () => {
    const story = underWay().until('2027-01-01 00:00');
    expect(story.warningsOf('year_end')).toEqual([
      'year_end/1 bell 2026-12-01 09:00',
      'year_end/1 yellow_card 2026-12-21 09:00',
      'year_end/1 red_card 2026-12-31 24:00',
    ]);
    expect(story.state).toMatchObject({ stage: 'under_review', request: null });
    expect(story.card).toBe('red_card');
    expect(story.state.periods.map(({ id }) => story.colours(id).split(', ').at(-1)?.split(' ')[0])).toEqual(
      Array.from({ length: 12 }, () => 'red_card'),
    );
    expect(story.due('review')).toBe('2027-01-15 24:00');
  });

  test('also what was never acknowledged', () => {
    expect(assigned().until('2027-01-01 00:00').stage).toBe('under_review');
  });

  test('asked for at the last moment it is in time; a moment later it has ended as it stood', () => {
    const story = underWay().until('2026-12-31 24:00 -1ms').by(roads, closes).until('2027-01-10 10:00');
    expect(story.warningsOf('year_end').at(-1)).toBe('year_end/1 yellow_card 2026-12-21 09:00');
    expect(underWay().until('2026-12-31 24:00').tries(roads, closes)).toBe('stage_forbids');
  });

  test('after it nothing is returned: it is judged as it stands, and shows yellow or red for ever', () => {
    const story = underWay().until('2027-01-04 10:00');
    expect(story.allows(reviewer)).toContain('approve');
    expect(story.allows(reviewer)).not.toContain('return');
    expect(story.tries(reviewer, { command: 'return', reasons: '再补' })).toBe('year_over');
    story.by(reviewer, approves('100'));
    expect([story.stage, story.card]).toEqual(['completed', 'yellow_card']);
    expect(underWay().until('2027-01-04 10:00').by(reviewer, approves('60')).card).toBe('red_card');
  });

  test('an outage over the turn of the year delays it and changes nothing', () => {
    const story = underWay().until('2026-12-30 10:00').downUntil('2027-01-05 10:00');
    expect(story.due('review')).toBe('2027-01-15 24:00');
    expect(story.warningsOf('year_end').at(-1)).toBe('year_end/1 red_card 2026-12-31 24:00');
  });
});

describe('what cannot be released', () => {
  const tries = (facts: Partial<IndicatorFacts>, on = '2026-01-05 09:00') => {
    const born = create(
      { facts: { ...aTask, ...facts }, rules: defaultIndicatorRules, policies: taskPolicies },
      { by: office, at: at(on), calendar },
    );
    return isRefusal(born) ? born.refusal : null;
  };

  test('a plan that misses its target, a target below last year, a year that is over or unknown', () => {
    expect(tries({})).toBeNull();
    expect(tries({ periods: periodsOf(2026, 'quarterly', ['30', '60', '90', '119']) })).toBe('plan_invalid');
    expect(tries({ periods: [] })).toBe('plan_invalid');
    expect(tries({ periods: aTask.periods.toReversed() })).toBe('plan_invalid');
    expect(tries({ baseline: decimal('120') })).toBe('target_not_beyond_baseline');
    expect(tries({ baseline: decimal('120'), kind: 'common' })).toBeNull();
    expect(tries({ points: decimal('-1') })).toBe('points_invalid');
    expect(tries({}, '2026-12-31 24:00')).toBe('year_over');
    expect(tries({ year: 2027 })).toBe('calendar_not_loaded');
  });
});

describe('what waits, and who is told', () => {
  const waits = (story: ReturnType<typeof underWay>) =>
    todosOf(story.state).map(({ role, what }) => `${role} ${what}`);

  test('for the unit, the reviewers and the leader', () => {
    expect(waits(assigned())).toEqual(['undertaking_unit 待签收']);
    const story = underWay().until('2026-02-03 10:00');
    expect(waits(story)).toEqual(['undertaking_unit 待填报2026年1月进度']);
    story.by(roads, report('2026-01', '10'));
    story.by(roads, {
      command: 'request_adjustment',
      adjustment: { kind: 'target', value: decimal('110') },
      reason: '资金',
    });
    expect(waits(story)).toEqual([
      'undertaking_unit 待填报2026年2月进度',
      'reviewer_scorer 待审核2026年1月进度',
      'city_leader 待审批目标调整',
    ]);
    expect(waits(story.by(roads, closes))).toEqual([
      'reviewer_scorer 待审核2026年1月进度',
      'reviewer_scorer 待评定完成率',
    ]);
    expect(waits(story.by(reviewer, approves('100')))).toEqual([]);
  });

  test('every act that the reporter must know of is told once', () => {
    const story = underWay().until('2026-02-03 10:00').reports('2026-01', '10').returns('2026-01');
    const told = story.events.flatMap((event) =>
      tellings(event, story.state).map(({ level, role, key }) => `${level} ${role} ${key.split('/')[0]}`),
    );
    expect(told).toEqual(['notice reporter created', 'notice reporter report_returned']);
  });

  test('a reviewer reviews what lies in their scope: by unit or by theme', () => {
    const { state } = underWay().until('2026-02-03 10:00').reports('2026-01', '10');
    const within = (units: readonly string[], themes: readonly string[]) =>
      allowedCommands(state, { ...viewerOf(reviewer), scope: { units, themes } }).includes('accept_report');
    expect([within([], []), within(['unit-roads'], []), within([], ['ecological_protection'])]).toEqual([
      false,
      true,
      false,
    ]);
    const themed = { ...state, facts: { ...state.facts, theme: 'ecological_protection' } };
    expect(
      allowedCommands(themed, {
        ...viewerOf(reviewer),
        scope: { units: [], themes: ['ecological_protection'] },
      }),
    ).toContain('accept_report');
    expect(allowedCommands(state, { ...viewerOf(leader), portfolio: [] })).toEqual([]);
  });
});
