import { errorClass } from './sms-errors.ts';
import { HOUR, later, MINUTE } from './time.ts';
import type { Instant } from './time.ts';

/**
 * The life of one message to one phone, from its row being claimed to its one final record. The
 * provider knows no idempotency, so a send whose answer is missing is `unknown` until it was asked.
 */
export type MessageState =
  | 'claimed'
  | 'unknown'
  | 'accepted'
  /** Accepted, and no receipt came nor could be had within the last check. */
  | 'accepted_unconfirmed'
  | 'failed'
  | 'undelivered'
  | 'delivered';

/** What the carrier says of a message settles it: the first word of `delivered` or `undelivered` stands. */
const rank: Readonly<Record<MessageState, number>> = {
  claimed: 0,
  unknown: 1,
  accepted: 2,
  accepted_unconfirmed: 3,
  failed: 4,
  undelivered: 5,
  delivered: 5,
};

/** The state after a piece of news, which may come twice, late or out of order: only ever forward. */
export const advance = (state: MessageState, news: MessageState): MessageState =>
  rank[news] > rank[state] ? news : state;

export type SendingRules = {
  /** Pause before the provider is asked what became of a send without an answer. */
  readonly ask_after_ms: number;
  readonly retry_first_ms: number;
  readonly retry_factor: number;
  readonly retry_longest_ms: number;
  /** Counted from the first attempt. */
  readonly give_up_after_ms: number;
  /** Pause after the provider said that its cap is reached although our own count did not. */
  readonly limit_wait_ms: number;
  /** While all sending is stopped, one message in this time finds out whether it works again. */
  readonly probe_every_ms: number;
  /** After acceptance, when no receipt has come: ask then. */
  readonly receipt_checks_ms: readonly number[];
};

/** notifications.md; the pauses [D]. */
export const defaultSending: SendingRules = {
  ask_after_ms: 10_000,
  retry_first_ms: MINUTE,
  retry_factor: 2,
  retry_longest_ms: HOUR,
  give_up_after_ms: 24 * HOUR,
  limit_wait_ms: 2 * HOUR,
  probe_every_ms: 5 * MINUTE,
  receipt_checks_ms: [2 * MINUTE, 10 * MINUTE, 60 * MINUTE],
};

/** `number` counts sends and asks, 1 for the first send, so that both slow down together. */
export type Attempt = { readonly number: number; readonly firstAt: Instant };

/** What a send led to; the shape of the gateway's answer without what only the record needs. */
export type SendResult =
  | { readonly outcome: 'accepted' }
  | { readonly outcome: 'rejected'; readonly code: string }
  | { readonly outcome: 'unknown'; readonly reason: string };

/** What the provider said when it was asked for our message. */
export type AskResult =
  | { readonly found: false }
  | {
      readonly found: true;
      readonly status: 'waiting' | 'delivered' | 'failed';
      readonly errCode: string | null;
    }
  | { readonly unreachable: string };

export type Treatment =
  | { readonly do: 'await_receipt' }
  | { readonly do: 'retry'; readonly at: Instant }
  | { readonly do: 'ask_first'; readonly at: Instant }
  | { readonly do: 'wait_for_window'; readonly until: Instant }
  /** `until`: the next probe. */
  | { readonly do: 'stop_all'; readonly code: string; readonly until: Instant }
  | { readonly do: 'hold_for_repair'; readonly code: string }
  | { readonly do: 'next_person'; readonly reason: string }
  | { readonly do: 'failed'; readonly reason: string }
  | { readonly do: 'ended'; readonly state: 'delivered' | 'undelivered'; readonly errCode: string | null };

export function treatment(result: SendResult, attempt: Attempt, at: Instant, rules: SendingRules): Treatment {
  switch (result.outcome) {
    case 'accepted':
      return { do: 'await_receipt' };
    case 'unknown':
      return {
        do: 'ask_first',
        at: later(at, Math.max(rules.ask_after_ms, backOff(attempt.number - 1, rules))),
      };
    case 'rejected':
      return treatmentOfRefusal(result.code, attempt, at, rules);
  }
}

/** After a send of unknown outcome the provider was asked. Sent again only when it knows nothing of it. */
export function treatmentOfAnswer(
  answer: AskResult,
  attempt: Attempt,
  at: Instant,
  rules: SendingRules,
): Treatment {
  if ('unreachable' in answer) {
    const next = later(at, backOff(attempt.number, rules));
    return givesUp(next, attempt, rules)
      ? { do: 'failed', reason: answer.unreachable }
      : { do: 'ask_first', at: next };
  }
  if (!answer.found) {
    return givesUp(at, attempt, rules) ? { do: 'failed', reason: 'no_answer' } : { do: 'retry', at };
  }
  if (answer.status === 'waiting') return { do: 'await_receipt' };
  return {
    do: 'ended',
    state: answer.status === 'delivered' ? 'delivered' : 'undelivered',
    errCode: answer.errCode,
  };
}

/** When to ask for a receipt that has not come, or null when the last check is done. */
export function nextReceiptCheck(
  acceptedAt: Instant,
  checksDone: number,
  rules: SendingRules,
): Instant | null {
  const pause = rules.receipt_checks_ms[checksDone];
  return pause === undefined ? null : later(acceptedAt, pause);
}

function treatmentOfRefusal(code: string, attempt: Attempt, at: Instant, rules: SendingRules): Treatment {
  const kind = errorClass(code);
  switch (kind) {
    case 'retry': {
      const next = later(at, backOff(attempt.number, rules));
      return givesUp(next, attempt, rules) ? { do: 'failed', reason: code } : { do: 'retry', at: next };
    }
    case 'wait_for_window':
      return { do: 'wait_for_window', until: later(at, rules.limit_wait_ms) };
    case 'stop_all':
      return { do: 'stop_all', code, until: later(at, rules.probe_every_ms) };
    case 'configuration':
      return { do: 'hold_for_repair', code };
    case 'bad_recipient':
      return { do: 'next_person', reason: code };
    case 'unknown':
      return { do: 'failed', reason: code };
  }
}

const givesUp = (next: Instant, attempt: Attempt, rules: SendingRules) =>
  next - attempt.firstAt > rules.give_up_after_ms;

/** The pause after the n-th attempt, n from 1; none before the first. */
const backOff = (number: number, rules: SendingRules) =>
  number < 1
    ? 0
    : Math.min(rules.retry_longest_ms, rules.retry_first_ms * rules.retry_factor ** (number - 1));
