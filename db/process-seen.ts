/**
 * How each open process was when the reconciler last found it and its row to agree. Whoever finds the same
 * history and the same version again need not ask the process: a question to one that has left its worker's
 * cache replays it.
 *
 * Why that is enough: a process is what its history says, so the same history is the same answer, and the
 * answer was the row's version. It stays enough when one of the two databases comes back from yesterday:
 * - Postgres restored: what was seen is yesterday's too. A process that has done anything since has a longer
 *   history than was seen then, or another run; a row that was written between that and the backup has another
 *   version than was seen.
 * - Temporal restored: what has done anything since yesterday has a shorter history than was seen, or another
 *   run. Should it have grown to the same number of events meanwhile, by other events, then hardly to the same
 *   number of bytes; that is why both are kept.
 */
import { sql } from 'kysely';
import type { Db } from './client.ts';
import type { Thing } from './process-event.ts';
import { recordset } from './recordset.ts';

/** Where the history of a process stands. */
export type Footprint = {
  readonly run_id: string;
  readonly history_length: number;
  readonly history_bytes: number;
};

/** Whose row had this version. */
export type Seen = Thing & Footprint & { readonly version: number };

export const thingKey = ({ kind, id }: Thing): string => `${kind}/${id}`;

export async function allSeen(db: Db): Promise<ReadonlyMap<string, Seen>> {
  const { rows } = await sql<Seen>`
    select thing_kind as kind, thing_id as id, run_id, history_length, history_bytes::float8 as history_bytes, version
      from process_seen`.execute(db);
  return new Map(rows.map((row) => [thingKey(row), row]));
}

/** Only the reconciler writes these, and there is one at a time; lost in a power cut, they are asked for again. */
export async function keepSeen(db: Db, seen: readonly Seen[]): Promise<void> {
  if (seen.length === 0) return;
  await sql`
    with quick as (select set_config('synchronous_commit', 'off', true))
    insert into process_seen (thing_kind, thing_id, run_id, history_length, history_bytes, version)
    select kind, id, run_id, history_length, history_bytes, version
      from quick, ${recordset(
        seen,
        'kind text, id uuid, run_id text, history_length int, history_bytes bigint, version int',
      )}
    on conflict (thing_kind, thing_id) do update
      set run_id = excluded.run_id, history_length = excluded.history_length,
          history_bytes = excluded.history_bytes, version = excluded.version`.execute(db);
}

/** What has ended is not looked at any more. */
export async function forgetSeen(db: Db, things: readonly Thing[]): Promise<void> {
  if (things.length === 0) return;
  await sql`
    delete from process_seen using ${recordset(things, 'kind text, id uuid')}
     where thing_kind = new.kind and thing_id = new.id`.execute(db);
}
