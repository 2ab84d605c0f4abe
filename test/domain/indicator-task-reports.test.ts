import { describe, expect, test } from 'vitest';
import { decimal } from '../../domain/decimal.ts';
import { standardProgressPolicy } from '../../domain/progress-policy.ts';
import { localDate } from '../../domain/time.ts';
import { calendar, calendarWith } from './official-calendar.ts';
import { periodsOf } from './periods.ts';
import { assigned, office, park, report, reviewer, roads, taskPolicies, underWay } from './task-story.ts';

describe('assigned', () => {
  test('acknowledged by the end of the third working day; the end of the year is watched from the first', () => {
    expect(assigned().watched).toEqual(['acknowledgement 2026-01-08 24:00', 'year_end 2026-12-31 24:00']);
  });

  test('acknowledged late it says so, and the reports are watched from then on', () => {
    const story = assigned().until('2026-01-09 10:00').by(roads, { command: 'acknowledge', reporter: 'li' });
    expect(story.last('acknowledged')).toMatchObject({ late: true });
    expect(story.state.people).toEqual({
      reporter: 'li',
      direct_lead: 'p-lead',
      contact_person: 'p-contact',
    });
    expect(story.due('report/2026-01')).toBe('2026-02-06 24:00');
  });

  test('nothing can be reported before it is acknowledged, and another unit never can', () => {
    const story = assigned();
    expect(story.tries(roads, report('2026-01', '5'))).toBe('stage_forbids');
    expect(story.allows(park)).toEqual([]);
    expect(story.allows(roads)).toContain('acknowledge');
  });
});

describe('R-033 the report of a period', () => {
  test('is due on the fifth working day after the period, holidays and make-up days counted as published', () => {
    // 30 April ends before the May holiday (1 to 5), 9 May is worked.
    const story = underWay({
      on: '2026-04-02 09:00',
      facts: { periods: periodsOf(2026, 'quarterly', ['60', '90', '120']) },
    });
    expect(story.due('report/2026-Q2')).toBe('2026-07-07 24:00');
    expect(underWay({ on: '2026-04-20 09:00' }).due('report/2026-01')).toBe('2026-04-27 24:00');
  });

  test('what had ended before the task was given is due five working days after it was given', () => {
    const story = underWay({ on: '2026-03-20 09:00' });
    expect(story.watched).toContain('report/2026-01 2026-03-27 24:00');
    expect(story.watched).toContain('report/2026-02 2026-03-27 24:00');
  });

  test('a year carries only the periods that can warn before there is another occasion to look', () => {
    const story = underWay();
    expect(story.watched).toEqual([
      'year_end 2026-12-31 24:00',
      'report/2026-01 2026-02-06 24:00',
      'progress/2026-01 2026-02-13 24:00',
    ]);
    story.until('2026-02-03 10:00').reports('2026-01', '10');
    expect(story.watched).toEqual([
      'year_end 2026-12-31 24:00',
      'review/2026-01 2026-02-10 24:00',
      'report/2026-02 2026-03-06 24:00',
      'progress/2026-02 2026-03-13 24:00',
    ]);
  });

  test('milestones a few days apart are watched together', () => {
    const periods = [
      { id: '2026-03-10', ends_on: localDate('2026-03-10'), planned: decimal('40') },
      { id: '2026-03-12', ends_on: localDate('2026-03-12'), planned: decimal('80') },
      { id: '2026-09-30', ends_on: localDate('2026-09-30'), planned: decimal('120') },
    ];
    expect(underWay({ facts: { periods } }).watched).toEqual([
      'year_end 2026-12-31 24:00',
      'report/2026-03-10 2026-03-17 24:00',
      'progress/2026-03-10 2026-03-24 24:00',
      'report/2026-03-12 2026-03-19 24:00',
      'progress/2026-03-12 2026-03-26 24:00',
    ]);
  });

  test('the last one is due at the end of the year, whatever the fifth working day after it', () => {
    const story = underWay({ facts: { periods: periodsOf(2026, 'monthly', ['120']) } });
    expect(story.watched).toEqual(['year_end 2026-12-31 24:00', 'report/2026-12 2026-12-31 24:00']);
  });

  test('a period that has not begun, that is accepted, that does not exist, is refused', () => {
    const story = underWay().until('2026-02-03 10:00');
    expect(story.tries(roads, report('2026-03', '5'))).toBe('period_not_begun');
    expect(story.tries(roads, report('2026-02', '5'))).toBeNull();
    expect(story.tries(roads, report('2025-02', '5'))).toBe('period_unknown');
    story.reports('2026-01', '10').accepts('2026-01');
    expect(story.tries(roads, report('2026-01', '11'))).toBe('period_accepted');
  });

  test('R-034 evidence is asked for where the list says so', () => {
    const story = underWay({ facts: { evidence: { required: true, what: '里程统计表' } } }).until(
      '2026-02-03 10:00',
    );
    expect(story.tries(roads, report('2026-01', '5'))).toBe('evidence_missing');
    expect(
      story.tries(roads, { ...report('2026-01', '5'), evidence_ids: ['e1'] } as ReturnType<typeof report>),
    ).toBeNull();
  });

  test('a percentage stands for a value on the way to the target; both or neither is refused', () => {
    const facts = {
      kind: 'common',
      start_value: decimal('80'),
      target: { value: decimal('92.5'), measure: '%', direction: 'higher_better' },
      periods: periodsOf(2026, 'quarterly', ['82', '85', '90', '92.5']),
    } as const;
    const story = underWay({ facts }).until('2026-04-03 10:00');
    const command = { command: 'report_progress', period: '2026-Q1', text: '' } as const;
    expect(story.tries(roads, command)).toBe('value_missing');
    expect(story.tries(roads, { ...command, value: decimal('82'), percent: decimal('16') })).toBe(
      'value_missing',
    );
    story.by(roads, { ...command, percent: decimal('16') });
    expect(story.last('progress_reported')).toMatchObject({ value: '82', percent: '16' });
  });

  test('filed again before it is decided, it is corrected and is not late for that', () => {
    const story = underWay().until('2026-02-06 23:00').reports('2026-01', '9').until('2026-02-09 10:00');
    story.reports('2026-01', '10');
    expect(story.last('progress_reported')).toMatchObject({ amends: true, late: false });
    expect(story.due('review/2026-01')).toBe('2026-02-13 24:00');
    expect(story.accepts('2026-01').period('2026-01').accepted?.value).toBe('10');
  });
});

