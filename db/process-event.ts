/** The memory of every process: append-only, one hash chain per thing. */
import { createHash } from 'node:crypto';
import type { Insertable } from 'kysely';
import type { EventFrame } from '../domain/process.ts';
import { stamp, type Db, type Tx } from './client.ts';
import type { Database, ThingKind } from './tables.ts';

export type Thing = { readonly kind: ThingKind; readonly id: string };
export type Numbered<Event> = {
  readonly version: number;
  readonly event: Event;
  readonly command_id: string | null;
};

/** What the first event of every chain follows. */
export const chainBegins = '0'.repeat(64);

/** JSON with sorted keys: jsonb does not keep the order in which a body was written. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
    return `{${entries
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`)
      .join(',')}}`;
  }
  return JSON.stringify(value);
}

export const chainHash = (previous: string, thing: Thing, version: number, body: unknown): string =>
  createHash('sha256')
    .update(`${previous}\n${thing.kind}/${thing.id}\n${version}\n${canonical(body)}`)
    .digest('hex');

/** The end of a thing's chain: its last event, or the beginning. */
export type Head = { readonly version: number; readonly hash: string };

export async function headOf(tx: Tx, thing: Thing): Promise<Head> {
  const last = await tx
    .selectFrom('process_event')
    .select(['version', 'hash'])
    .where('thing_kind', '=', thing.kind)
    .where('thing_id', '=', thing.id)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
  return last ?? { version: 0, hash: chainBegins };
}

type EventRow<Event> = Omit<Insertable<Database['process_event']>, 'body'> & { readonly body: Event };

/**
 * The rows that continue a chain. A gap is a fault that must not be papered over, so it throws and
 * the projection is tried again until somebody has looked.
 */
export function following<Event extends EventFrame & { readonly type: string }>(
  head: Head,
  thing: Thing,
  fresh: readonly Numbered<Event>[],
): readonly EventRow<Event>[] {
  if (fresh[0]?.version !== head.version + 1) {
    throw new Error(`${thing.kind}/${thing.id}: event ${fresh[0]?.version} would follow ${head.version}`);
  }
  let { hash } = head;
  return fresh.map(({ version, event, command_id }) => {
    const prev_hash = hash;
    hash = chainHash(prev_hash, thing, version, event);
    return {
      thing_kind: thing.kind,
      thing_id: thing.id,
      version,
      at: stamp(event.at),
      actor_id: event.by.kind === 'person' ? event.by.person_id : null,
      type: event.type,
      body: event,
      command_id,
      prev_hash,
      hash,
    };
  });
}

/** Whether these very events are what stands under their versions. */
export async function standAsDecided<Event>(
  tx: Tx,
  thing: Thing,
  events: readonly Numbered<Event>[],
): Promise<boolean> {
  if (events.length === 0) return true;
  const rows = await tx
    .selectFrom('process_event')
    .select(['version', 'body'])
    .where('thing_kind', '=', thing.kind)
    .where('thing_id', '=', thing.id)
    .where(
      'version',
      'in',
      events.map(({ version }) => version),
    )
    .execute();
  const written = new Map(rows.map(({ version, body }) => [version, canonical(body)]));
  return events.every(({ version, event }) => written.get(version) === canonical(event));
}

/** The versions that answer the last commands, by the command's id. */
export async function lastCommands(
  tx: Tx,
  thing: Thing,
  count: number,
): Promise<(readonly [id: string, version: number])[]> {
  const rows = await tx
    .selectFrom('process_event')
    .select(({ fn }) => ['command_id', fn.max('version').as('version')])
    .where('thing_kind', '=', thing.kind)
    .where('thing_id', '=', thing.id)
    .where('command_id', 'is not', null)
    .groupBy('command_id')
    .orderBy('version', 'desc')
    .limit(count)
    .execute();
  return rows
    .flatMap(({ command_id, version }) => (command_id === null ? [] : [[command_id, version] as const]))
    .toReversed();
}

/** Whether this command has done its work: remembered for as long as the thing itself. */
export async function hasAnswered(db: Db, thing: Thing, command_id: string): Promise<boolean> {
  const row = await db
    .selectFrom('process_event')
    .select('version')
    .where('thing_kind', '=', thing.kind)
    .where('thing_id', '=', thing.id)
    .where('command_id', '=', command_id)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

export const eventsOf = (db: Db, thing: Thing) =>
  db
    .selectFrom('process_event')
    .selectAll()
    .where('thing_kind', '=', thing.kind)
    .where('thing_id', '=', thing.id)
    .orderBy('version')
    .execute();
