/** Notifications that a recipient's workflow has to be told of: found by row, so also after a crash between commit and telling. */
import { sql } from 'kysely';
import type { MessageLevel } from '../domain/recipient.ts';
import type { Instant } from '../domain/time.ts';
import type { Tx } from './client.ts';
import type { Thing } from './process-event.ts';

export type HandOver = {
  readonly id: string;
  readonly person_id: string;
  readonly level: MessageLevel;
  readonly at: Instant;
};

const waiting = (tx: Tx) =>
  tx
    .selectFrom('notification')
    .select(['id', 'person_id', 'level', 'caused_at'])
    .where('state', '=', 'pending')
    .where('message_id', 'is', null)
    .orderBy('event_version')
    .orderBy('key');

const handOvers = (rows: Awaited<ReturnType<ReturnType<typeof waiting>['execute']>>): readonly HandOver[] =>
  rows.flatMap(({ id, person_id, level, caused_at }) =>
    person_id === null ? [] : [{ id, person_id, level, at: caused_at }],
  );

/** What a batch of events caused and nobody has sent yet, to be handed over (again) after the commit. */
export async function pendingOf(
  tx: Tx,
  thing: Thing,
  eventVersions: readonly number[],
): Promise<readonly HandOver[]> {
  if (eventVersions.length === 0) return [];
  return handOvers(
    await waiting(tx)
      .where('thing_kind', '=', thing.kind)
      .where('thing_id', '=', thing.id)
      .where('event_version', 'in', [...eventVersions])
      .execute(),
  );
}

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
      .execute(),
  );
}