describe('the review of a report', () => {
  const filed = () => underWay().until('2026-02-05 10:00').reports('2026-01', '10');

  test('is due within five working days; the office is warned, and no card of the unit comes of it', () => {
    const story = filed().until('2026-02-13 10:00');
    expect(story.warningsOf('review/2026-01')).toEqual([
      'review/2026-01/1 bell 2026-02-11 09:00',
      'review/2026-01/1 yellow_card 2026-02-12 09:00',
      'review/2026-01/1 red_card 2026-02-12 24:00',
    ]);
    expect(story.state.cards).toEqual({ bell: 1, yellow_card: 0, red_card: 0 });
  });

  test('a slow reviewer brings no card by progress upon the unit: the checkpoint waits for the decision', () => {
    const story = filed().until('2026-02-27 10:00');
    expect(story.events.some(({ type }) => type === 'checkpoint_passed')).toBe(false);
    expect(story.accepts('2026-01').card).toBe('none');
  });

  test('is for a reviewer, in whose scope it lies, who has filed nothing', () => {
    const story = filed();
    expect(story.allows(reviewer)).toContain('accept_report');
    expect(story.allows(office)).not.toContain('accept_report');
    const both = { ...roads, role: 'reviewer_scorer' } as const;
    expect(story.tries(both, { command: 'accept_report', period: '2026-01' })).toBe('same_person');
    expect(story.tries(reviewer, { command: 'accept_report', period: '2026-02' })).toBe('no_report_pending');
  });

  test('returned before its day it is owed by that day still, returned after it within three working days', () => {
    expect(filed().returns('2026-01').due('report/2026-01')).toBe('2026-02-10 24:00');
    const early = underWay().until('2026-02-02 10:00').reports('2026-01', '10').returns('2026-01');
    expect(early.due('report/2026-01')).toBe('2026-02-06 24:00');
    const slow = filed().until('2026-02-12 10:00').returns('2026-01');
    // The spring festival lies between.
    expect(slow.due('report/2026-01')).toBe('2026-02-24 24:00');
  });

  test('what is returned is warned of anew: no reminder dies of a return', () => {
    const story = filed().returns('2026-01').until('2026-02-12 10:00');
    expect(story.warningsOf('report/2026-01').slice(1)).toEqual([
      'report/2026-01/2 bell 2026-02-09 09:00',
      'report/2026-01/2 yellow_card 2026-02-10 24:00',
      'report/2026-01/2 red_card 2026-02-11 24:00',
    ]);
    expect(story.reports('2026-01', '10').period('2026-01')).toMatchObject({ late: true, returns: 1 });
  });
});

