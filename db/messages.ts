/** What becomes of a message that was opened: it only ever moves forward, and what it carried ends with it (notifications.md). */
import { sql } from 'kysely';
import { advance, type MessageState, type Treatment } from '../domain/message-life.ts';
import type { Instant } from '../domain/time.ts';
import { stamp, type Db, type Tx } from './client.ts';
import { note, noteOnce, openedFor } from './message-trail.ts';
import { oneAfterTheOther, toldInstead, type HandOver } from './hand-overs.ts';
import { mendKey, tellNext, type Mend } from './notifications.ts';
import { toldOf, unreachable, type NotificationRow } from './retelling.ts';
import { closeCircuit, openCircuit, SMS_AS_A_WHOLE, tellOperators } from './sms-stopped.ts';
import { closeTodos } from './todos.ts';

/**
 * What an answer of the provider does to the rows. A repeat changes nothing.
 * @returns who is told instead, also on a repeat: the first time may have ended before they heard of it;
 * and whether the message has ended, now or before.
 */
export async function treat(
  db: Db,
  message_id: string,
  treated: Treatment,
  at: Instant,
): Promise<{ readonly instead: readonly HandOver[]; readonly ended: boolean }> {
  return db.transaction().execute(async (tx) => {
    // A database that was restored knows nothing of what was sent since: there is nothing to wait for.
    if (!(await isThere(tx, message_id))) return { instead: [], ended: true };
    await note(tx, message_id, at, treated.do, { ...treated });
    await applyTo(tx, message_id, treated, at);
    const { final_at } = await tx
      .selectFrom('message')
      .select('final_at')
      .where('id', '=', message_id)
      .executeTakeFirstOrThrow();
    return { instead: await toldInstead(tx, await openedFor(tx, message_id)), ended: final_at !== null };
  });
}

async function isThere(tx: Tx, message_id: string): Promise<boolean> {
  const row = await tx.selectFrom('message').select('id').where('id', '=', message_id).executeTakeFirst();
  return row !== undefined;
}

async function applyTo(tx: Tx, message_id: string, treated: Treatment, at: Instant): Promise<void> {
  switch (treated.do) {
    case 'await_receipt':
      await move(tx, message_id, 'accepted', at);
      return closeCircuit(tx, at);
    case 'retry':
      return;
    case 'ask_first':
      await move(tx, message_id, 'unknown', at);
      return;
    case 'wait_for_window': {
      // A red card does not wait as well: the next in the chain is told besides.
      const red = (await carriedBy(tx, message_id)).filter(({ level }) => level === 'red_card');
      await releaseForLater(tx, message_id, at, LIMIT);
      for (const row of red) await tellNext(tx, await toldOf(tx, row, at), row.id, null);
      return;
    }
    case 'stop_all':
      await openCircuit(tx, treated, at);
      return releaseForLater(tx, message_id, at, treated.code);
    case 'hold_for_repair':
      await tellOperators(
        tx,
        SMS_AS_A_WHOLE,
        at,
        'configuration',
        `短信配置有误：${treated.code}，请修正签名、模板或参数后放行`,
      );
      return releaseForLater(tx, message_id, at, treated.code);
    case 'next_person':
      return giveUp(tx, message_id, at, treated.reason, 'failed', 'number');
    case 'failed':
      await tellOperators(tx, message_id, at, 'failed', `短信发送失败：${treated.reason}`);
      return giveUp(tx, message_id, at, treated.reason, 'failed', null);
    case 'ended':
      if (treated.state === 'undelivered')
        return giveUp(tx, message_id, at, treated.errCode ?? 'undelivered', 'undelivered', 'number');
      if ((await move(tx, message_id, 'delivered', at)) === 'delivered')
        await conclude(tx, message_id, at, 'delivered');
  }
}

const LIMIT = 'isv.BUSINESS_LIMIT_CONTROL';

async function move(
  tx: Tx,
  message_id: string,
  news: MessageState,
  at: Instant,
  reason: string | null = null,
): Promise<MessageState> {
  // Whoever else has noted something of this message refers to it already, and wants to move it as well.
  const row = await tx
    .selectFrom('message')
    .select('state')
    .where('id', '=', message_id)
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow();
  const state = advance(row.state, news);
  if (state !== row.state) {
    const final = state !== 'claimed' && state !== 'unknown' && state !== 'accepted';
    await tx
      .updateTable('message')
      .set({
        state,
        ...(reason === null ? {} : { reason }),
        ...(final ? { final_at: stamp(at), phone_cipher: null } : {}),
      })
      .where('id', '=', message_id)
      .execute();
  }
  return state;
}

