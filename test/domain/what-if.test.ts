import { describe, expect, test } from 'vitest';
import { decimal } from '../../domain/decimal.ts';
import type { Circumstances } from '../../domain/process.ts';
import { standardProgressPolicy } from '../../domain/progress-policy.ts';
import { isRefusal } from '../../domain/refusal.ts';
import { localDate, officeTime } from '../../domain/time.ts';
import type { DeadlineKind } from '../../domain/deadline.ts';
import { canHave, mayHave } from '../../domain/what-if-deadlines.ts';
import { whatIf, whatIfAll, type Change, type Prospect } from '../../domain/what-if.ts';
import type { WarningPolicy } from '../../domain/warning-policy.ts';
import * as item from './item-story.ts';
import { calendarWith } from './official-calendar.ts';
import * as task from './task-story.ts';

type Story = { readonly state: Parameters<typeof whatIf>[0] } & Pick<
  item.ItemStory | task.TaskStory,
  'now' | 'calendar'
>;

const now = ({ now: at, calendar }: Story): Circumstances => ({ by: item.officer, at, calendar });

function ask(story: Story, change: Change): Prospect {
  const prospect = whatIf(story.state, change, now(story));
  if (isRefusal(prospect)) throw new Error(prospect.detail);
  return prospect;
}

const told = ({ moves }: Prospect): readonly string[] =>
  moves.map(({ kind, what, repeat, from, to }) => {
    const name = `${kind} ${what}${repeat > 0 ? `+${repeat}` : ''}`;
    return `${name}: ${from === null ? '—' : officeTime(from)} → ${to === null ? '—' : officeTime(to)}`;
  });

const another = (name: string, change: Partial<WarningPolicy>): WarningPolicy => ({
  ...item.policy(name),
  version: 2,
  ...change,
});