describe('cards by progress, besides those by time', () => {
  /** What is accepted for January, of ten planned and a hundred and twenty in all. */
  const accepted = (value: string, target = '120') =>
    underWay({
      facts: {
        target: { value: decimal(target), measure: '公里', direction: 'higher_better' },
        periods: periodsOf(2026, 'quarterly', ['60', '90', '100', target]),
      },
    })
      .until('2026-04-02 10:00')
      .reports('2026-Q1', value)
      .accepts('2026-Q1');

  test.each([
    ['60', 'none', '0'],
    ['59.99', 'bell', '0.01'],
    ['48.01', 'bell', '9.99'],
    ['48', 'yellow_card', '10'],
    ['24', 'yellow_card', '30'],
    ['23.98', 'red_card', '30.02'],
    ['23.999', 'yellow_card', '30'],
    ['66', 'none', '-5'],
  ])('%s of 60 planned and 120 in all: %s at %s points', (value, level, points) => {
    const story = accepted(value);
    expect(story.last('report_accepted').judgement).toMatchObject({ behind: points, level });
    expect(story.card).toBe(level);
    expect(story.warningsOf('progress/2026-Q1')).toHaveLength(level === 'none' ? 0 : 1);
  });

  test('R-037 such a card reaches whom one by time reaches, and a red one that nobody opens climbs', () => {
    const story = accepted('0').until('2026-04-03 10:00');
    expect(story.last('warning_given').recipients).toEqual(['principal_leader', 'deputy_leader', 'reporter']);
    expect(story.last('red_card_climbed').to).toBe('city_leader');
  });

  test('where nothing was filed by the review day of a period, what stands is compared then', () => {
    const story = underWay().until('2026-02-14 10:00');
    expect(story.last('checkpoint_passed')).toMatchObject({
      judgement: { planned: '10', accepted: '0', behind: '8.33', level: 'bell' },
    });
    expect(story.warningsOf('progress/2026-01')).toEqual(['progress/2026-01/2 bell 2026-02-13 24:00']);
  });

  test('the newest judgement takes the place of the card before it; made up for an earlier period it gives none', () => {
    const story = underWay().until('2026-04-20 10:00');
    expect(story.card).toBe('red_card');
    expect(
      story.state.deadlines
        .filter(({ kind }) => kind.startsWith('progress'))
        .map(({ kind, given }) => `${kind} ${given}`),
    ).toEqual(['progress/2026-03 yellow_card', 'progress/2026-04 none']);
    story.reports('2026-01', '1').accepts('2026-01');
    expect(story.period('2026-01').judgement).toMatchObject({ level: 'bell', behind: '7.5' });
    expect(story.warningsOf('progress/2026-01')).toEqual(['progress/2026-01/2 bell 2026-02-13 24:00']);
    story.reports('2026-03', '30').accepts('2026-03');
    expect(
      story.state.deadlines.some(({ kind, given }) => kind.startsWith('progress') && given !== 'none'),
    ).toBe(false);
  });

  test('where lower is better the plan is a ceiling, and where nothing is allowed one is too many', () => {
    const facts = (target: string, planned: readonly string[]) => ({
      kind: 'common' as const,
      target: { value: decimal(target), measure: '起', direction: 'lower_better' as const },
      periods: periodsOf(2026, 'quarterly', planned),
    });
    const story = underWay({ facts: facts('10', ['2', '5', '8', '10']) }).until('2026-04-02 10:00');
    story.reports('2026-Q1', '4').accepts('2026-Q1');
    expect(story.last('report_accepted').judgement).toMatchObject({ behind: '20', level: 'yellow_card' });
    const none = underWay({ facts: facts('0', ['0', '0', '0', '0']) }).until('2026-04-02 10:00');
    none.reports('2026-Q1', '1').accepts('2026-Q1');
    expect(none.last('report_accepted').judgement).toMatchObject({ behind: '100', level: 'red_card' });
  });

  test('a rate is compared on its way from last year to the target', () => {
    const facts = {
      kind: 'individual',
      baseline: decimal('80'),
      start_value: decimal('80'),
      target: { value: decimal('90'), measure: '%', direction: 'higher_better' },
      periods: periodsOf(2026, 'quarterly', ['82.5', '85', '87.5', '90']),
    } as const;
    const story = underWay({ facts }).until('2026-04-02 10:00').reports('2026-Q1', '81').accepts('2026-Q1');
    expect(story.last('report_accepted').judgement).toMatchObject({ behind: '15', level: 'yellow_card' });
  });

  test('another version of the thresholds is applied to open tasks, from the next checkpoint on', () => {
    const strict = {
      ...standardProgressPolicy,
      version: 2,
      bands: [{ level: 'red_card', behind: { points: decimal('0'), included: false } }],
    } as const;
    const story = underWay().until('2026-02-10 10:00');
    story.replans(calendar, { ...taskPolicies, progress: strict }).until('2026-02-14 10:00');
    expect(story.last('warning_given')).toMatchObject({
      level: 'red_card',
      deadline: { kind: 'progress/2026-01', policy: { name: 'progress', version: 2 } },
    });
  });
});

describe('a new calendar', () => {
  test('moves a report and its checkpoint alike, and what has passed stays', () => {
    const story = underWay()
      .until('2026-01-20 10:00')
      .replans(calendarWith({ '2026-02-04': false }));
    expect(story.due('report/2026-01')).toBe('2026-02-09 24:00');
    expect(story.due('progress/2026-01')).toBe('2026-02-14 24:00');
    const events = story.until('2026-03-20 10:00').events.length;
    story.replans(calendarWith({ '2026-02-04': false, '2026-02-05': false }));
    expect(story.events.slice(events)).toEqual([]);
  });
});
