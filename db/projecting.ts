/**
 * What processes have decided, written: the events, the row, and all that the events cause. What several
 * decided at about the same time goes into one transaction and each kind of row into one statement; what
 * differs between kinds of things is their `Projector`.
 */
import { isDeepStrictEqual } from 'node:util';
import { sql } from 'kysely';
import type { Chain, Deadline } from '../domain/deadline.ts';
import type { EventFrame, NextDeadline } from '../domain/process.ts';
import type { Todo } from '../domain/supervision-item-todos.ts';
import type { Telling } from '../domain/telling.ts';
import type { Instant } from '../domain/time.ts';
import type { Card, WarningLevel } from '../domain/warning-policy.ts';
import { holdCalendar } from './calendar.ts';
import { stamp, type Db, type Tx } from './client.ts';
import { toHandOver, type HandOver } from './hand-overs.ts';
import { tellAll, uuidOf, type Audience, type Told } from './notifications.ts';
import {
  chainBegins,
  following,
  headOf,
  lastCommands,
  standAsDecided,
  type Numbered,
  type Thing,
} from './process-event.ts';
import { recordset } from './recordset.ts';
import { followStates } from './todos.ts';

type Shown = EventFrame & { readonly type: string };
type Lived = { readonly version: number };

export type Projection<State, Event> = {
  readonly thing: Thing;
  readonly events: readonly Numbered<Event>[];
  readonly state: State;
  readonly card: Card;
  readonly next: NextDeadline | null;
};

/** What the tables hold when they know of more than the process does: then that is what has happened. */
export type Standing<State> = {
  readonly state: State;
  readonly commands: readonly (readonly [id: string, version: number])[];
};

/** Who of which office answers for a thing. */
export type Office = { readonly officer_id: string | null; readonly office_unit_id: string | null };

/** A thing's row as it is before. */
export type Row<State> = Office & {
  readonly id: string;
  readonly version: number;
  readonly state: State | null;
  /** The hash of the last event. */
  readonly head: string | null;
};

export type Written<State, Event> = Projection<State, Event> & { readonly office: Office };

/** What is particular to one kind of thing. */
export type Projector<State, Event> = {
  readonly kind: Thing['kind'];
  /** The rows, locked in the order of their ids, so that two transactions never wait for each other. */
  readonly lock: (tx: Tx, ids: readonly string[]) => Promise<readonly Row<State>[]>;
  readonly insert: (tx: Tx, births: readonly Birth<State, Event>[]) => Promise<readonly string[]>;
  readonly update: (tx: Tx, all: readonly Written<State, Event>[]) => Promise<void>;
  readonly evolve: (state: State | null, event: Event) => State;
  readonly todosOf: (state: State) => readonly Todo[];
  readonly tellings: (event: Event, state: State) => readonly Telling[];
  readonly audience: (state: State, office: Office) => Audience;
  /** The day that a message about an event names. */
  readonly due: (state: State, event: Event) => Instant | null;
  /** By this event somebody answers for the thing. */
  readonly takenOver: (event: Event) => Office | null;
  readonly warning: (event: Event) => Warning | null;
};

export type Warning = {
  readonly deadline: Pick<Deadline, 'kind' | 'version' | 'chain' | 'due' | 'policy'>;
  readonly level: WarningLevel;
  readonly repeat: number;
  readonly moment: Instant;
};

/** A thing that begins: nothing of it is in the tables yet. */
export type Birth<State, Event> = Written<State, Event> & {
  readonly number: string;
  readonly created_at: Instant;
};

export type Projected<State> = {
  /** What recipients have to be told of, also on a repeat. */
  readonly caused: readonly HandOver[];
  /** For each projection, in order: null when it is written, else what stands instead. */
  readonly standing: readonly (Standing<State> | null)[];
};

const COMMANDS_TOLD = 200;

/**
 * Guarded by the version, so a repeat does nothing. What is written can have been read and told of, so it
 * is never overwritten: a process that decided something else under the same version learns what stands.
 */
