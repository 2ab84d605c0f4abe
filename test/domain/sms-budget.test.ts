import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { budget, defaultBudget, inWindow } from '../../domain/sms-budget.ts';
import type { BudgetRules } from '../../domain/sms-budget.ts';
import { DAY, HOUR, instant, later, MINUTE } from '../../domain/time.ts';
import type { Instant } from '../../domain/time.ts';

const start = instant(Date.UTC(2026, 10, 20));
const every = (ms: number, count: number) => Array.from({ length: count }, (_, i) => later(start, i * ms));

describe('the budget of one number', () => {
  test('forty messages go one by one', () => {
    expect(budget(every(MINUTE, 39), later(start, HOUR), defaultBudget)).toEqual({ may: 'send' });
  });

  test('from the fortieth on a digest, three hours after the message before', () => {
    const submissions = every(MINUTE, 40);
    expect(budget(submissions, later(start, HOUR), defaultBudget)).toEqual({
      may: 'digest',
      notBefore: later(start, 39 * MINUTE + 3 * HOUR),
    });
  });

  test('after forty-five nothing until the first has left the window', () => {
    const submissions = every(MINUTE, 45);
    const allowed = budget(submissions, later(start, HOUR), defaultBudget);
    expect(allowed).toEqual({ may: 'wait', until: later(start, DAY + 1) });
    expect(budget(submissions, later(start, DAY + 1), defaultBudget).may).toBe('digest');
  });

  test('the order in which submissions are remembered does not matter', () => {
    const submissions = every(MINUTE, 45);
    const at = later(start, HOUR);
    expect(budget(submissions.toReversed(), at, defaultBudget)).toEqual(
      budget(submissions, at, defaultBudget),
    );
  });

  test('only what still counts has to be remembered', () => {
    const submissions = every(HOUR, 40);
    const at = later(start, 39 * HOUR);
    expect(inWindow(submissions, at, defaultBudget)).toHaveLength(25);
    expect(budget(inWindow(submissions, at, defaultBudget), at, defaultBudget)).toEqual(
      budget(submissions, at, defaultBudget),
    );
  });
});

test('five hundred at once go out as the plan of the day and one digest after the other', () => {
  let sent: Instant[] = [];
  for (let at = start; at < start + 3 * DAY; at = later(at, MINUTE)) {
    const allowed = budget(sent, at, defaultBudget);
    if (allowed.may === 'send' || (allowed.may === 'digest' && allowed.notBefore <= at)) sent = [...sent, at];
  }
  const inAnyDay = (from: Instant) => sent.filter((at) => at >= from && at <= from + DAY).length;
  expect(Math.max(...sent.map(inAnyDay))).toBe(45);
  expect(sent.length).toBeGreaterThan(100);
});

describe('whatever arrives when (reliability.md, fault 8)', () => {
  /** Bursts, silences, and everything between, over about four days. */
  const arrivals = fc
    .array(
      fc.record({
        pause: fc.oneof(
          fc.constant(0),
          fc.integer({ min: 0, max: 5 * MINUTE }),
          fc.integer({ min: 0, max: 8 * HOUR }),
        ),
        count: fc.integer({ min: 1, max: 12 }),
      }),
      { maxLength: 60, size: 'max' },
    )
    .map((bursts) => {
      let at = start;
      return bursts.flatMap(({ pause, count }) => {
        at = later(at, pause);
        return Array.from({ length: count }, () => at);
      });
    });
  const anyRules = fc
    .record({
      plan: fc.integer({ min: 1, max: 45 }),
      individual: fc.integer({ min: 0, max: 45 }),
      gap: fc.integer({ min: 0, max: 8 * HOUR }),
    })
    .map(({ plan, individual, gap }): BudgetRules => ({
      ...defaultBudget,
      plan,
      individual_up_to: individual,
      digest_gap_ms: gap,
    }));

  test.each([
    ['with the default rules', fc.constant(defaultBudget)],
    ['with any rules', anyRules],
  ])('never more than planned in any rolling 24 hours, and nothing waits for ever, %s', (_, rulesOf) => {
    fc.assert(
      fc.property(arrivals, rulesOf, (arrived, rules) => {
        const sent = follow(arrived, rules);
        const most = Math.max(
          0,
          ...sent.map((from) => sent.filter((at) => at >= from && at <= from + rules.window_ms).length),
        );
        expect(most).toBeLessThanOrEqual(Math.min(rules.plan, rules.cap));
        const last = arrived.at(-1);
        if (last !== undefined) {
          expect(sent.at(-1)).toBeGreaterThanOrEqual(last);
          expect(sent.at(-1)).toBeLessThanOrEqual(last + 2 * DAY);
        }
      }),
      { numRuns: 60 },
    );
  });

  /** A recipient that sends the moment it may: singly as long as it can, all at once after a wait. */
  function follow(arrived: readonly Instant[], rules: BudgetRules): Instant[] {
    const sent: Instant[] = [];
    const coming = [...arrived];
    let waiting = 0;
    let at = start;
    let waited = false;
    while (coming.length > 0 || waiting > 0) {
      while (coming[0] !== undefined && coming[0] <= at) {
        coming.shift();
        waiting += 1;
      }
      const next = coming[0] ?? instant(Infinity);
      if (waiting === 0) {
        at = next;
        continue;
      }
      const allowed = budget(sent, at, rules);
      const from = allowed.may === 'send' ? at : allowed.may === 'digest' ? allowed.notBefore : allowed.until;
      if (from > at) {
        waited = true;
        at = instant(Math.min(from, next));
        continue;
      }
      sent.push(at);
      waiting = allowed.may === 'send' && !waited ? waiting - 1 : 0;
      waited = false;
    }
    return sent;
  }
});
