/** Every attempt and every answer, in order: the trail of a message. */
import type { Instant } from '../domain/time.ts';
import { stamp, type Db, type Tx } from './client.ts';

/** A step that is written again after a crash is the same step. */
export async function note(
  tx: Tx,
  message_id: string,
  at: Instant,
  what: string,
  detail: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  await tx
    .insertInto('message_event')
    .values({ message_id, at: stamp(at), what, detail: JSON.stringify(detail) })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

export async function noteOnce(
  db: Db,
  message_id: string,
  at: Instant,
  what: string,
  detail: Readonly<Record<string, unknown>>,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const before = await tx
      .selectFrom('message_event')
      .select('at')
      .where('message_id', '=', message_id)
      .where('what', '=', what)
      .executeTakeFirst();
    if (before === undefined) await note(tx, message_id, at, what, detail);
  });
}

/** Which notifications a message was opened for; after a refusal they belong to another one. */
export async function openedFor(tx: Tx, message_id: string): Promise<readonly string[]> {
  const row = await tx
    .selectFrom('message_event')
    .select('detail')
    .where('message_id', '=', message_id)
    .where('what', '=', 'claimed')
    .executeTakeFirstOrThrow();
  return (row.detail as { carries: readonly string[] }).carries;
}
