import type { Calendar } from './calendar.ts';
import { defaultSending } from './message-life.ts';
import type { SendingRules } from './message-life.ts';
import { defaultQuietHours, sendableAt } from './quiet-hours.ts';
import type { QuietHours } from './quiet-hours.ts';
import { budget, defaultBudget } from './sms-budget.ts';
import type { BudgetRules } from './sms-budget.ts';
import { instant, later, MINUTE } from './time.ts';
import type { Instant } from './time.ts';
import type { WarningLevel } from './warning-policy.ts';

/** What a person is told of, from the least to the most urgent; a notice is no warning. */
export type MessageLevel = WarningLevel | 'notice';

export type Waiting = {
  readonly notificationId: string;
  readonly level: MessageLevel;
  /** Business time at which it was caused; after an outage long before it was heard of. */
  readonly at: Instant;
};

export type InFlight = {
  readonly messageId: string;
  readonly notifications: readonly Waiting[];
  readonly digest: boolean;
  /** Sends and asks so far. */
  readonly tries: number;
  readonly firstAt: Instant;
  /** What to do next and when; null until the first send has been answered. */
  readonly next: { readonly do: 'send' | 'ask'; readonly at: Instant } | null;
};

export type AwaitingReceipt = {
  readonly messageId: string;
  readonly notificationIds: readonly string[];
  readonly acceptedAt: Instant;
  readonly checksDone: number;
};

/** One person's messages: plain JSON that travels through continue-as-new. Ids only, no number, no name. */
export type RecipientState = {
  /** In the order in which they were heard. */
  readonly waiting: readonly Waiting[];
  /** The end of the bundle window that the first of a batch opened. */
  readonly bundleUntil: Instant | null;
  /** At most one message is being sent; the next one waits until its outcome is known. */
  readonly inFlight: InFlight | null;
  readonly awaiting: readonly AwaitingReceipt[];
  /** Every attempt to send within the budget's window. */
  readonly submissions: readonly Instant[];
  /** The provider refused because of its cap: only a digest, and not before. */
  readonly heldUntil: Instant | null;
  /**
   * Nothing is sent. The circuit is open until somebody's probe finds out that sending works again; what
   * the configuration forbade waits for `release` and is never tried unasked.
   */
  readonly stopped: { readonly why: 'circuit'; readonly until: Instant } | { readonly why: 'repair' } | null;
  /** Ids of the latest notifications, the newest last: a signal may be repeated. */
  readonly heard: readonly string[];
};

/** Policy data. */
export type RecipientRules = {
  readonly bundle_ms: number;
  readonly quiet: QuietHours;
  readonly budget: BudgetRules;
  readonly sending: SendingRules;
  readonly remembered_ids: number;
};

/** notifications.md, all [D]. */
export const defaultRecipientRules: RecipientRules = {
  bundle_ms: MINUTE,
  quiet: defaultQuietHours,
  budget: defaultBudget,
  sending: defaultSending,
  remembered_ids: 500,
};

export const quietRecipient: RecipientState = {
  waiting: [],
  bundleUntil: null,
  inFlight: null,
  awaiting: [],
  submissions: [],
  heldUntil: null,
  stopped: null,
  heard: [],
};

/**
 * Takes a notification in, once. `heardAt` opens the bundle window, not the time at which it was
 * caused: after an outage everything was caused long ago and still has to become one message.
 */
export function hear(
  state: RecipientState,
  waiting: Waiting,
  heardAt: Instant,
  rules: RecipientRules,
): RecipientState {
  if (knows(state, waiting.notificationId)) return state;
  const open = state.bundleUntil !== null && heardAt < state.bundleUntil;
  return {
    ...state,
    waiting: [...state.waiting, waiting],
    bundleUntil: open ? state.bundleUntil : later(heardAt, rules.bundle_ms),
    heard: [...state.heard, waiting.notificationId].slice(-rules.remembered_ids),
  };
}

/** Taken back before it was sent: the thing was closed, or someone else answers for it now. */
export function forget(state: RecipientState, notificationIds: readonly string[]): RecipientState {
  const waiting = state.waiting.filter((one) => !notificationIds.includes(one.notificationId));
  return { ...state, waiting, heldUntil: waiting.length === 0 ? null : state.heldUntil };
}

export type Plan =
  | { readonly do: 'send'; readonly notificationIds: readonly string[]; readonly digest: boolean }
  | { readonly do: 'wait'; readonly until: Instant }
  | { readonly do: 'sleep' };

/**
 * What to do with what waits. One sendable notification is enough to send, and everything that waits
 * goes along with it: fewer messages, never two where one would do.
 */
export function plan(state: RecipientState, at: Instant, rules: RecipientRules, calendar: Calendar): Plan {
  const { stopped } = state;
  if (state.waiting.length === 0 || state.inFlight !== null || stopped?.why === 'repair')
    return { do: 'sleep' };
  const allowed = budget(state.submissions, at, rules.budget);
  const ready = Math.max(
    state.bundleUntil ?? at,
    state.heldUntil ?? at,
    stopped?.until ?? at,
    allowed.may === 'digest' ? allowed.notBefore : allowed.may === 'wait' ? allowed.until : at,
    at,
  );
  const until = Math.min(
    ...levelsWaiting(state).map((level) => sendableAt(instant(ready), level, rules.quiet, calendar)),
  );
  if (until > at) return { do: 'wait', until: instant(until) };
  return {
    do: 'send',
    notificationIds: state.waiting.map((one) => one.notificationId),
    digest: allowed.may === 'digest' || state.heldUntil !== null,
  };
}

/**
 * Should have gone out long ago: the system was down, and others have as much to catch up on as this
 * person's workflow. What they are about to tell makes one message with what waits.
 */
export function gatherAfterOutage(
  state: RecipientState,
  at: Instant,
  rules: RecipientRules,
  calendar: Calendar,
): RecipientState {
  const { bundleUntil, waiting, inFlight, stopped } = state;
  if (bundleUntil === null || waiting.length === 0 || inFlight !== null || stopped !== null) return state;
  const ready = instant(Math.max(bundleUntil, state.heldUntil ?? bundleUntil));
  const since = Math.min(
    ...levelsWaiting(state).map((level) => sendableAt(ready, level, rules.quiet, calendar)),
  );
  return at - since > rules.bundle_ms ? { ...state, bundleUntil: later(at, rules.bundle_ms) } : state;
}

const urgency: readonly MessageLevel[] = ['notice', 'bell', 'yellow_card', 'red_card'];

/** What a message that carries all of them is called by (several thresholds passed in an outage). */
export const highestLevel = (levels: readonly MessageLevel[]): MessageLevel =>
  levels.reduce((a, b) => (urgency.indexOf(b) > urgency.indexOf(a) ? b : a), 'notice');

const levelsWaiting = (state: RecipientState) => [...new Set(state.waiting.map((one) => one.level))];

const knows = (state: RecipientState, id: string) =>
  state.heard.includes(id) ||
  state.waiting.some((one) => one.notificationId === id) ||
  (state.inFlight?.notifications.some((one) => one.notificationId === id) ?? false) ||
  state.awaiting.some((message) => message.notificationIds.includes(id));
