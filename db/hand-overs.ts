/** Notifications that a recipient's workflow has to be told of: found by row, so also after a crash between commit and telling. */
import { sql, type RawBuilder } from 'kysely';
import type { MessageLevel } from '../domain/recipient.ts';
import type { Instant } from '../domain/time.ts';
import type { Db, Tx } from './client.ts';
import type { Thing } from './process-event.ts';

export type HandOver = {
  readonly id: string;
  readonly person_id: string;
  readonly level: MessageLevel;
  readonly at: Instant;
};

const waiting = (tx: Db | Tx) =>
  tx
    .selectFrom('notification')
    .select(['id', 'person_id', 'level', 'caused_at'])
    .where('state', '=', 'pending')
    .where('message_id', 'is', null);

const handOvers = (rows: Awaited<ReturnType<ReturnType<typeof waiting>['execute']>>): readonly HandOver[] =>
  rows.flatMap(({ id, person_id, level, caused_at }) =>
    person_id === null ? [] : [{ id, person_id, level, at: caused_at }],
  );

/** What these things have caused and nobody has been told of yet: to be handed over after the commit. */
export async function toHandOver(
  tx: Tx,
  kind: Thing['kind'],
  ids: readonly string[],
): Promise<readonly HandOver[]> {
  if (ids.length === 0) return [];
  return handOvers(
    await waiting(tx)
      .where('handed_over', '=', false)
      .where('thing_kind', '=', kind)
      .where(sql<boolean>`thing_id = any(${sql.val([...ids])}::uuid[])`)
      .orderBy('event_version')
      .orderBy('key')
      .execute(),
  );
}

/** What is committed and not handed over, oldest first: by whoever died in between, or could not reach anybody. */
export async function leftBehind(db: Db, most: number): Promise<readonly HandOver[]> {
  return handOvers(
    await waiting(db)
      .where('handed_over', '=', false)
      .where('person_id', 'is not', null)
      .orderBy('caused_at')
      .limit(most)
      .execute(),
  );
}

/** Committed without waiting for the disk: lost in a power cut, they are handed over again, which does no harm. */
export async function markHandedOver(db: Db, ids: readonly string[]): Promise<void> {
  await sql`
    with quick as (select set_config('synchronous_commit', 'off', true))
    update notification set handed_over = true from quick
     where ${oneAfterTheOther(sql`id = any(${sql.val([...ids])}::uuid[])`)}`.execute(db);
}

/**
 * For whoever changes several notifications at once: takes them in the order of their ids, as all others do.
 * Taken in any order, two of them could each have what the other waits for.
 */
export const oneAfterTheOther = (which: RawBuilder<unknown>): RawBuilder<boolean> => sql<boolean>`
  id in (select id from notification where ${which} order by id for no key update)`;

const MOST_LEFT = 2_000;

/** The table as whoever hands over sees it. */
export const outbox = (db: Db) => ({
  left: () => leftBehind(db, MOST_LEFT),
  mark: (ids: readonly string[]) => markHandedOver(db, ids),
});

/** Who is told in the place of these and has not been sent anything yet: found again after a crash between commit and handing over. */
export async function toldInstead(tx: Tx, notificationIds: readonly string[]): Promise<readonly HandOver[]> {
  if (notificationIds.length === 0) return [];
  return handOvers(
    await waiting(tx)
      .where(
        'id',
        'in',
        sql<string>`(
          with recursive instead as (
            select id from notification where in_place_of = any(${sql.val([...notificationIds])}::uuid[])
            union
            select next.id from notification next join instead on next.in_place_of = instead.id
          ) select id from instead)`,
      )
      .orderBy('event_version')
      .orderBy('key')
      .execute(),
  );
}
