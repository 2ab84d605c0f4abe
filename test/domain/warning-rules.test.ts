/** Every rule that cities have published, as policy data, with what it gives at its boundaries. */
import { describe, expect, test } from 'vitest';
import { decimal } from '../../domain/decimal.ts';
import type { Effect } from '../../domain/policy-effects.ts';
import {
  progressPolicyFaults,
  standardProgressPolicy,
  type Band,
  type ProgressPolicy,
} from '../../domain/progress-policy.ts';
import { dayEnd, localDate, officeTime } from '../../domain/time.ts';
import {
  policyFaults,
  standardPolicies,
  type Moment,
  type WarningLevel,
  type WarningPolicy,
} from '../../domain/warning-policy.ts';
import { allSteps } from './all-steps.ts';
import { policy } from './item-story.ts';
import { calendar, granted } from './official-calendar.ts';
import { periodsOf } from './periods.ts';
import { taskPolicies, underWay } from './task-story.ts';

const after = (amount: number, unit: Moment['unit'], clock = '24:00'): Moment => ({
  amount,
  unit,
  at: clock,
});
const onTheDay = after(0, 'calendar_day');
const behind = (level: WarningLevel, points: string, included = false): Band => ({
  level,
  behind: { points: decimal(points), included },
});

const byTime = (
  name: string,
  levels: WarningPolicy['levels'],
  more: Partial<WarningPolicy> = {},
): WarningPolicy => ({
  ...policy('standard'),
  name,
  levels,
  repeat: null,
  ...more,
});
const byProgress = (
  name: string,
  bands: readonly Band[],
  more: Partial<ProgressPolicy> = {},
): ProgressPolicy => ({
  ...standardProgressPolicy,
  name,
  bands,
  ...more,
});
const effect = (on: WarningLevel, points: string, more: Partial<Effect> = {}): Effect => ({
  on,
  times: 1,
  in_succession: false,
  measure: null,
  points: decimal(points),
  ...more,
});

/** What a policy gives for a day, `yellow_card 2026-04-30 24:00`. */
const steps = (one: WarningPolicy, due: string): readonly string[] =>
  granted(allSteps(one, dayEnd(localDate(due)), calendar)).map(
    ({ level, at }) => `${level} ${officeTime(at)}`,
  );

/** What the year shows after so much of 30 planned in the first quarter, of 100 in all, has been accepted. */
function judgedAt(progress: ProgressPolicy, value: string, outlook?: 'will_be_done' | 'hardly') {
  const story = underWay({
    facts: {
      kind: 'common',
      target: { value: decimal('100'), measure: '%', direction: 'higher_better' },
      periods: periodsOf(2026, 'quarterly', ['30', '60', '80', '100']),
    },
    policies: { ...taskPolicies, progress },
  });
  story.until('2026-04-02 10:00').reports('2026-Q1', value);
  story.by(
    { kind: 'person', person_id: 'r', unit_id: null, role: 'reviewer_scorer' },
    { command: 'accept_report', period: '2026-Q1', ...(outlook === undefined ? {} : { outlook }) },
  );
  return story.last('report_accepted').judgement;
}

const sound = (...all: readonly (WarningPolicy | ProgressPolicy)[]) => {
  // A policy is a row of JSON.
  for (const one of JSON.parse(JSON.stringify(all)) as typeof all)
    expect('bands' in one ? progressPolicyFaults(one) : policyFaults(one)).toEqual([]);
};

test('rows of before are still sound, and the standard thresholds by progress are', () => {
  sound(...standardPolicies, standardProgressPolicy);
});

describe('Yinchuan, projects, 2025-03', () => {
  const letter: Partial<ProgressPolicy> = {
    effects: { each: [effect('red_card', '0', { measure: 'letter' })], least: null },
  };
  const progress = byProgress(
    'yinchuan',
    [behind('yellow_card', '10', true), behind('red_card', '30')],
    letter,
  );

  test('10 to 30 points behind the plan, both included, is yellow; more than 30 red', () => {
    sound(progress);
    expect(['30', '20.01', '20', '0', '-0.01'].map((value) => judgedAt(progress, value).level)).toEqual([
      'none',
      'none',
      'yellow_card',
      'yellow_card',
      'red_card',
    ]);
  });

  test('start of work: yellow at the end of the planned month, red when three months have gone by without it', () => {
    const start = byTime('yinchuan_start', [
      { level: 'yellow_card', moment: after(0, 'month_end') },
      { level: 'red_card', moment: after(2, 'month_end') },
    ]);
    sound(start);
    expect(steps(start, '2026-02-10')).toEqual(['yellow_card 2026-02-28 24:00', 'red_card 2026-04-30 24:00']);
    expect(steps(start, '2025-12-31')).toEqual(['yellow_card 2025-12-31 24:00', 'red_card 2026-02-28 24:00']);
  });

  test('entry into statistics: yellow one month after the start, red after more than two', () => {
    const entry = byTime('yinchuan_statistics', [
      { level: 'yellow_card', moment: after(1, 'calendar_month') },
      { level: 'red_card', moment: after(2, 'calendar_month') },
    ]);
    sound(entry);
    expect(steps(entry, '2026-03-15')).toEqual(['yellow_card 2026-04-15 24:00', 'red_card 2026-05-15 24:00']);
    expect(steps(entry, '2026-01-31')).toEqual(['yellow_card 2026-02-28 24:00', 'red_card 2026-03-31 24:00']);
  });
});

