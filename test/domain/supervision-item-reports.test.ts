import { describe, expect, test } from 'vitest';
import type { ReportCycle } from '../../domain/report-cycle.ts';
import { finance, land, officer, roads, underWay, type ItemStory } from './item-story.ts';

const reporting = (report_cycle: ReportCycle, on: string, due_on = '2026-12-31') =>
  underWay({ on, facts: { report_cycle, due_on: due_on as never } });
const report = (story: ItemStory, percent = 10) =>
  story.by(roads, { command: 'report_progress', percent, text: '进展正常' });

/** The days by which reports are due, when each is filed on its day. */
function rhythm(story: ItemStory, times: number): readonly (string | null)[] {
  const days = [];
  for (let n = 0; n < times; n += 1) {
    const due = story.due('report');
    days.push(due);
    if (due === null) return days;
    story.until(due.replace('24:00', '15:00'));
    report(story);
  }
  return days;
}

describe('R-033 the unit reports by its cycle', () => {
  test('weekly: by Friday, or the last day of the week that is worked; a week of holiday asks for nothing', () => {
    const story = reporting({ kind: 'weekly' }, '2026-09-14 09:00');
    expect(rhythm(story, 5)).toEqual([
      '2026-09-18 24:00',
      '2026-09-24 24:00', // Friday the 25th is Mid-Autumn.
      '2026-09-30 24:00', // National Day begins on Thursday.
      '2026-10-09 24:00',
      '2026-10-16 24:00',
    ]);
  });

  test('weekly over Spring Festival: the week inside it is left out, a Saturday that is worked is no week', () => {
    const story = reporting({ kind: 'weekly' }, '2026-02-09 09:00', '2026-03-31');
    expect(rhythm(story, 2)).toEqual(['2026-02-13 24:00', '2026-02-27 24:00']);
  });

  test('monthly: the last working day of the month', () => {
    const story = reporting({ kind: 'monthly' }, '2026-01-12 09:00', '2026-06-15');
    expect(rhythm(story, 6)).toEqual([
      '2026-01-30 24:00',
      '2026-02-28 24:00', // A Saturday that is worked.
      '2026-03-31 24:00',
      '2026-04-30 24:00',
      '2026-05-29 24:00',
      null, // June's would come after the item's own end.
    ]);
  });

  test('every five working days, over National Day', () => {
    const story = reporting({ kind: 'working_days', n: 5 }, '2026-09-21 09:00');
    expect(rhythm(story, 3)).toEqual(['2026-09-29 24:00', '2026-10-12 24:00', '2026-10-19 24:00']);
  });

  test('without a cycle a report is welcome and none is owed', () => {
    const story = underWay();
    report(story, 40);
    expect(story.state.last_report).toMatchObject({ percent: 40 });
    expect(story.last('progress_reported')).toMatchObject({ late: false, answers_until: null });
    expect(story.due('report')).toBeNull();
  });

  test('many reports in one week answer for that week alone', () => {
    const story = reporting({ kind: 'weekly' }, '2026-11-02 09:00');
    for (const day of ['02', '03', '04', '05', '06']) {
      story.until(`2026-11-${day} 10:00`);
      report(story);
    }
    expect(story.due('report')).toBe('2026-11-13 24:00');
    expect(story.state.reported_until).toBe('2026-11-06');
    story.until('2026-11-09 10:00');
    report(story);
    expect(story.due('report')).toBe('2026-11-20 24:00');
  });

  test('a missed report gives bell, yellow and red; the late one answers for all that was missed', () => {
    const story = reporting({ kind: 'weekly' }, '2026-11-02 09:00').until('2026-11-17 10:00');
    expect(story.warningsOf('report')).toEqual([
      'report/1 bell 2026-11-05 09:00',
      'report/1 yellow_card 2026-11-06 24:00',
      'report/1 red_card 2026-11-09 24:00',
    ]);
    report(story);
    expect(story.last('progress_reported')).toMatchObject({ late: true, answers_until: '2026-11-17' });
    expect(story.due('report')).toBe('2026-11-20 24:00');
    expect(story.card).toBe('none');
  });

  for (const [moment, late] of [
    ['2026-11-06 24:00 -1ms', false],
    ['2026-11-06 24:00', true],
    ['2026-11-06 24:00 +1ms', true],
  ] as const) {
    test(`a report at ${moment} is ${late ? 'late' : 'in time'}`, () => {
      const story = reporting({ kind: 'weekly' }, '2026-11-02 09:00').until(moment);
      report(story);
      expect(story.last('progress_reported').late).toBe(late);
    });
  }

  test('after a return the week that was answered already is not asked for again', () => {
    const story = reporting({ kind: 'weekly' }, '2026-11-02 09:00');
    report(story);
    story.by(roads, { command: 'request_close', result: '完成' });
    expect(story.due('report')).toBeNull();
    story.until('2026-11-04 10:00').by(officer, { command: 'return', reasons: '缺验收单' });
    expect(story.due('report')).toBe('2026-11-13 24:00');
  });
});

describe('assisting units', () => {
  const assisted = () => underWay({ facts: { assisting_unit_ids: ['unit-finance', 'unit-land'] } });

  test('report their own share, which answers for nothing that the lead unit owes', () => {
    const story = underWay({
      facts: { assisting_unit_ids: ['unit-finance'], report_cycle: { kind: 'weekly' } },
    });
    story.by(finance, { command: 'report_progress', percent: 100, text: '资金已到位' });
    expect(story.state.shares['unit-finance']).toMatchObject({ percent: 100 });
    expect(story.state.last_report).toBeNull();
    expect(story.due('report')).toBe('2026-11-06 24:00');
  });

  test('the close request of the lead unit lists whose share is missing, and is taken all the same', () => {
    const story = assisted().by(finance, { command: 'report_progress', percent: 50, text: '部分拨付' });
    story.by(roads, { command: 'request_close', result: '主体完工' });
    expect(story.last('close_requested').missing_shares).toEqual(['unit-land']);
    expect(story.stage).toBe('review_rating');
  });

  test('cannot ask for the end or for more time, and another unit cannot report at all', () => {
    const story = assisted();
    expect(story.allows(land)).toEqual(['report_progress', 'comment']);
    const stranger = { ...land, unit_id: 'unit-other' };
    expect(story.tries(stranger, { command: 'report_progress', percent: 1, text: '' })).toBe(
      'unit_not_on_item',
    );
  });
});
