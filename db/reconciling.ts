/** What is compared with the processes, and what is put right in the rows when one of the two was restored. */
import { sql } from 'kysely';
import type { MessageLevel } from '../domain/recipient.ts';
import type { MessageUnderWay } from '../domain/recipient-restored.ts';
import { type Instant } from '../domain/time.ts';
import { stamp, type Db } from './client.ts';
import { oneAfterTheOther } from './hand-overs.ts';
import type { Thing } from './process-event.ts';
import { endedStages } from './things.ts';

export type OpenRow = Thing & { readonly number: string; readonly version: number };

const things = sql`
  (select 'supervision_item' as kind, id, number, version, stage, next_at, next_what, started_at
     from supervision_item
    union all
   select 'indicator_task', id, number, version, stage, next_at, next_what, started_at from indicator_task)`;

const ended = sql`(${sql.join(endedStages)})`;

/** What has a process, by its row. */
export async function openRows(db: Db): Promise<readonly OpenRow[]> {
  const { rows } = await sql<OpenRow>`
    select kind, id, number, version from ${things} thing
     where stage not in ${ended} and started_at is not null
     order by kind, number`.execute(db);
  return rows;
}

export async function rowOf(
  db: Db,
  { kind, id }: Thing,
): Promise<(OpenRow & { readonly open: boolean }) | null> {
  const { rows } = await sql<OpenRow & { readonly open: boolean }>`
    select kind, id, number, version, stage not in ${ended} as open
      from ${things} thing where kind = ${kind} and id = ${id}`.execute(db);
  return rows[0] ?? null;
}

export type Overdue = OpenRow & { readonly next_at: Instant; readonly next_what: string | null };

/** Things that should have done something before this, the longest overdue first. */
export async function overdue(db: Db, until: Instant, limit: number): Promise<readonly Overdue[]> {
  const { rows } = await sql<Overdue>`
    select kind, id, number, version, next_at, next_what from ${things} thing
     where next_at < ${stamp(until)} and stage not in ${ended} and started_at is not null
     order by next_at, id
     limit ${limit}`.execute(db);
  return rows;
}

/** Notifications that a recipient's process should know of, by person. */
export async function waitingByPerson(db: Db): Promise<ReadonlyMap<string, readonly string[]>> {
  const { rows } = await sql<{ person_id: string; ids: string[] }>`
    select person_id, array_agg(id::text order by caused_at, key) as ids from notification
     where state = 'pending' and message_id is null and person_id is not null
     group by person_id`.execute(db);
  return new Map(rows.map(({ person_id, ids }) => [person_id, ids]));
}

const among = (ids: readonly string[]) => sql<boolean>`id = any(${sql.val([...ids])}::uuid[])`;

const stillWaiting = (ids: readonly string[]) =>
  oneAfterTheOther(sql`${among(ids)} and state = 'pending' and message_id is null`);

/** Told by the next sweep of the outbox: only what was never put into a message. @returns how many. */
export async function tellAgain(db: Db, ids: readonly string[]): Promise<number> {
  const { numUpdatedRows } = await db
    .updateTable('notification')
    .set({ handed_over: false })
    .where(stillWaiting(ids))
    .executeTakeFirst();
  return Number(numUpdatedRows);
}

/** Sent before the restore, and its record went with what was lost: it is not sent again. @returns how many. */
export async function concludeWithoutRecord(db: Db, ids: readonly string[]): Promise<number> {
  const { numUpdatedRows } = await db
    .updateTable('notification')
    .set({ state: 'accepted_unconfirmed', reason: 'record_lost', handed_over: true })
    .where(stillWaiting(ids))
    .executeTakeFirst();
  return Number(numUpdatedRows);
}

export async function unknownMessages(db: Db, ids: readonly string[]): Promise<readonly string[]> {
  if (ids.length === 0) return [];
  const rows = await db.selectFrom('message').select('id').where(among(ids)).execute();
  const known = new Set(rows.map(({ id }) => id));
  return ids.filter((id) => !known.has(id));
}

/** Messages that have not ended, by person, oldest first. */
export async function messagesUnderWay(db: Db): Promise<ReadonlyMap<string, readonly MessageUnderWay[]>> {
  const messages = await db
    .selectFrom('message')
    .select(['id', 'person_id', 'state', 'digest', 'claimed_at'])
    .where('state', 'in', ['claimed', 'unknown', 'accepted'])
    .orderBy('claimed_at')
    .orderBy('id')
    .execute();
  if (messages.length === 0) return new Map();
  const carried = await db
    .selectFrom('notification')
    .select(['id', 'message_id', 'level', 'caused_at'])
    .where(sql<boolean>`message_id = any(${sql.val(messages.map(({ id }) => id))}::uuid[])`)
    .execute();
  const by = new Map<string, MessageUnderWay[]>();
  for (const { id, person_id, state, digest, claimed_at } of messages) {
    const carries = carried
      .filter(({ message_id }) => message_id === id)
      .map((one) => ({ notificationId: one.id, level: one.level as MessageLevel, at: one.caused_at }));
    const theirs = by.get(person_id) ?? [];
    theirs.push({ id, accepted: state === 'accepted', digest, claimed_at, carries });
    by.set(person_id, theirs);
  }
  return by;
}
