/** Every attempt and every answer, in order: the trail of a message. */
import type { Instant } from '../domain/time.ts';
import { stamp, type Tx } from './client.ts';

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
