import type { Calendar } from './calendar.ts';
import type { Treatment } from './message-life.ts';
import { sendableAt } from './quiet-hours.ts';
import type { InFlight, Plan, RecipientRules, RecipientState, Waiting } from './recipient.ts';
import { inWindow } from './sms-budget.ts';
import { addDays, later, localDateOf, MINUTE } from './time.ts';
import type { Instant, LocalDate } from './time.ts';

/**
 * Moves into flight what the message carries: of what the plan named all that was still to be said.
 * Repeated with the same message id it changes nothing.
 */
export function claim(
  state: RecipientState,
  send: Extract<Plan, { do: 'send' }>,
  messageId: string,
  at: Instant,
): RecipientState {
  if (state.inFlight !== null) return state;
  const ids = new Set(send.notificationIds);
  const goes = (one: Waiting) => ids.has(one.notificationId);
  return {
    ...state,
    waiting: state.waiting.filter((one) => !goes(one)),
    bundleUntil: null,
    heldUntil: null,
    stopped: null,
    inFlight: {
      messageId,
      notifications: state.waiting.filter(goes),
      digest: send.digest,
      tries: 0,
      firstAt: at,
      next: null,
    },
  };
}

/** Before every call to the provider, so that a send without an answer is counted as well. */
export function tried(
  state: RecipientState,
  what: 'send' | 'ask',
  at: Instant,
  rules: RecipientRules,
): RecipientState {
  if (state.inFlight === null) return state;
  return {
    ...state,
    inFlight: { ...state.inFlight, tries: state.inFlight.tries + 1, next: null },
    submissions: what === 'send' ? [...inWindow(state.submissions, at, rules.budget), at] : state.submissions,
  };
}

/** What the answer to a send or an ask does to the message in flight. */
export function settle(
  state: RecipientState,
  treated: Treatment,
  at: Instant,
  rules: RecipientRules,
  calendar: Calendar,
): RecipientState {
  const { inFlight } = state;
  if (inFlight === null) return state;
  switch (treated.do) {
    case 'retry':
      return { ...state, inFlight: again(inFlight, treated.at, rules, calendar) };
    case 'ask_first':
      return { ...state, inFlight: { ...inFlight, next: { do: 'ask', at: treated.at } } };
    case 'await_receipt':
      return {
        ...state,
        inFlight: null,
        awaiting: [
          ...state.awaiting,
          {
            messageId: inFlight.messageId,
            notificationIds: inFlight.notifications.map((one) => one.notificationId),
            acceptedAt: at,
            checksDone: 0,
          },
        ],
      };
    case 'wait_for_window':
      return { ...backToWaiting(state, inFlight), heldUntil: treated.until };
    case 'stop_all':
      return stoppedUntil(backToWaiting(state, inFlight), treated.until);
    case 'hold_for_repair':
      return { ...backToWaiting(state, inFlight), stopped: { why: 'repair' } };
    case 'next_person':
    case 'failed':
    case 'ended':
      return { ...state, inFlight: null };
  }
}

/** Somebody else's probe is under way, or this one has just failed. */
export const stoppedUntil = (state: RecipientState, until: Instant): RecipientState => ({
  ...state,
  stopped: { why: 'circuit', until },
});

/** What is in flight must not be sent yet; the wait is not counted as time spent trying. */
export const postponed = (state: RecipientState, until: Instant, at: Instant): RecipientState =>
  state.inFlight === null
    ? state
    : {
        ...state,
        inFlight: {
          ...state.inFlight,
          firstAt: later(state.inFlight.firstAt, until - at),
          next: { do: 'send', at: until },
        },
      };

/** When what is in flight may be sent: now, or, when a retry or an outage has come into the quiet hours, after them. */
export function sendableAgainAt(
  { notifications }: InFlight,
  at: Instant,
  rules: RecipientRules,
  calendar: Calendar,
): Instant {
  const sendable = notifications.map(({ level }) => sendableAt(at, level, rules.quiet, calendar));
  return sendable.reduce((a, b) => (b < a ? b : a), sendable[0] ?? at);
}

/** The circuit closed, or the configuration was mended: what waited has waited long enough. */
export const release = (state: RecipientState): RecipientState =>
  state.stopped === null ? state : { ...state, stopped: null, bundleUntil: null };

/** A receipt was looked for in vain, `checksDone` counts it. */
export const checked = (state: RecipientState, messageId: string): RecipientState => ({
  ...state,
  awaiting: state.awaiting.map((one) =>
    one.messageId === messageId ? { ...one, checksDone: one.checksDone + 1 } : one,
  ),
});

/** A receipt came, or the last check is done. */
export const concluded = (state: RecipientState, messageId: string): RecipientState => ({
  ...state,
  awaiting: state.awaiting.filter((one) => one.messageId !== messageId),
});

/**
 * The dates under which the provider may have filed a send: its clock and ours may differ by ten
 * minutes, so around midnight it can be either day, and a message not found would be sent twice.
 */
export const possibleSendDates = (sentAt: Instant): readonly LocalDate[] => {
  const slack = 15 * MINUTE;
  const dates: LocalDate[] = [];
  const last = localDateOf(later(sentAt, slack));
  for (let date = localDateOf(later(sentAt, -slack)); date <= last; date = addDays(date, 1)) dates.push(date);
  return dates;
};

/**
 * The provider refused it, so nothing was sent: a new message may carry it, with what came since. Nor
 * does the carrier count it: else the probes of a long stop would use up the budget of the day after.
 */
const backToWaiting = (state: RecipientState, { notifications }: InFlight): RecipientState => ({
  ...state,
  inFlight: null,
  waiting: [...notifications, ...state.waiting],
  submissions: state.submissions.slice(0, -1),
});

/** Not in the quiet hours; the time that they take is not counted as time spent trying. */
function again(inFlight: InFlight, at: Instant, rules: RecipientRules, calendar: Calendar): InFlight {
  const opens = sendableAgainAt(inFlight, at, rules, calendar);
  return { ...inFlight, firstAt: later(inFlight.firstAt, opens - at), next: { do: 'send', at: opens } };
}
