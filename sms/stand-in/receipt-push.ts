import { rfc3339 } from '../../domain/time.ts';
import type { Instant } from '../../domain/time.ts';
import type { Settings } from './control.ts';
import type { Message } from './journal.ts';

/** As the carrier pushes it (SmsReport); `sms_size` is text there. */
export type PushedReceipt = {
  readonly phone_number: string;
  readonly send_time: string;
  readonly report_time: string;
  readonly success: boolean;
  readonly err_code: string;
  readonly err_msg: string;
  readonly sms_size: string;
  readonly biz_id: string;
  readonly out_id: string;
};

export type ReceiptPush = {
  /** Takes part in the next push; `done` when it was answered, or after the last retry. */
  push(message: Message, done: () => void): void;
  stop(): void;
};

/** The receiver has to answer within this time: whoever works first and answers later gets repeats. */
const answerWithinMs = 700;
const mostInOnePush = 100;

export function createReceiptPush(settings: () => Settings): ReceiptPush {
  type Waiting = { receipt: PushedReceipt; done: () => void };
  let outbox: Waiting[] = [];
  let stopped = false;
  const timers = new Set<NodeJS.Timeout>();

  const after = (ms: number, work: () => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      work();
    }, ms);
    timers.add(timer);
  };

  async function deliver(batch: readonly Waiting[], retriesMade: number): Promise<void> {
    const { receiptUrl, receiptRetryMs } = settings();
    const answered =
      receiptUrl === null ||
      (await isTaken(
        receiptUrl,
        batch.map((one) => one.receipt),
      ));
    if (stopped) return;
    const pause = receiptRetryMs[retriesMade];
    if (answered || pause === undefined) return batch.forEach((one) => one.done());
    after(pause, () => void deliver(batch, retriesMade + 1));
  }

  return {
    push(message, done) {
      if (outbox.length === 0) {
        after(0, () => {
          const due = outbox;
          outbox = [];
          for (let i = 0; i < due.length; i += mostInOnePush)
            void deliver(due.slice(i, i + mostInOnePush), 0);
        });
      }
      outbox.push({ receipt: receiptOf(message), done });
    },
    stop() {
      stopped = true;
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

/** `2026-11-20 09:00:03`, the clock of +08:00. */
export const localTime = (ms: number): string =>
  rfc3339(ms as Instant)
    .slice(0, 19)
    .replace('T', ' ');

const receiptOf = (message: Message): PushedReceipt => ({
  phone_number: message.phone,
  send_time: localTime(message.sentAt),
  report_time: localTime(message.reportedAt ?? message.sentAt),
  success: message.status === 'delivered',
  err_code: message.errCode ?? '',
  err_msg: message.status === 'delivered' ? '用户接收成功' : '用户接收失败',
  sms_size: String(message.parts),
  biz_id: message.bizId,
  out_id: message.outId,
});

async function isTaken(url: string, receipts: readonly PushedReceipt[]): Promise<boolean> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json;charset=utf-8' },
      body: JSON.stringify(receipts),
      redirect: 'manual',
      signal: AbortSignal.timeout(answerWithinMs),
    });
    const body: unknown = await answer.json();
    return (
      answer.status === 200 && typeof body === 'object' && body !== null && 'code' in body && body.code === 0
    );
  } catch {
    return false; // not reached, too late, or not JSON: all the same to the carrier
  }
}