export async function project<State extends Lived, Event extends Shown>(
  db: Db,
  projector: Projector<State, Event>,
  projections: readonly Projection<State, Event>[],
): Promise<Projected<State>> {
  return db.transaction().execute(async (tx) => {
    const ids = projections.map(({ thing }) => thing.id);
    const rows = new Map((await projector.lock(tx, ids)).map((row) => [row.id, row]));
    const standing: (Standing<State> | null)[] = [];
    const fresh: { readonly row: Row<State>; readonly projection: Projection<State, Event> }[] = [];
    let repeated = false;
    for (const projection of projections) {
      const { thing, events, state } = projection;
      const row = rows.get(thing.id);
      if (row === undefined) throw new Error(`${thing.kind}/${thing.id} has no row`);
      const written = events.filter(({ version }) => version <= row.version);
      const overruled = row.version > state.version || !(await standAsDecided(tx, thing, written));
      if (overruled && row.state !== null) {
        repeated = true;
        standing.push({ state: row.state, commands: await lastCommands(tx, thing, COMMANDS_TOLD) });
        continue;
      }
      repeated ||= written.length > 0;
      standing.push(null);
      const rest = events.filter(({ version }) => version > row.version);
      fresh.push({ row, projection: { ...projection, events: rest } });
    }
    const told = await writeDown(tx, projector, fresh, (all) => projector.update(tx, all));
    return { caused: told || repeated ? await toHandOver(tx, projector.kind, ids) : [], standing };
  });
}

/** A calendar has been published since this was decided: whoever goes through what is open does not see it any more. */
export class CalendarHasMoved extends Error {}

/**
 * Writes things that begin, each with its first events.
 * @returns the ids of those that were written: a number can be taken, and a birth can be repeated.
 * @throws CalendarHasMoved: decide again, on the calendar that holds now.
 */
export async function begin<State, Event extends Shown>(
  db: Db,
  projector: Projector<State, Event>,
  births: readonly Birth<State, Event>[],
): Promise<{ readonly written: readonly string[]; readonly caused: readonly HandOver[] }> {
  return db.transaction().execute(async (tx) => {
    const version = await holdCalendar(tx);
    const events = births.flatMap((birth) => birth.events.map(({ event }) => event));
    if (events.some(({ arms = [] }) => arms.some(({ calendar_version }) => calendar_version < version)))
      throw new CalendarHasMoved(`the calendar is at version ${version} by now`);
    const written = await projector.insert(tx, births);
    const fresh = births
      .filter(({ thing }) => written.includes(thing.id))
      .map((projection) => ({
        projection,
        row: { id: projection.thing.id, version: 0, state: null, head: chainBegins, ...nobody },
      }));
    const told = await writeDown(tx, projector, fresh, () => Promise.resolve());
    return { written, caused: told ? await toHandOver(tx, projector.kind, written) : [] };
  });
}

const nobody: Office = { officer_id: null, office_unit_id: null };

type Fresh<State, Event> = { readonly row: Row<State>; readonly projection: Projection<State, Event> };

/** @returns whether anybody is told of anything. */
async function writeDown<State, Event extends Shown>(
  tx: Tx,
  projector: Projector<State, Event>,
  all: readonly Fresh<State, Event>[],
  writeRows: (all: readonly Written<State, Event>[]) => Promise<void>,
): Promise<boolean> {
  if (all.length === 0) return false;
  const lives = all.map((one) => ({ ...one, ...lived(projector, one) }));
  await insertEvents(tx, all);
  await writeRows(lives.map(({ projection, office }) => ({ ...projection, office })));
  await followStates(
    tx,
    projector.kind,
    lives.flatMap((one) => changedTodos(projector, one)),
  );
  await insertWarnings(
    tx,
    lives.flatMap(({ warnings }) => warnings),
  );
  for (const { projection } of all)
    for (const { event } of projection.events) if (isSeen(event)) await markSeen(tx, projection.thing, event);
  const told = lives.flatMap(({ told: theirs }) => theirs);
  if (told.length > 0) await tellAll(tx, told);
  return told.length > 0;
}

type WarningRow = Warning & {
  readonly id: string;
  readonly thing: Thing;
  readonly event_version: number;
  readonly at: Instant;
};

/** Warnings and notifications, each judged by the state as it was right after its event. */
function lived<State, Event extends Shown>(
  projector: Projector<State, Event>,
  { row, projection: { thing, events } }: Fresh<State, Event>,
): { office: Office; warnings: readonly WarningRow[]; told: readonly Told[] } {
  let { state } = row;
  let office: Office = { officer_id: row.officer_id, office_unit_id: row.office_unit_id };
  const warnings: WarningRow[] = [];
  const told: Told[] = [];
  for (const { version: event_version, event } of events) {
    state = projector.evolve(state, event);
    office = projector.takenOver(event) ?? office;
    const { at } = event;
    const warning = projector.warning(event);
    const warning_id = warning === null ? null : warningId(thing, warning);
    if (warning !== null && warning_id !== null)
      warnings.push({ ...warning, id: warning_id, thing, event_version, at });
    const due = warning?.deadline.due ?? projector.due(state, event);
    const audience = projector.audience(state, office);
    for (const telling of projector.tellings(event, state))
      told.push({ thing, event_version, audience, telling, warning_id, due, at });
  }
  return { office, warnings, told };
}

