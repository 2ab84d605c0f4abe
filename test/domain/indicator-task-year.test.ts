import { describe, expect, test } from 'vitest';
import { expectedWarnings, missedTurns, warningKey } from '../../domain/auditor.ts';
import { decimal } from '../../domain/decimal.ts';
import { explainIndicatorTask } from '../../domain/explain-indicator-task.ts';
import { evolveAll } from '../../domain/indicator-task.ts';
import { localDate, officeTime } from '../../domain/time.ts';
import { keyOf, warningsIn } from './story.ts';
import { assigned, leader, reviewer, roads, underWay, type TaskStory } from './task-story.ts';

/** Reported two days into the next month and accepted the day after. */
function inTime(story: TaskStory, month: string, next: string, value: string): void {
  story.until(`${next}-03 10:00`).reports(`2026-${month}`, value);
  story.until(`${next}-04 10:00`).accepts(`2026-${month}`);
}

/** Twelve periods: February is missed and made up late, May is returned once, August gets another day. */
function aYear(): TaskStory {
  const story = assigned().until('2026-01-06 10:00').by(roads, { command: 'acknowledge' });
  inTime(story, '01', '2026-02', '10');
  story.until('2026-03-20 10:00').reports('2026-02', '20');
  story.until('2026-03-23 10:00').accepts('2026-02');
  inTime(story, '03', '2026-04', '30');
  inTime(story, '04', '2026-05', '38');
  story.until('2026-06-03 10:00').reports('2026-05', '55');
  story.until('2026-06-05 10:00').returns('2026-05');
  story.until('2026-06-08 10:00').reports('2026-05', '50');
  story.until('2026-06-09 10:00').accepts('2026-05');
  inTime(story, '06', '2026-07', '60');
  inTime(story, '07', '2026-08', '70');
  story.until('2026-09-02 10:00').by(roads, {
    command: 'request_adjustment',
    adjustment: { kind: 'report_date', period: '2026-08', due_on: localDate('2026-09-18') },
    reason: '洪水冲毁路基',
  });
  story.until('2026-09-03 10:00').by(leader, { command: 'decide_adjustment', granted: true, reason: '属实' });
  story.until('2026-09-17 10:00').reports('2026-08', '72');
  story.until('2026-09-18 10:00').accepts('2026-08');
  inTime(story, '09', '2026-10', '88');
  inTime(story, '10', '2026-11', '100');
  inTime(story, '11', '2026-12', '110');
  story.until('2026-12-28 10:00').reports('2026-12', '120');
  story.until('2026-12-29 10:00').accepts('2026-12');
  story.by(roads, { command: 'request_close', result: '全年120公里全部完工' });
  return story
    .until('2027-01-06 10:00')
    .by(reviewer, { command: 'approve', completion: decimal('100'), reasons: '现场核实' });
}

