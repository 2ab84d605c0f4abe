/**
 * 收信人: one person's messages. It bundles what arrives together, keeps quiet hours and the carrier's
 * caps, sends once, asks before it ever sends again, waits for the receipt, and hands over to the
 * next person when a number is bad. It sleeps without a timer when there is nothing to do.
 */
import {
  ActivityFailure,
  continueAsNew,
  defineSignal,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import type { Messages } from '../activities/messages.ts';
import type { Sms } from '../activities/sms.ts';
import type { Calendar } from '../domain/calendar.ts';
import {
  checked,
  claim,
  concluded,
  postponed,
  release,
  sendableAgainAt,
  settle,
  stoppedUntil,
  tried,
} from '../domain/message-in-flight.ts';
import {
  nextReceiptCheck,
  treatment,
  treatmentOfAnswer,
  type AskResult,
  type SendResult,
} from '../domain/message-life.ts';
import {
  defaultRecipientRules,
  forget,
  gatherAfterOutage,
  hear,
  plan,
  type InFlight,
  type MessageLevel,
  type Plan,
  type RecipientState,
  type Waiting,
} from '../domain/recipient.ts';
import { instant, officeTime, type Instant } from '../domain/time.ts';
import { Clock, type ClockReading } from './clock.ts';
import { clockQuery, stateQuery } from './messages.ts';
import { EVENTS_PER_RUN, writing } from './projecting.ts';
import { Alarm, Bell, heedCancellation } from './waking.ts';

export type RecipientInput = {
  readonly person_id: string;
  /** Where the gateway's workers listen: their own queue, so that the provider's rate limit holds for all of them together. */
  readonly sms_queue: string;
  readonly clock: ClockReading;
  readonly state: RecipientState;
};

/** `at` is the sender's business time: the story's time travels with the message. */
export const tellSignal = defineSignal<[{ at: Instant; notifications: readonly Waiting[] }]>('tell');
/** The receipt of a message is in the table: it need not be asked for any more. */
export const receiptSignal = defineSignal<[message_id: string]>('receipt');
/** The configuration was mended, or the provider's account is in order again. */
export const releaseSignal = defineSignal('release');

const local = proxyLocalActivities<Messages>(writing);

/** Where many wait for the provider's rate, what is most urgent goes first; 1 is the first. */
const urgencyOf: Readonly<Record<MessageLevel, number>> = { red_card: 1, yellow_card: 2, bell: 3, notice: 4 };

export async function recipient({
  person_id,
  sms_queue,
  clock: reading,
  state: before,
}: RecipientInput): Promise<void> {
  const smsBy = (priorityKey: number) =>
    proxyActivities<Sms>({
      taskQueue: sms_queue,
      startToCloseTimeout: '20s',
      // Irreversible: one attempt. A lost answer is asked for, not repeated.
      retry: { maximumAttempts: 1 },
      priority: { priorityKey },
    });
  const clock = new Clock(reading);
  let state = before;
  let rules = defaultRecipientRules;
  /** Read before anything is planned or sent, and again with each batch. */
  let calendar: Calendar | null = null;
  let stale = true;
  const woken = new Bell();
  const alarm = new Alarm(woken, clock);
  const endIfCancelled = heedCancellation(woken);
  let idle = false;

  setHandler(tellSignal, ({ at, notifications }) => {
    clock.hear(at);
    const now = clock.now();
    for (const waiting of notifications) state = hear(state, waiting, now, rules);
    stale = true;
    woken.ring();
  });
  setHandler(receiptSignal, (message_id) => {
    state = concluded(state, message_id);
    woken.ring();
  });
  setHandler(releaseSignal, () => {
    state = release(state);
    woken.ring();
  });
  setHandler(clockQuery, () => ({ ahead: clock.ahead, next: nextWake(), idle }));
  setHandler(stateQuery, () => state);

  /** What is still being bundled is planned when its bundle closes, by the calendar and the rules of then. */
  const bundling = (): Instant | null =>
    stale && state.waiting.length > 0 && state.bundleUntil !== null && state.bundleUntil > clock.now()
      ? state.bundleUntil
      : null;

  const planned = (): Plan => {
    const until = bundling();
    if (until !== null) return { do: 'wait', until };
    return calendar === null ? { do: 'sleep' } : plan(state, clock.now(), rules, calendar);
  };

  const outdated = (): boolean =>
    calendar === null
      ? state.inFlight !== null ||
        state.awaiting.length > 0 ||
        (state.waiting.length > 0 && bundling() === null)
      : stale && state.waiting.length > 0 && bundling() === null;

  const earliestCheck = () => {
    let found: { message_id: string; at: Instant; last: boolean } | null = null;
    for (const { messageId, acceptedAt, checksDone } of state.awaiting) {
      const at = nextReceiptCheck(acceptedAt, checksDone, rules.sending);
      const last = nextReceiptCheck(acceptedAt, checksDone + 1, rules.sending) === null;
      if (at !== null && (found === null || at < found.at)) found = { message_id: messageId, at, last };
    }
    return found;
  };

  const nextWake = (): Instant | null => {
    const now = planned();
    const times = [
      state.inFlight?.next?.at,
      earliestCheck()?.at,
      now.do === 'wait' ? now.until : now.do === 'send' ? clock.now() : null,
    ].filter((at) => at !== null && at !== undefined);
    return times.length === 0 ? null : instant(Math.min(...times));
  };

  const trySend = async (): Promise<SendResult> => {
    const { messageId, notifications } = state.inFlight ?? { messageId: '', notifications: [] };
    const urgency = Math.min(...notifications.map(({ level }) => urgencyOf[level]), urgencyOf.notice);
    try {
      return await smsBy(urgency).send(messageId);
    } catch (error) {
      if (error instanceof ActivityFailure) return { outcome: 'unknown', reason: 'activity_lost' };
      throw error;
    }
  };

  const ask = async (messageId: string): Promise<AskResult> => {
    try {
      return await smsBy(urgencyOf.notice).ask(messageId);
    } catch (error) {
      if (error instanceof ActivityFailure) return { unreachable: 'activity_lost' };
      throw error;
    }
  };

  /** The next step of the message in flight: a send, or a question what became of one. */
  const stepInFlight = async (days: Calendar) => {
    const flight = state.inFlight;
    if (flight === null) return;
    const step = flight.next?.do ?? 'send';
    if (step === 'send') {
      const until = await sendNotBefore(flight, days);
      if (until !== null) {
        state = postponed(state, until, clock.now());
        return;
      }
    }
    state = tried(state, step, clock.now(), rules);
    const attempt = { number: flight.tries + 1, firstAt: flight.firstAt };
    const treated =
      step === 'send'
        ? treatment(await trySend(), attempt, clock.now(), rules.sending)
        : treatmentOfAnswer(await ask(flight.messageId), attempt, clock.now(), rules.sending);
    const at = clock.now();
    const ended = await local.treatAnswer(flight.messageId, treated, at);
    state = settle(state, treated, at, rules, days);
    // The receipt has overtaken the answer: nobody has to ask for it.
    if (ended) state = concluded(state, flight.messageId);
  };

  /** A message that waited for its retry, or for a worker, may have come into the quiet hours or a stop of all sending. */
  const sendNotBefore = async (flight: InFlight, days: Calendar): Promise<Instant | null> => {
    const opens = sendableAgainAt(flight, clock.now(), rules, days);
    if (opens > clock.now()) return opens;
    // A message that was opened just now has asked already, and may be the probe itself.
    return flight.next === null ? null : local.circuitUntil(clock.now(), rules);
  };

  const checkReceipt = async ({ message_id, last }: { message_id: string; last: boolean }) => {
    const answer = await ask(message_id);
    const at = clock.now();
    if ('found' in answer && answer.found && answer.status !== 'waiting') {
      const { errCode } = answer;
      await local.treatAnswer(
        message_id,
        { do: 'ended', state: answer.status === 'delivered' ? 'delivered' : 'undelivered', errCode },
        at,
      );
      state = concluded(state, message_id);
      return;
    }
    state = checked(state, message_id);
    if (!last) return;
    await local.leaveUnconfirmed(message_id, at);
    state = concluded(state, message_id);
  };

  const open = async (send: Extract<Plan, { do: 'send' }>) => {
    const message_id = uuid4();
    const at = clock.now();
    const opening = {
      message_id,
      person_id,
      notification_ids: send.notificationIds,
      digest: send.digest,
      at,
    };
    const opened = await local.openMessage(opening, rules);
    if ('carries' in opened)
      state = claim(state, { ...send, notificationIds: opened.carries }, message_id, at);
    else if ('wait_until' in opened) state = { ...state, heldUntil: opened.wait_until };
    else if ('stopped_until' in opened) state = stoppedUntil(state, opened.stopped_until);
    state = forget(state, opened.gone);
  };

  for (;;) {
    endIfCancelled();
    if (outdated()) {
      stale = false;
      ({ calendar, rules } = await local.readCircumstances(clock.now()));
      continue;
    }
    const at = clock.now();
    if (calendar !== null && state.inFlight !== null && (state.inFlight.next?.at ?? at) <= at) {
      await stepInFlight(calendar);
      continue;
    }
    const check = earliestCheck();
    if (check !== null && check.at <= at) {
      await checkReceipt(check);
      continue;
    }
    if (calendar !== null) state = gatherAfterOutage(state, at, rules, calendar);
    const now = planned();
    if (now.do === 'send') {
      await open(now);
      continue;
    }
    const { historyLength, continueAsNewSuggested } = workflowInfo();
    if (historyLength >= EVENTS_PER_RUN || continueAsNewSuggested) {
      return continueAsNew<typeof recipient>({ person_id, sms_queue, clock: clock.reading(), state });
    }
    const wake = nextWake();
    setCurrentDetails(
      wake === null ? '无待发短信' : `${state.waiting.length} 条待发，下一步 ${officeTime(wake)}`,
    );
    idle = true;
    if (wake === null) alarm.clear();
    else alarm.set(wake, at, `短信 ${officeTime(wake)}`);
    await woken.rung();
    idle = false;
  }
}
