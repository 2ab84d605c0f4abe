/** Every rule that cities have published, as policy data, with what it gives at its boundaries. */
import { describe, expect, test } from 'vitest';
import { decimal } from '../../domain/decimal.ts';
import { explainIndicatorTask } from '../../domain/explain-indicator-task.ts';
import { colourOf } from '../../domain/period-colours.ts';
import type { Effect } from '../../domain/policy-effects.ts';
import {
  progressPolicyFaults,
  standardProgressPolicy,
  type Band,
  type MakeUpBy,
  type ProgressPolicy,
} from '../../domain/progress-policy.ts';
import type { Command as ItemCommand } from '../../domain/supervision-item.ts';
import { dayEnd, localDate, officeTime } from '../../domain/time.ts';
import {
  policyFaults,
  standardPolicies,
  type Moment,
  type WarningLevel,
  type WarningPolicy,
} from '../../domain/warning-policy.ts';
import { allSteps } from './all-steps.ts';
import * as item from './item-story.ts';
import { calendar, calendarWith, granted } from './official-calendar.ts';
import { periodsOf } from './periods.ts';
import type { Person } from './story.ts';
import { taskPolicies, underWay, type TaskStory } from './task-story.ts';

const { policy } = item;

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
  const progress = byProgress('ouhai', [behind('red_card', '0')], {
    made_up: 'yellow_card',
    make_up_by: { amount: 0, unit: 'month_end' },
  });
  const month = () => underWay({ policies: { ...taskPolicies, progress } });
  const colour = (story: TaskStory, period: string) => colourOf(story.state, story.period(period));

  test("the month's target reached on time, or ahead, is green", () => {
    sound(progress);
    const story = month().until('2026-02-03 10:00').reports('2026-01', '12').accepts('2026-01');
    expect([story.card, story.colours('2026-01')]).toEqual(['none', 'green 2026-02-03']);
  });

  test("the month's target missed is red, to be made up within the month", () => {
    const story = month().until('2026-02-03 10:00').reports('2026-01', '9').accepts('2026-01');
    expect([story.card, colour(story, '2026-01')]).toEqual(['red_card', 'red_card']);
    expect(officeTime(story.last('warning_given').deadline.due)).toBe('2026-02-28 24:00');
    const { why } = explainIndicatorTask(story.last('warning_given'), {
      person: String,
      unit: String,
      theme: String,
    });
    expect(why).toContain('须于2026-02-28 24:00前补齐');
  });

  test('arrears made up: the month turns from red to yellow, and stays so whatever comes after', () => {
    const story = month().until('2026-02-03 10:00').reports('2026-01', '9').accepts('2026-01');
    story.until('2026-02-20 10:00').reports('2026-02', '9.99').accepts('2026-02');
    expect(colour(story, '2026-01')).toBe('red_card');
    story.until('2026-03-20 10:00').reports('2026-03', '15').accepts('2026-03');
    // January's ten are reached, February's twenty are not.
    expect([colour(story, '2026-01'), colour(story, '2026-02')]).toEqual(['yellow_card', 'red_card']);
    story.until('2026-04-20 10:00').reports('2026-04', '40').accepts('2026-04');
    expect(['2026-01', '2026-02', '2026-03', '2026-04'].map((id) => colour(story, id))).toEqual([
      'yellow_card',
      'yellow_card',
      'yellow_card',
      'green',
    ]);
    expect(story.colours('2026-01')).toBe('green 2026-02-03, red_card 2026-02-03, yellow_card 2026-03-20');
    expect(story.card).toBe('none');
  });

  test('a month of which nothing is reported is red by its checkpoint, and made up late it turns yellow as well', () => {
    const story = month().until('2026-02-14 10:00');
    expect(story.warningsOf('progress/2026-01')).toEqual(['progress/2026-01/2 red_card 2026-02-13 24:00']);
    story.until('2026-02-24 10:00').reports('2026-01', '10').accepts('2026-01');
    expect(colour(story, '2026-01')).toBe('yellow_card');
  });

  test('where a place says nothing of it, what was behind stays as it was found', () => {
    const story = underWay({ policies: { ...taskPolicies, progress: byProgress('x', progress.bands) } });
    story.until('2026-02-03 10:00').reports('2026-01', '9').accepts('2026-01');
    const { due, level } = {
      ...story.last('warning_given').deadline,
      level: story.last('warning_given').level,
    };
    expect([officeTime(due), level]).toEqual(['2026-02-03 10:00', 'red_card']);
    story.until('2026-03-03 10:00').reports('2026-02', '20').accepts('2026-02');
    expect(colour(story, '2026-01')).toBe('red_card');
  });

  test('the day by which arrears are made up may be counted otherwise, and never lies beyond the year', () => {
    const dueBy = (make_up_by: MakeUpBy, on: string) => {
      const policies = { ...taskPolicies, progress: { ...progress, make_up_by } };
      const story = underWay({ policies, on: '2026-11-30 09:00' }).until(`${on} 10:00`);
      story.reports('2026-11', '9').accepts('2026-11');
      return officeTime(story.last('warning_given').deadline.due);
    };
    expect(dueBy({ amount: 10, unit: 'calendar_day' }, '2026-12-03')).toBe('2026-12-13 24:00');
    expect(dueBy({ amount: 1, unit: 'calendar_month' }, '2026-12-03')).toBe('2026-12-31 24:00');
    expect(dueBy({ amount: 2, unit: 'month_end' }, '2026-12-03')).toBe('2026-12-31 24:00');
  });

  test('another calendar, or a newer policy, moves no card that has been given', () => {
    const story = month().until('2026-02-03 10:00').reports('2026-01', '9').accepts('2026-01');
    const before = story.warnings;
    story.replans(calendarWith({ '2026-02-27': false }), {
      ...story.state.policies,
      progress: { ...progress, version: 2, make_up_by: { amount: 3, unit: 'calendar_day' } },
    });
    expect(story.last('replanned').was).not.toHaveProperty('progress/2026-01');
    expect([story.warnings, story.card]).toEqual([before, 'red_card']);
  });
});

