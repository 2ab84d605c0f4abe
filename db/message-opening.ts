/** A message is claimed before it is sent: what of all that waits is still to be said, to whom, and whether now (notifications.md). */
import { sql } from 'kysely';
import { highestLevel, type RecipientRules } from '../domain/recipient.ts';
import { budget } from '../domain/sms-budget.ts';
import { messageParams } from '../domain/sms-text.ts';
import { deadlineDate, later, localDateOf, type Instant } from '../domain/time.ts';
import { stamp, when, type Db, type Tx } from './client.ts';
import { note } from './message-trail.ts';
import { toldInstead, type HandOver } from './hand-overs.ts';
import { holds, POST_CHANGED_HANDS, tell } from './notifications.ts';
import { circuitUntil } from './sms-stopped.ts';
import { isEnded } from './things.ts';
import { audienceOf, tellingOf, toldOf, unreachable, type NotificationRow } from './retelling.ts';

export type Opening = {
  readonly message_id: string;
  readonly person_id: string;
  readonly notification_ids: readonly string[];
  readonly digest: boolean;
  readonly at: Instant;
  readonly template: string;
};

/** `gone`: ended in a record of their own, so nobody waits for them any more. */
export type Opened = { readonly gone: readonly string[] } & (
  | { readonly carries: readonly string[] }
  | { readonly nothing: true }
  /** Another person shares the number and the carrier's cap is near. */
  | { readonly wait_until: Instant }
  /** All sending is stopped; who asks at that time may be the next probe. */
  | { readonly stopped_until: Instant }
);

/**
 * Claims a message for what is still to be said to a person now: whoever holds the post at this
 * moment, things that still live, a number within its budget. A repeat, whose first answer was lost
 * in a crash, answers what the message carries, although more may wait by now.
 */
export async function openMessage(
  db: Db,
  opening: Opening,
  rules: RecipientRules,
): Promise<{ opened: Opened; elsewhere: readonly HandOver[] }> {
  return db.transaction().execute(async (tx) => {
    const opened = (await openedBefore(tx, opening)) ?? (await openNow(tx, opening, rules));
    const waiting = await stillWaiting(tx, opening);
    const carried = 'carries' in opened ? opened.carries : [];
    const gone = opening.notification_ids.filter((id) => !waiting.includes(id) && !carried.includes(id));
    return { opened: { ...opened, gone }, elsewhere: await toldInstead(tx, opening.notification_ids) };
  });
}

type Outcome = Opened extends infer One ? (One extends Opened ? Omit<One, 'gone'> : never) : never;

async function openNow(tx: Tx, opening: Opening, rules: RecipientRules): Promise<Outcome> {
  const { person_id, at } = opening;
  const rows = await stillToSay(tx, opening);
  if (rows.length === 0) return { nothing: true };
  const person = await tx
    .selectFrom('person')
    .select(['phone_hash', 'phone_masked'])
    .where('id', '=', person_id)
    .executeTakeFirstOrThrow();
  if (person.phone_hash === null || person.phone_masked === null) {
    await unreachable(tx, rows, at, { state: 'suppressed', reason: 'no_number', mend: 'number' });
    return { nothing: true };
  }
  const until = await numberBusyUntil(tx, person.phone_hash, opening, rules);
  if (until !== null) return { wait_until: until };
  const stopped_until = await circuitUntil(tx, at, rules);
  if (stopped_until !== null) return { stopped_until };
  await claim(tx, opening, rows, { hash: person.phone_hash, masked: person.phone_masked });
  return { carries: rows.map(({ id }) => id) };
}

async function openedBefore(tx: Tx, { message_id }: Opening): Promise<Outcome | null> {
  const message = await tx.selectFrom('message').select('id').where('id', '=', message_id).executeTakeFirst();
  if (message === undefined) return null;
  const rows = await tx
    .selectFrom('notification')
    .select('id')
    .where('message_id', '=', message_id)
    .execute();
  return { carries: rows.map(({ id }) => id) };
}

