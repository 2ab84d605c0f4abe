import { DAY, HOUR, instant, later } from './time.ts';
import type { Instant } from './time.ts';

/**
 * The carrier takes 50 notices in a rolling 24 hours per signature, template and number, counted on
 * submission. A person who comes near it gets fewer, fuller messages instead of a refusal.
 */
export type BudgetRules = {
  /** What the carrier refuses to exceed. */
  readonly cap: number;
  /** What Dukao allows itself: the rest is room for clocks that differ and for sends of unknown outcome. */
  readonly plan: number;
  /** From this many submissions on, only digests. */
  readonly individual_up_to: number;
  readonly window_ms: number;
  /** Between two digests, so that the last few of the plan last through a working day. */
  readonly digest_gap_ms: number;
};

/** notifications.md, reliability.md fault 8; the gap [D]. */
export const defaultBudget: BudgetRules = {
  cap: 50,
  plan: 45,
  individual_up_to: 40,
  window_ms: DAY,
  digest_gap_ms: 3 * HOUR,
};

export type Budget =
  | { readonly may: 'send' }
  /** One digest, not before `notBefore`, which may lie in the past. */
  | { readonly may: 'digest'; readonly notBefore: Instant }
  | { readonly may: 'wait'; readonly until: Instant };

/** `submissions` are all attempts to send to this number with this template, in any order. */
export function budget(submissions: readonly Instant[], at: Instant, rules: BudgetRules): Budget {
  const counted = inWindow(submissions, at, rules).toSorted((a, b) => a - b);
  if (counted.length < Math.min(rules.individual_up_to, rules.plan)) return { may: 'send' };
  if (counted.length >= rules.plan) {
    const mustLeave = counted[counted.length - rules.plan] ?? at;
    return { may: 'wait', until: instant(mustLeave + rules.window_ms + 1) };
  }
  const latest = counted.at(-1);
  return { may: 'digest', notBefore: latest === undefined ? at : later(latest, rules.digest_gap_ms) };
}

/**
 * The submissions that still count at `at`: all that the state of a recipient has to remember. Both
 * ends are taken in, and what seems to lie in the future (a clock was set back) counts as well.
 */
export const inWindow = (submissions: readonly Instant[], at: Instant, rules: BudgetRules): Instant[] =>
  submissions.filter((submitted) => submitted >= at - rules.window_ms);