describe('another deadline', () => {
  test('moves its warnings with it, and nothing is changed', () => {
    const story = item.underWay();
    const before = structuredClone(story.state);
    const prospect = ask(story, { due: { deadline: 'item', on: localDate('2026-11-27') } });
    expect(told(prospect)).toEqual([
      'item bell: 2026-11-17 09:00 → 2026-11-24 09:00',
      'item yellow_card: 2026-11-19 09:00 → 2026-11-26 09:00',
      'item due: 2026-11-20 24:00 → 2026-11-27 24:00',
      'item red_card: 2026-11-20 24:00 → 2026-11-27 24:00',
      'item red_card+1: 2026-11-25 09:00 → 2026-12-02 09:00',
      'item red_card+2: 2026-11-30 09:00 → 2026-12-07 09:00',
      'item red_card+3: 2026-12-03 09:00 → 2026-12-10 09:00',
    ]);
    expect(story.state).toEqual(before);
  });

  test('takes the yellow card of an item away that has time again', () => {
    const story = item.underWay().until('2026-11-19 10:00');
    const prospect = ask(story, { due: { deadline: 'item', on: localDate('2026-11-30') } });
    expect([prospect.card, prospect.card_after]).toEqual(['yellow_card', 'none']);
  });

  test('of an item is what granting the extension then brings', () => {
    const story = item.underWay({ facts: { report_cycle: { kind: 'weekly' } } });
    const on = localDate('2026-12-04');
    const { after } = ask(story, { due: { deadline: 'item', on } });
    story.by(item.roads, { command: 'request_extension', new_due_on: on, reason: '缘由' });
    story.by(item.officer, { command: 'decide_extension', granted: true, reason: '缘由' });
    expect(ask(story, {}).before).toEqual(after);
  });

  test('earlier than a report of its item leaves that report out', () => {
    const story = item.underWay({ facts: { report_cycle: { kind: 'weekly' } } });
    const prospect = ask(story, { due: { deadline: 'item', on: localDate('2026-11-04') } });
    expect(prospect.after.some(({ kind }) => kind === 'report')).toBe(false);
    expect(told(prospect)).toContain('report due: 2026-11-06 24:00 → —');
  });

  test('of a period’s report takes its checkpoint along, as an adjustment does', () => {
    const story = task.underWay();
    const on = localDate('2026-02-20');
    const { after, moves } = ask(story, { due: { deadline: 'report/2026-01', on } });
    expect(moves.map(({ kind, what }) => `${kind} ${what}`)).toContain('progress/2026-01 due');
    const adjustment = { kind: 'report_date', period: '2026-01', due_on: on } as const;
    story.by(task.roads, { command: 'request_adjustment', adjustment, reason: '缘由' });
    story.by(task.leader, { command: 'decide_adjustment', granted: true, reason: '缘由' });
    const stands = ask(story, {}).before.filter(({ kind }) => kind.endsWith('/2026-01'));
    expect(after.filter(({ kind }) => kind.endsWith('/2026-01'))).toEqual(stands);
  });

  test("of a period's report takes its checkpoint away where it would fall after the year's end", () => {
    const story = task.underWay().until('2026-12-01 10:00');
    const prospect = ask(story, { due: { deadline: 'report/2026-11', on: localDate('2026-12-28') } });
    expect(told(prospect)).toContain('progress/2026-11 due: 2026-12-14 24:00 → —');
  });

  test('of a period that is not watched yet is what granting the adjustment then brings', () => {
    const story = task.underWay();
    const on = localDate('2026-09-18');
    const ofAugust = (moments: Prospect['before']) => moments.filter(({ kind }) => kind.endsWith('/2026-08'));
    expect(story.state.deadlines.map(({ kind }) => kind)).not.toContain('report/2026-08');
    const prospect = ask(story, { due: { deadline: 'report/2026-08', on } });
    expect(told(prospect)).toEqual([
      'report/2026-08 bell: 2026-09-04 09:00 → 2026-09-17 09:00',
      'report/2026-08 due: 2026-09-07 24:00 → 2026-09-18 24:00',
      'report/2026-08 yellow_card: 2026-09-07 24:00 → 2026-09-18 24:00',
      'report/2026-08 red_card: 2026-09-08 24:00 → 2026-09-20 24:00',
      'progress/2026-08 due: 2026-09-14 24:00 → 2026-09-24 24:00',
    ]);
    const adjustment = { kind: 'report_date', period: '2026-08', due_on: on } as const;
    story.by(task.roads, { command: 'request_adjustment', adjustment, reason: '缘由' });
    story.by(task.leader, { command: 'decide_adjustment', granted: true, reason: '缘由' });
    expect(ofAugust(ask(story, {}).before)).toEqual(ofAugust(prospect.after));
  });

  test('of a checkpoint that is not watched yet moves it and leaves its report where it is', () => {
    const story = task.underWay();
    const prospect = ask(story, { due: { deadline: 'progress/2026-08', on: localDate('2026-09-30') } });
    expect(told(prospect)).toEqual(['progress/2026-08 due: 2026-09-14 24:00 → 2026-09-30 24:00']);
    const kinds = prospect.after.filter(({ what }) => what === 'due').map(({ kind }) => kind);
    expect(new Set(kinds).size).toBe(kinds.length);
  });

  test('of a report that has come already moves nothing', () => {
    const story = task.underWay().until('2026-02-03 10:00').reports('2026-01', '10');
    const due = { deadline: 'report/2026-01', on: localDate('2026-02-20') } as const;
    expect(ask(story, { due }).moves).toEqual([]);
  });

  test('can be asked of what the thing may have, watched or not, and of nothing else', () => {
    const [road, repair] = [task.underWay().state, item.underWay().state];
    expect(
      ['year_end', 'report/2026-08', 'review/2026-08', 'acknowledgement'].map((kind) =>
        mayHave(road, kind as DeadlineKind),
      ),
    ).toEqual([true, true, true, true]);
    expect(
      ['report', 'item', 'dispute', 'report/2026-Q1', 'report/2026-13', 'item/2026-08'].map((kind) =>
        mayHave(road, kind as DeadlineKind),
      ),
    ).toEqual([false, false, false, false, false, false]);
    expect(
      ['item', 'report', 'year_end', 'report/2026-08', 'progress'].map((kind) =>
        mayHave(repair, kind as DeadlineKind),
      ),
    ).toEqual([true, true, false, false, false]);
    expect(canHave('indicator_task', 'report/2026-Q1')).toBe(true);
  });

  test('that has passed already is refused, and one that nothing watches moves nothing', () => {
    const story = item.underWay();
    const past = { due: { deadline: 'item', on: localDate('2026-11-01') } } as const;
    expect(whatIf(story.state, past, now(story))).toMatchObject({ refusal: 'due_in_past' });
    expect(ask(story, { due: { deadline: 'year_end', on: localDate('2026-11-30') } }).moves).toEqual([]);
  });
});