const warningId = ({ kind, id }: Thing, { deadline, level, repeat }: Warning): string =>
  uuidOf(`${kind}/${id}/${deadline.kind}/${deadline.version}/${level}/${repeat}`);

function changedTodos<State, Event extends Shown>(
  { todosOf }: Projector<State, Event>,
  { row, projection: { thing, events, state } }: Fresh<State, Event>,
): { thing_id: string; at: Instant; wanted: readonly Todo[] }[] {
  const last = events.at(-1)?.event;
  if (last === undefined) return [];
  const wanted = todosOf(state);
  const before = row.state === null ? [] : todosOf(row.state);
  return isDeepStrictEqual(before, wanted) ? [] : [{ thing_id: thing.id, at: last.at, wanted }];
}

async function insertEvents<State, Event extends Shown>(
  tx: Tx,
  all: readonly Fresh<State, Event>[],
): Promise<void> {
  const rows: object[] = [];
  for (const { row, projection } of all) {
    const { thing, events } = projection;
    if (events.length === 0) continue;
    // Who waited for the row's lock sees the row as it is then, and the events as they were before.
    const head = row.head === null ? await headOf(tx, thing) : { version: row.version, hash: row.head };
    rows.push(...following(head, thing, events));
  }
  if (rows.length === 0) return;
  await sql`
    insert into process_event
      (thing_kind, thing_id, version, at, actor_id, type, body, command_id, prev_hash, hash)
    select thing_kind, thing_id, version, at, actor_id, type, body, command_id, prev_hash, hash
    from ${recordset(
      rows,
      `thing_kind text, thing_id uuid, version int, at timestamptz, actor_id uuid, type text, body jsonb,
       command_id text, prev_hash text, hash text`,
    )}`.execute(tx);
}

/** A warning is given once: its key is unique. */
async function insertWarnings(tx: Tx, warnings: readonly WarningRow[]): Promise<void> {
  if (warnings.length === 0) return;
  const rows = warnings.map(({ id, thing, event_version, deadline, level, repeat, moment, at }) => ({
    id,
    thing_kind: thing.kind,
    thing_id: thing.id,
    event_version,
    deadline_kind: deadline.kind,
    deadline_version: deadline.version,
    level,
    repeat,
    chain: deadline.chain,
    due_at: stamp(deadline.due),
    moment: stamp(moment),
    at: stamp(at),
    policy_name: deadline.policy.name,
    policy_version: deadline.policy.version,
  }));
  await sql`
    insert into warning
      (id, thing_kind, thing_id, event_version, deadline_kind, deadline_version, level, repeat, chain, due_at,
       moment, at, policy_name, policy_version)
    select id, thing_kind, thing_id, event_version, deadline_kind, deadline_version, level, repeat, chain, due_at,
       moment, at, policy_name, policy_version
    from ${recordset(
      rows,
      `id uuid, thing_kind text, thing_id uuid, event_version int, deadline_kind text, deadline_version int,
       level text, repeat int, chain text, due_at timestamptz, moment timestamptz, at timestamptz,
       policy_name text, policy_version int`,
    )}
    on conflict do nothing`.execute(tx);
}

type Seen = EventFrame & { readonly chains?: readonly Chain[] };

const isSeen = (event: Shown): event is Shown & Seen => event.type === 'red_card_seen';

async function markSeen(tx: Tx, thing: Thing, { at, by, chains }: Seen): Promise<void> {
  await tx
    .updateTable('warning')
    .set({ seen_at: stamp(at), seen_by: by.kind === 'person' ? by.person_id : null })
    .where('thing_kind', '=', thing.kind)
    .where('thing_id', '=', thing.id)
    .where('level', '=', 'red_card')
    .where('seen_at', 'is', null)
    .$if(chains !== undefined, (query) => query.where('chain', 'in', [...(chains ?? [])]))
    .execute();
}
