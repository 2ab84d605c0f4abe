/** What is done with receipts after they were stored, also when the process that stored them ended at that point. */
import { setTimeout as pause } from 'node:timers/promises';
import { stamp, when } from '../db/client.ts';
import { wallNow } from '../db/clock.ts';
import { confirm } from '../db/messages.ts';
import { later, MINUTE } from '../domain/time.ts';
import type { Receipt } from '../sms/receipts.ts';
import type { AppDeps } from './deps.ts';

/** As it is kept: without the number. */
export type KeptReceipt = Omit<Receipt, 'phone'>;

/** A receipt may overtake the answer to its own send. */
const LOOK_AGAIN_AFTER_MS = [0, 500, 3_000];

/** Whoever stored them is certainly not at work on them any more. */
const LEFT_AFTER_MS = 5 * MINUTE;

export function createReceiptWork({ db, clock, processes }: Pick<AppDeps, 'db' | 'clock' | 'processes'>) {
  /** Throws when some of them could not be worked on; the others were. */
  async function workOn(receipts: readonly KeptReceipt[], id: string): Promise<void> {
    let left = receipts;
    let fault: unknown = null;
    for (const wait of LOOK_AGAIN_AFTER_MS) {
      if (left.length === 0) break;
      await pause(wait);
      const again: KeptReceipt[] = [];
      fault = null;
      for (const receipt of left) {
        const done = await takeIn(receipt).catch((error: unknown) => {
          fault = error;
          return false;
        });
        if (!done) again.push(receipt);
      }
      left = again;
    }
    if (fault !== null) throw fault;
    await db
      .updateTable('sms_receipt')
      .set({ worked_at: stamp(wallNow()) })
      .where('id', '=', id)
      .execute();
  }

  /** @returns false when it is none of ours, or not yet. */
  async function takeIn({ outId, bizId, delivered, errCode }: KeptReceipt): Promise<boolean> {
    if (outId === null) return true;
    const confirmed = await confirm(db, { outId, bizId, delivered, errCode }, await clock.now());
    if (confirmed === null) return false;
    processes.handOver(confirmed.caused);
    await processes.receiptCame(confirmed.person_id, outId);
    return true;
  }

  return {
    workOn,
    /** What a crash left undone; what cannot be done now is tried at the next occasion. @returns how many pushes were done. */
    async workOnLeft(): Promise<number> {
      const rows = await db
        .selectFrom('sms_receipt')
        .select(['id', 'body'])
        .where('worked_at', 'is', null)
        .where('received_at', '<', when(later(wallNow(), -LEFT_AFTER_MS)))
        .orderBy('received_at')
        .execute();
      let done = 0;
      for (const { id, body } of rows) {
        try {
          await workOn(body as readonly KeptReceipt[], id);
        } catch {
          break;
        }
        done += 1;
      }
      return done;
    },
  };
}