async function stillWaiting(tx: Tx, { notification_ids }: Opening): Promise<readonly string[]> {
  const rows = await tx
    .selectFrom('notification')
    .select('id')
    .where('id', 'in', [...notification_ids])
    .where('state', '=', 'pending')
    .where('message_id', 'is', null)
    .execute();
  return rows.map(({ id }) => id);
}

async function claim(
  tx: Tx,
  { message_id, person_id, digest, at, template }: Opening,
  rows: readonly NotificationRow[],
  phone: { hash: string; masked: string },
): Promise<void> {
  const [first, ...rest] = rows.map(({ thing_id, due_at }) => ({
    thing: thing_id,
    due: due_at === null ? localDateOf(at) : deadlineDate(due_at),
  }));
  if (first === undefined) return;
  await tx
    .insertInto('message')
    .values({
      id: message_id,
      person_id,
      phone_hash: phone.hash,
      phone_masked: phone.masked,
      template,
      params: JSON.stringify(messageParams([first, ...rest])),
      level: highestLevel(rows.map(({ level }) => level)),
      digest,
      state: 'claimed',
      reason: null,
      biz_id: null,
      claimed_at: stamp(at),
    })
    .execute();
  const carries = rows.map(({ id }) => id);
  await note(tx, message_id, at, 'claimed', { carries, digest });
  await tx.updateTable('notification').set({ message_id }).where('id', 'in', carries).execute();
}

/** Of what waits: what is still true, for the person who holds the post now (fault 25). */
async function stillToSay(
  tx: Tx,
  { notification_ids, person_id, at }: Opening,
): Promise<readonly NotificationRow[]> {
  const rows = await tx
    .selectFrom('notification')
    .selectAll()
    .where('id', 'in', [...notification_ids])
    .where('state', '=', 'pending')
    .where('message_id', 'is', null)
    .orderBy('id')
    .forNoKeyUpdate()
    .execute();
  const remaining: NotificationRow[] = [];
  for (const row of rows.toSorted((a, b) => a.caused_at - b.caused_at || (a.key < b.key ? -1 : 1))) {
    const { audience, stage, version, units } = await audienceOf(tx, row);
    // That it has ended is itself worth telling.
    if (isEnded(stage) && row.event_version < version) {
      await suppress(tx, row, 'thing_ended');
    } else if (row.chain === 'undertaking' && row.unit_id !== null && !units.includes(row.unit_id)) {
      await suppress(tx, row, 'unit_changed');
    } else if (await holds(tx, person_id, audience, tellingOf(row, audience), at)) {
      remaining.push(row);
    } else {
      await suppress(tx, row, POST_CHANGED_HANDS);
      await tell(tx, await toldOf(tx, row, at), row.id);
    }
  }
  return remaining;
}

const suppress = (tx: Tx, { id }: NotificationRow, reason: string) =>
  tx.updateTable('notification').set({ state: 'suppressed', reason }).where('id', '=', id).execute();

/** The cap counts a number, not a person: two people may share an office's phone. What was refused the carrier does not count. */
async function numberBusyUntil(
  tx: Tx,
  phoneHash: string,
  { template, at }: Opening,
  { budget: rules }: RecipientRules,
): Promise<Instant | null> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${phoneHash}, 0))`.execute(tx);
  const sent = await tx
    .selectFrom('message')
    .select('claimed_at')
    .where('phone_hash', '=', phoneHash)
    .where('template', '=', template)
    .where('state', '<>', 'failed')
    .where('claimed_at', '>=', when(later(at, -rules.window_ms)))
    .execute();
  const allowed = budget(
    sent.map(({ claimed_at }) => claimed_at),
    at,
    rules,
  );
  if (allowed.may === 'send') return null;
  const until = allowed.may === 'wait' ? allowed.until : allowed.notBefore;
  return until > at ? until : null;
}