describe('Songyang, 2022-04', () => {
  const progress = byProgress('songyang', [behind('yellow_card', '0')], {
    at_quarter_end: [behind('red_card', '0')],
    recipients: {
      bell: [],
      yellow_card: ['principal_leader', 'reporter'],
      red_card: ['principal_leader', 'deputy_leader', 'reporter'],
    },
  });

  test("a month's progress missed is yellow, a quarter's red; the card goes to the unit as well: its head is told, and it counts as the unit's", () => {
    sound(progress);
    const story = underWay({ policies: { ...taskPolicies, progress } });
    const found = (day: string, period: string, value: string) => {
      story.until(`${day} 10:00`).reports(period, value).accepts(period);
      return story.last('report_accepted').judgement.level;
    };
    expect(found('2026-02-03', '2026-01', '10')).toBe('none');
    expect(found('2026-03-03', '2026-02', '19.99')).toBe('yellow_card');
    expect(story.last('warning_given')).toMatchObject({
      deadline: { chain: 'undertaking' },
      recipients: ['principal_leader', 'reporter'],
    });
    expect(found('2026-04-03', '2026-03', '29.99')).toBe('red_card');
    expect(story.last('warning_given').recipients).toContain('principal_leader');
    expect(story.state.cards).toEqual({ bell: 0, yellow_card: 1, red_card: 1 });
    expect(found('2026-05-03', '2026-04', '40')).toBe('none');
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

  test('red stands until the matter is closed: no report, no request and no return takes it away', () => {
    const story = item.underWay({ policies: item.policiesWith(time) });
    story.until('2026-11-21 10:00');
    expect(story.warningsOf('item')).toEqual([
      'item/1 bell 2026-11-17 09:00',
      'item/1 red_card 2026-11-20 24:00',
    ]);
    const shown = [story.card];
    const then = (who: Person, command: ItemCommand) => shown.push(story.by(who, command).card);
    then(item.roads, { command: 'report_progress', percent: 80, text: '收尾' });
    then(item.roads, { command: 'request_close', result: '已修复' });
    then(item.officer, { command: 'return', reasons: '路面不平' });
    story.until('2026-12-20 10:00');
    then(item.roads, { command: 'request_close', result: '已整平' });
    expect(new Set(shown)).toEqual(new Set(['red_card']));
    then(item.officer, { command: 'approve', rating: 'qualified' });
    expect([story.stage, shown.at(-1)]).toEqual(['closed', 'yellow_card']);
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

  test("urgent matters start at orange, on the day on which others get the blue slip, and are red by the orange one's date", () => {
    const urgent = byTime(
      'sanming_urgent',
      [
        { level: 'yellow_card', moment: onTheDay },
        { level: 'red_card', moment: after(5, 'working_day') },
      ],
      { without: ['bell'], ...(slips.words === undefined ? {} : { words: slips.words }) },
    );
    sound(urgent);
    expect(steps(urgent, '2026-11-02')).toEqual([
      'yellow_card 2026-11-02 24:00',
      'red_card 2026-11-09 24:00',
    ]);
    expect(steps(urgent, '2026-11-02')[0]?.replace('yellow_card', 'bell')).toBe(
      steps(slips, '2026-11-02')[0],
    );
  });

  test('red may be issued at once', () => {
    const atOnce = byTime('sanming_at_once', [{ level: 'red_card', moment: onTheDay }]);
    sound(atOnce);
    expect(steps(atOnce, '2026-11-02')).toEqual(['red_card 2026-11-02 24:00']);
  });

  test('one matter, one slip: of each colour there is one, however long it takes', () => {
    const story = item.underWay({ policies: item.policiesWith(slips) }).until('2027-03-01 10:00');
    expect(story.warningsOf('item')).toEqual([
      'item/1 bell 2026-11-20 24:00',
      'item/1 yellow_card 2026-11-27 24:00',
      'item/1 red_card 2026-12-04 24:00',
    ]);
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
    ['arrears to be made up before they were found', { make_up_by: { amount: -1, unit: 'calendar_day' } }],
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