describe('Wenzhou Ouhai, 2020-05', () => {
  const report = byTime('ouhai', [{ level: 'red_card', moment: onTheDay }], { made_up: 'yellow_card' });
  const month = () => underWay({ policies: { ...taskPolicies, report } });

  test("the month's target missed is red; made up, the month turns from red to yellow; on time it is green", () => {
    sound(report);
    const late = month().until('2026-02-09 10:00').reports('2026-01', '10').accepts('2026-01');
    expect(late.colours('2026-01')).toBe('red_card 2026-02-07, yellow_card 2026-02-09');
    const onTime = month().until('2026-02-06 24:00 -1ms').reports('2026-01', '10').accepts('2026-01');
    expect(onTime.colours('2026-01')).toBe('green 2026-02-06');
  });
});

describe('Songyang, 2022-04', () => {
  const progress = byProgress('songyang', [behind('yellow_card', '0')], {
    at_quarter_end: [behind('red_card', '0')],
  });

  test("a month's progress missed is yellow, a quarter's red", () => {
    sound(progress);
    const story = underWay({ policies: { ...taskPolicies, progress } });
    story.until('2026-03-03 10:00').reports('2026-02', '19.99').accepts('2026-02');
    expect(story.last('report_accepted').judgement.level).toBe('yellow_card');
    story.until('2026-04-03 10:00').reports('2026-03', '29.99').accepts('2026-03');
    expect(story.last('report_accepted').judgement.level).toBe('red_card');
    story.until('2026-05-03 10:00').reports('2026-04', '40').accepts('2026-04');
    expect(story.last('report_accepted').judgement.level).toBe('none');
  });
});

describe('Guangyuan, 2018', () => {
  const progress = byProgress(
    'guangyuan',
    [behind('yellow_card', '0'), { ...behind('red_card', '0'), outlook: 'hardly' }],
    {
      words: { bell: '蓝牌' },
      effects: {
        each: [
          effect('yellow_card', '-1', { times: 2, measure: 'letter' }),
          effect('red_card', '-2', { measure: 'interview' }),
        ],
        least: null,
      },
    },
  );

  test('late but will be done is yellow, late and will hardly be done red', () => {
    sound(progress);
    expect(judgedAt(progress, '30', 'hardly').level).toBe('none');
    expect(judgedAt(progress, '29').level).toBe('yellow_card');
    expect(judgedAt(progress, '29', 'will_be_done').level).toBe('yellow_card');
    expect(judgedAt(progress, '29', 'hardly').level).toBe('red_card');
  });
});

describe('Suqian, 2025-06', () => {
  const time = byTime(
    'suqian',
    [
      { level: 'bell', moment: after(-3, 'working_day', '09:00') },
      { level: 'red_card', moment: onTheDay },
    ],
    { without: ['yellow_card'], words: { bell: '蓝牌' } },
  );
  const progress = byProgress('suqian_progress', [behind('yellow_card', '0')], { on_return: 'yellow_card' });

  test('blue when the deadline is near, red when it has passed, and no yellow by time', () => {
    sound(time, progress);
    expect(steps(time, '2026-11-20')).toEqual(['bell 2026-11-17 09:00', 'red_card 2026-11-20 24:00']);
    expect(policyFaults({ ...time, without: undefined })).toHaveLength(1);
  });

  test('yellow for being behind the plan, and for poor work that is returned, until it is filed again', () => {
    const story = underWay({ policies: { ...taskPolicies, report: time, progress } });
    story.until('2026-02-03 10:00').reports('2026-01', '10').returns('2026-01');
    expect([story.card, ...story.warningsOf('progress/2026-01')]).toEqual([
      'yellow_card',
      'progress/2026-01/2 yellow_card 2026-02-03 10:00',
    ]);
    expect(story.reports('2026-01', '9.9').card).toBe('none');
    expect(story.accepts('2026-01').card).toBe('yellow_card');
  });
});