describe('a whole year of one task', () => {
  test('each period keeps its colours: made up late stays yellow for ever, extended and returned in time is green', () => {
    const story = aYear();
    const colours = story.state.periods.map(({ id }) => `${id.slice(5)} ${story.colours(id)}`);
    expect(colours).toEqual([
      '01 green 2026-02-03',
      '02 bell 2026-03-05, yellow_card 2026-03-07, red_card 2026-03-10, yellow_card 2026-03-20',
      '03 green 2026-04-03',
      '04 green 2026-05-03, bell 2026-05-04',
      '05 green 2026-06-03',
      '06 green 2026-07-03',
      '07 green 2026-08-03',
      '08 bell 2026-09-17, green 2026-09-17, bell 2026-09-18',
      '09 green 2026-10-03, bell 2026-10-04',
      '10 green 2026-11-03',
      '11 green 2026-12-03',
      '12 green 2026-12-28',
    ]);
    expect(story.state).toMatchObject({ stage: 'completed', on_time: true, adjustments: 1, returns: 0 });
    expect(story.period('2026-05').returns).toBe(1);
  });

  test('after an outage over the ends of months each colour counts from the day of its card, as it would have without it', () => {
    const coloursOf = (story: TaskStory) => story.state.periods.map(({ id }) => `${id} ${story.colours(id)}`);
    const [down, running] = [underWay().downUntil('2026-04-15 10:00'), underWay().until('2026-04-15 10:00')];
    expect(coloursOf(down)).toEqual(coloursOf(running));
    expect(down.colours('2026-01')).toBe('bell 2026-02-05, yellow_card 2026-02-07, red_card 2026-02-10');
    expect(down.events.slice(2).every(({ at: then }) => officeTime(then) === '2026-04-15 10:00')).toBe(true);
    const yearOver = underWay().downUntil('2027-01-08 10:00').colours('2026-12');
    expect(yearOver).toBe(underWay().until('2027-01-08 10:00').colours('2026-12'));
  });

  test('every card of the year, by time and by progress, with its moment', () => {
    expect(aYear().warnings.filter((warning) => !warning.startsWith('review'))).toEqual([
      'report/2026-02/1 bell 2026-03-05 09:00',
      'report/2026-02/1 yellow_card 2026-03-06 24:00',
      'report/2026-02/1 red_card 2026-03-09 24:00',
      // Ten of twenty planned and a hundred and twenty in all: nothing had been filed by its review day.
      'progress/2026-02/2 bell 2026-03-13 24:00',
      'progress/2026-04/2 bell 2026-05-04 10:00',
      'report/2026-08/2 bell 2026-09-17 09:00',
      'progress/2026-08/3 bell 2026-09-18 10:00',
      'progress/2026-09/2 bell 2026-10-04 10:00',
      'year_end/1 bell 2026-12-01 09:00',
      'year_end/1 yellow_card 2026-12-21 09:00',
    ]);
  });

  test('the auditor, from the events alone, finds each of them and none besides, and no turn missed', () => {
    const story = aYear();
    const given = warningsIn(story.events).map(keyOf);
    expect(expectedWarnings(story.events, story.now).map(warningKey).toSorted()).toEqual(given.toSorted());
    expect(missedTurns(story.events, story.now)).toEqual([]);
    const without = story.events.filter(({ type }) => type !== 'checkpoint_passed');
    expect(missedTurns(without, story.now)).not.toEqual([]);
    expect(evolveAll(null, story.events)).toEqual(story.state);
  });

  test('its life in plain words, and why each card was given', () => {
    const names = { person: (id: string) => id, unit: () => '市交通局', theme: () => '河长制' };
    const told = aYear().events.map((event) => {
      const { title, why } = explainIndicatorTask(event, names);
      return `${officeTime(event.at)} ${title}｜${why}`;
    });
    expect(told).toContain(
      '2026-03-09 24:00 2026年2月进度汇报红牌｜应于2026-03-06 24:00前汇报进度，仍未汇报，按预警策略report第1版给予红牌；告知主要领导、分管领导、填报责任人',
    );
    expect(told).toContain(
      '2026-03-13 24:00 2026年2月进度对比｜到对比时点尚无填报，按已认定的进度对比；2026年2月计划20，已认定10，落后8.33个百分点，达到警铃标准',
    );
    expect(told).toContain(
      '2026-03-13 24:00 2026年2月进度对比警铃｜2026年2月计划20，已认定10，落后8.33个百分点，按预警策略progress第1版给予警铃；告知填报责任人',
    );
    expect(told).toContain('2026-03-20 10:00 填报2026年2月进度：20｜按月推进；逾期补报，该期记为补报');
    expect(told).toContain(
      '2026-06-05 10:00 退回2026年5月进度汇报｜数据与台账不符；请于2026-06-10前重新填报',
    );
    expect(told).toContain(
      '2026-09-03 10:00 同意将2026年8月填报期限调整至2026-09-18｜属实；原期限2026-09-07',
    );
    expect(told.at(-1)).toBe('2027-01-06 10:00 评定完成率100%，已完成｜现场核实；年度结束前申请办结');
  });
});