/** What has not ended yet, to be changed by nobody else now; `accepted_unconfirmed` gives way to what the carrier says after all. */
async function carriedBy(tx: Tx, message_id: string): Promise<readonly NotificationRow[]> {
  const rows = await tx
    .selectFrom('notification')
    .selectAll()
    .where('message_id', '=', message_id)
    .where((eb) =>
      eb.or([
        eb('state', 'in', ['pending', 'accepted_unconfirmed']),
        eb('reason', '=', 'accepted_unconfirmed'),
      ]),
    )
    .orderBy('id')
    .forNoKeyUpdate()
    .execute();
  return rows.toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

/** One message for several things: each of them ended in that message, whose own fate is written on it. */
async function conclude(
  tx: Tx,
  message_id: string,
  at: Instant,
  fate: 'delivered' | 'accepted_unconfirmed',
): Promise<void> {
  const rows = await carriedBy(tx, message_id);
  if (rows.length === 0) return;
  await tx
    .updateTable('notification')
    .set(rows.length === 1 ? { state: fate } : { state: 'merged', reason: fate })
    .where(
      'id',
      'in',
      rows.map(({ id }) => id),
    )
    .execute();
  // Whoever could not be reached before is reached now, as far as anybody knows: that record is in order.
  for (const { thing_kind, thing_id, unit_id, role } of rows) {
    await closeTodos(tx, { kind: thing_kind, id: thing_id }, at, mendKey(unit_id, role));
  }
}

/** Refused before it was sent: what it carried waits again, for another message. */
async function releaseForLater(tx: Tx, message_id: string, at: Instant, code: string): Promise<void> {
  await move(tx, message_id, 'failed', at, code);
  await tx
    .updateTable('notification')
    .set({ message_id: null })
    .where(oneAfterTheOther(sql`message_id = ${message_id} and state = 'pending'`))
    .execute();
}

async function giveUp(
  tx: Tx,
  message_id: string,
  at: Instant,
  reason: string,
  state: 'failed' | 'undelivered',
  mend: Mend,
): Promise<void> {
  if ((await move(tx, message_id, state, at, reason)) !== state) return;
  await unreachable(tx, await carriedBy(tx, message_id), at, { state: 'failed', reason, mend });
}

/** No receipt came and none could be had: as certain as it will ever be. */
export async function leaveUnconfirmed(db: Db, message_id: string, at: Instant): Promise<void> {
  await db.transaction().execute(async (tx) => {
    if (!(await isThere(tx, message_id))) return;
    await note(tx, message_id, at, 'accepted_unconfirmed');
    if ((await move(tx, message_id, 'accepted_unconfirmed', at)) === 'accepted_unconfirmed') {
      await conclude(tx, message_id, at, 'accepted_unconfirmed');
    }
  });
}

export type ReceiptNews = {
  readonly outId: string;
  readonly bizId: string;
  readonly delivered: boolean;
  readonly errCode: string | null;
};

/**
 * A receipt may only ever confirm a message that we sent: both ids must be ours. One for a second number of
 * the provider marks that it took the message in twice (it answered neither the send nor the question).
 * @returns null when it is not, else whose message it was and who has to be told now.
 */
export async function confirm(
  db: Db,
  receipt: ReceiptNews,
  at: Instant,
): Promise<{ person_id: string; caused: readonly HandOver[] } | null> {
  const message = await db
    .selectFrom('message')
    .select(['id', 'person_id', 'biz_id'])
    .where('id', '=', receipt.outId)
    .executeTakeFirst();
  if (message === undefined || message.biz_id === null) return null;
  if (message.biz_id !== receipt.bizId) {
    await noteOnce(db, message.id, at, 'accepted_twice', { biz_id: receipt.bizId });
    return null;
  }
  const { delivered: arrived, errCode } = receipt;
  const { instead } = await treat(
    db,
    message.id,
    { do: 'ended', state: arrived ? 'delivered' : 'undelivered', errCode },
    at,
  );
  return { person_id: message.person_id, caused: instead };
}

/** What the gateway needs. The number is the one that the message was handed over under. */
export const toSend = (db: Db, message_id: string) =>
  db
    .selectFrom('message')
    .innerJoin('person', 'person.id', 'message.person_id')
    .select(['message.params', 'message.template', 'message.submitted_at', 'message.biz_id'])
    // Versions before this one did not keep it.
    .select((eb) => eb.fn.coalesce('message.phone_cipher', 'person.phone_cipher').as('phone_cipher'))
    .where('message.id', '=', message_id)
    .executeTakeFirstOrThrow();

/**
 * Right before it is sent, to the number that the person has now.
 * @returns that number, sealed; null when they have none any more.
 */
export async function submitting(db: Db, message_id: string, wall: Instant): Promise<string | null> {
  const { rows } = await sql<{ phone_cipher: string }>`
    update message
       set submitted_at = ${stamp(wall)}, phone_cipher = person.phone_cipher, phone_hash = person.phone_hash,
           phone_masked = person.phone_masked
      from person
     where message.id = ${message_id} and person.id = message.person_id and person.phone_cipher is not null
    returning message.phone_cipher`.execute(db);
  return rows[0]?.phone_cipher ?? null;
}

export async function accepted(db: Db, message_id: string, bizId: string): Promise<void> {
  await db
    .updateTable('message')
    .set({ biz_id: bizId })
    .where('id', '=', message_id)
    .where('biz_id', 'is', null)
    .execute();
}