describe('Sanming, 2017', () => {
  const slips = byTime(
    'sanming',
    [
      { level: 'bell', moment: onTheDay },
      { level: 'yellow_card', moment: after(5, 'working_day') },
      { level: 'red_card', moment: after(10, 'working_day') },
    ],
    { words: { bell: '蓝色督办单', yellow_card: '橙色督办单', red_card: '红色督办单' } },
  );

  test("blue for slow work, orange not done by the blue slip's date, red not done by the orange one's: each once", () => {
    sound(slips);
    expect(steps(slips, '2026-11-02')).toEqual([
      'bell 2026-11-02 24:00',
      'yellow_card 2026-11-09 24:00',
      'red_card 2026-11-16 24:00',
    ]);
  });

  test('urgent matters start at orange; red may be issued at once', () => {
    const urgent = { ...slips, name: 'sanming_urgent', levels: slips.levels.slice(1) };
    const atOnce = byTime('sanming_at_once', [{ level: 'red_card', moment: onTheDay }]);
    sound(urgent, atOnce);
    expect(steps(urgent, '2026-11-02')[0]).toBe('yellow_card 2026-11-09 24:00');
    expect(steps(atOnce, '2026-11-02')).toEqual(['red_card 2026-11-02 24:00']);
  });

  test('a card is told by the name that the place gives it', () => {
    const story = underWay({ policies: { ...taskPolicies, report: slips } }).until('2026-02-07 10:00');
    expect(story.last('warning_given').deadline.policy.words?.bell).toBe('蓝色督办单');
  });
});

describe('administrative e-supervision', () => {
  const signals = byTime(
    'e_supervision',
    [
      { level: 'bell', moment: after(-1, 'working_day', '09:00') },
      { level: 'yellow_card', moment: onTheDay },
      { level: 'red_card', moment: after(1, 'working_day') },
    ],
    {
      effects: {
        each: [
          effect('bell', '-3', { times: 3, in_succession: true }),
          effect('yellow_card', '-5'),
          effect('red_card', '-10'),
        ],
        least: decimal('0'),
      },
    },
  );

  test('a signal one working day before the end: a Friday before a Monday', () => {
    sound(signals);
    expect(steps(signals, '2026-11-23')[0]).toBe('bell 2026-11-20 09:00');
  });
});

describe('Zaozhuang and Longxian', () => {
  const progress = byProgress('zaozhuang', standardProgressPolicy.bands, {
    praise: { points: decimal('10'), included: true },
    words: { praise: '蓝牌', bell: '提示' },
  });

  test('blue is praise: for being so far ahead of the plan, and no warning at all', () => {
    sound(progress);
    expect(judgedAt(progress, '40')).toMatchObject({ level: 'none', behind: '-10', praised: true });
    expect(judgedAt(progress, '39.99').praised).toBeUndefined();
  });
});

describe('the unit of a day belongs to each rule', () => {
  test('three working days and three calendar days before the same Tuesday', () => {
    const [working, calendarDays] = (['working_day', 'calendar_day'] as const).map((unit) =>
      steps(
        byTime(unit, [
          { level: 'bell', moment: after(-3, unit, '09:00') },
          { level: 'yellow_card', moment: onTheDay },
          { level: 'red_card', moment: after(1, unit) },
        ]),
        '2026-11-24',
      ),
    );
    expect([working?.[0], calendarDays?.[0]]).toEqual(['bell 2026-11-19 09:00', 'bell 2026-11-21 09:00']);
  });

  test("New Year's Eve was an ordinary working day in 2024 and is a holiday from 2025 on", () => {
    const eve = byTime('eve', [{ level: 'red_card', moment: after(1, 'working_day') }]);
    expect(steps(eve, '2024-02-08')).toEqual(['red_card 2024-02-09 24:00']);
    expect(steps(eve, '2026-02-14')).not.toEqual(['red_card 2026-02-16 24:00']);
  });
});

describe('what cannot be published', () => {
  test.each<[string, Partial<ProgressPolicy>]>([
    ['no band', { bands: [] }],
    ['a card for being on plan', { bands: [behind('bell', '0', true)] }],
    ['a higher level that begins lower', { bands: [behind('bell', '10'), behind('yellow_card', '5')] }],
    ['a level twice', { bands: [behind('bell', '1'), behind('bell', '5')] }],
    ['half a digit', { places: 0.5 }],
    ['nobody to tell', { recipients: { ...standardProgressPolicy.recipients, bell: [] } }],
    ['points that are added', { effects: { each: [effect('bell', '3')], least: null } }],
  ])('%s', (_, change) => {
    expect(progressPolicyFaults({ ...standardProgressPolicy, ...change })).toHaveLength(1);
  });

  test('anything else', () => {
    for (const other of [null, [], {}, 'progress', policy('standard')])
      expect(progressPolicyFaults(other)).toHaveLength(1);
  });

  test('moments in months that a short or a long month turns round', () => {
    const levels = (a: Moment, b: Moment) =>
      policyFaults(
        byTime('x', [
          { level: 'yellow_card', moment: a },
          { level: 'red_card', moment: b },
        ]),
      );
    expect(levels(after(30, 'calendar_day'), after(1, 'calendar_month'))).toHaveLength(1);
    expect(levels(after(27, 'calendar_day'), after(1, 'calendar_month'))).toEqual([]);
    expect(levels(after(1, 'month_end'), after(1, 'calendar_month'))).toHaveLength(1);
    expect(levels(after(2, 'calendar_month'), after(1, 'calendar_month'))).toHaveLength(1);
  });
});