describe('another policy', () => {
  test('moves the warnings of the deadlines that it watches and no day', () => {
    const story = item.underWay();
    const levels = item
      .policy('standard')
      .levels.map((level) =>
        level.level === 'bell' ? { ...level, moment: { ...level.moment, amount: -5 } } : level,
      );
    const prospect = ask(story, { policy: { policy: another('standard', { levels }) } });
    expect(told(prospect)).toEqual(['item bell: 2026-11-17 09:00 → 2026-11-13 09:00']);
  });

  test('in place of what watches one sort of deadline', () => {
    const story = item.underWay();
    const prospect = ask(story, { policy: { deadline: 'item', policy: item.policy('rule_710_ordinary') } });
    expect(told(prospect).slice(0, 1)).toEqual(['item bell: 2026-11-17 09:00 → 2026-11-18 09:00']);
  });

  test('of another name moves nothing', () => {
    const story = task.underWay();
    expect(ask(story, { policy: { policy: another('rule_710_complex', { repeat: null }) } }).moves).toEqual(
      [],
    );
  });
});

describe('another policy by progress', () => {
  const strict = {
    ...standardProgressPolicy,
    version: 2,
    bands: [{ level: 'red_card', behind: { points: decimal('5'), included: true } }],
  } as const;

  test('tells which card the next checkpoint would give if nothing more were accepted', () => {
    const story = task.underWay();
    const prospect = ask(story, { progress: strict });
    expect(told(prospect)).toEqual([
      'progress/2026-01 bell: 2026-02-13 24:00 → —',
      'progress/2026-01 red_card: — → 2026-02-13 24:00',
    ]);
    story.until('2026-02-14 10:00');
    expect(story.warningsOf('progress/2026-01')).toHaveLength(1);
  });

  test('of another name, or for an item, moves nothing', () => {
    expect(ask(task.underWay(), { progress: { ...strict, name: 'other' } }).moves).toEqual([]);
    expect(ask(item.underWay(), { progress: strict }).moves).toEqual([]);
  });
});

describe('another calendar', () => {
  test('moves what was counted in working days and the warnings of a day that stays', () => {
    const story = task.underWay();
    const calendar = calendarWith({ '2026-02-05': false });
    const prospect = ask(story, { calendar });
    expect(told(prospect)).toContain('report/2026-01 due: 2026-02-06 24:00 → 2026-02-09 24:00');
    story.replans(calendar);
    expect(ask(story, {}).before).toEqual(prospect.after);
  });

  test('moves the reports of the whole year, also those that are not watched yet', () => {
    const story = task.underWay();
    const prospect = ask(story, { calendar: calendarWith({ '2026-09-04': false }) });
    expect(story.state.deadlines.map(({ kind }) => kind)).not.toContain('report/2026-08');
    expect(told(prospect)).toContain('report/2026-08 due: 2026-09-07 24:00 → 2026-09-08 24:00');
    expect(new Set(prospect.moves.map(({ kind }) => kind))).toEqual(
      new Set(['report/2026-08', 'progress/2026-08']),
    );
  });

  test('together with another day counts the warnings of that day on that calendar', () => {
    const story = item.underWay();
    const prospect = ask(story, {
      due: { deadline: 'item', on: localDate('2026-11-27') },
      calendar: calendarWith({ '2026-11-26': false }),
    });
    expect(told(prospect)).toContain('item yellow_card: 2026-11-19 09:00 → 2026-11-25 09:00');
  });
});

test('a whole list is asked at once: what moves, and what cannot be computed', () => {
  const [still, moving] = [item.listed(), item.underWay()];
  const things = [still, moving].map(({ state }, n) => ({ n, state }));
  const years = { '2026': moving.calendar.years['2026'] ?? { status: 'official', days: '' } } as const;
  const change: Change = {
    due: { deadline: 'item', on: localDate('2026-12-30') },
    calendar: { ...moving.calendar, version: 2, years },
  };
  const found = whatIfAll(things, change, now(moving));
  expect(found.checked).toBe(2);
  expect(found.cannot.map(({ thing, refusal }) => [thing.n, refusal.refusal])).toEqual([
    [1, 'calendar_not_loaded'],
  ]);
  const later = whatIfAll(things, { due: { deadline: 'item', on: localDate('2026-12-30') } }, now(moving));
  expect(later.moving.map(({ thing }) => thing.n)).toEqual([1]);
});
