import { describe, expect, test } from 'vitest';
import { decimal } from '../../domain/decimal.ts';
import { dueOf, indicatorTask } from '../../domain/indicator-task.ts';
import { moveOf, type Move } from '../../domain/moves.ts';
import { withPolicy, type PolicyChange } from '../../domain/policy-change.ts';
import { standardProgressPolicy, type ProgressPolicy } from '../../domain/progress-policy.ts';
import { isRefusal } from '../../domain/refusal.ts';
import { supervisionItem } from '../../domain/supervision-item.ts';
import { localDate, officeTime } from '../../domain/time.ts';
import type { WarningPolicy } from '../../domain/warning-policy.ts';
import * as item from './item-story.ts';
import { calendar } from './official-calendar.ts';
import * as task from './task-story.ts';

/** The next version, whose bell rings so many working days before. */
const withBell = (amount: number, version = 2): WarningPolicy => ({
  ...item.policy('standard'),
  version,
  levels: item
    .policy('standard')
    .levels.map((one) => (one.level === 'bell' ? { ...one, moment: { ...one.moment, amount } } : one)),
});
const byTime = (policy: WarningPolicy): PolicyChange => ({ sort: 'warning', policy });

/** Ten points behind are red already. */
const strict: ProgressPolicy = {
  ...standardProgressPolicy,
  version: 2,
  bands: [{ level: 'red_card', behind: { points: decimal('5'), included: true } }],
};

const told = (move: Move | null) =>
  (move?.warnings ?? []).map(
    ({ kind, what, from, to }) =>
      `${kind} ${what}: ${from === null ? '—' : officeTime(from)} → ${to === null ? '—' : officeTime(to)}`,
  );

function itemMoves(story: ReturnType<typeof item.underWay>, change: PolicyChange): Move | null {
  const { state, now: at } = story;
  const coming = { by: item.officer, at, calendar };
  const policies = withPolicy(state.policies, change);
  const move = moveOf(supervisionItem, { state, now: calendar, coming, policies }, ({ due }) => due);
  if (isRefusal(move)) throw new Error(move.detail);
  return move;
}

describe('a policy’s next version for what has frozen an older one', () => {
  test('takes its place wherever its name stands, and leaves every other policy', () => {
    const before = item.underWay().state.policies;
    const after = withPolicy(before, byTime(withBell(-5)));
    expect(after.item?.version).toBe(2);
    expect({ ...after, item: before.item }).toEqual(before);
    const review = { ...item.policy('review'), version: 2 };
    const both = withPolicy(before, byTime(review));
    expect([both.review?.version, both.dispute?.version]).toEqual([2, 2]);
  });

  test('changes nothing when it is told twice, or after a newer one', () => {
    const third = withPolicy(item.underWay().state.policies, byTime(withBell(-5, 3)));
    expect(withPolicy(third, byTime(withBell(-4, 2)))).toEqual(third);
    expect(withPolicy(third, byTime(withBell(-5, 3)))).toEqual(third);
    const story = item.underWay();
    const follows = () => story.replans(calendar, withPolicy(story.state.policies, byTime(withBell(-5))));
    follows();
    const events = story.events.length;
    follows();
    expect(story.events.length).toBe(events);
  });

  test('by progress is not one by time, though they were called the same', () => {
    const frozen = { ...task.underWay().state.policies };
    const namesake = { ...withBell(-5), name: 'progress' };
    expect(withPolicy(frozen, byTime(namesake))).toEqual(frozen);
    expect(withPolicy(frozen, { sort: 'progress', policy: strict }).progress).toEqual(strict);
  });

  test('is previewed as it will come: warnings that move, come and go', () => {
    const story = item.underWay();
    expect(told(itemMoves(story, byTime(withBell(-5))))).toEqual([
      'item bell: 2026-11-17 09:00 → 2026-11-13 09:00',
    ]);
    const levels = withBell(-5).levels.slice(1);
    expect(told(itemMoves(story, byTime({ ...withBell(-5), levels, repeat: null })))).toEqual([
      'item bell: 2026-11-17 09:00 → —',
      'item red_card: 2026-11-25 09:00 → —',
      'item red_card: 2026-11-30 09:00 → —',
      'item red_card: 2026-12-03 09:00 → —',
    ]);
    story.replans(calendar, withPolicy(story.state.policies, byTime(withBell(-5))));
    expect(story.until('2026-11-13 10:00').warningsOf('item')).toEqual(['item/2 bell 2026-11-13 09:00']);
  });

  test('loses no warning that was still to come: one whose new moment has passed comes at once, the highest alone', () => {
    const story = item.underWay().until('2026-11-16 10:00');
    expect(told(itemMoves(story, byTime(withBell(-9))))).toEqual([
      'item bell: 2026-11-17 09:00 → 2026-11-16 10:00',
    ]);
    const earlier = {
      ...withBell(-9),
      levels: withBell(-9).levels.map((one) =>
        one.level === 'yellow_card' ? { ...one, moment: { ...one.moment, amount: -8 } } : one,
      ),
    };
    story.replans(calendar, withPolicy(story.state.policies, byTime(earlier)));
    expect(story.warningsOf('item')).toEqual(['item/2 yellow_card 2026-11-16 10:00']);
  });

  test('rings no bell again that has been given, and none that never was to come', () => {
    const rung = item.underWay().until('2026-11-17 10:00');
    rung.replans(calendar, withPolicy(rung.state.policies, byTime(withBell(-5))));
    expect(rung.warningsOf('item')).toEqual(['item/1 bell 2026-11-17 09:00']);
    // Assigned so late that the act itself told the unit.
    const late = item.underWay({ facts: { due_on: localDate('2026-11-04') } });
    late.replans(calendar, withPolicy(late.state.policies, byTime(withBell(-7))));
    expect(late.until('2026-11-04 10:00').warningsOf('item')).toEqual([
      'item/2 yellow_card 2026-11-03 09:00',
    ]);
  });

  test('judges the checkpoints that are to come, and leaves what has been judged', () => {
    const story = task.underWay();
    const { state, now: at } = story;
    const policies = withPolicy(state.policies, { sort: 'progress', policy: strict });
    const coming = { by: task.office, at, calendar };
    const move = moveOf(indicatorTask, { state, now: calendar, coming, policies }, dueOf);
    if (isRefusal(move)) throw new Error(move.detail);
    // Nothing accepted yet: 8.33 points behind at the first checkpoint.
    expect(told(move)).toEqual([
      'progress/2026-01 bell: 2026-02-13 24:00 → —',
      'progress/2026-01 red_card: — → 2026-02-13 24:00',
    ]);
    story.until('2026-02-14 10:00');
    const before = story.warningsOf('progress/2026-01');
    story.replans(calendar, withPolicy(story.state.policies, { sort: 'progress', policy: strict }));
    expect(story.warningsOf('progress/2026-01')).toEqual(before);
    story.until('2026-03-31 10:00');
    expect(story.warningsOf('progress/2026-02').map((one) => one.split(' ')[1])).toEqual(['red_card']);
  });
});
