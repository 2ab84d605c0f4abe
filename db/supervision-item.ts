/** Supervision items as people read them, and the projector that writes them: nobody else does. */
import { isDeepStrictEqual } from 'node:util';
import type { NextDeadline } from '../domain/process.ts';
import { evolveAll, type Event, type SupervisionItem } from '../domain/supervision-item.ts';
import { todosOf } from '../domain/supervision-item-todos.ts';
import { tellings } from '../domain/telling.ts';
import type { Card } from '../domain/warning-policy.ts';
import { stamp, stampOrNull, type Db, type Tx } from './client.ts';
import { pendingOf, type HandOver } from './hand-overs.ts';
import { tellAll, uuidOf, type Audience, type Chains } from './notifications.ts';
import {
  following,
  headOf,
  lastCommands,
  standAsDecided,
  type Head,
  type Numbered,
  type Thing,
} from './process-event.ts';
import { followState } from './todos.ts';

export type Projection = {
  readonly thing: Thing;
  readonly events: readonly Numbered<Event>[];
  readonly state: SupervisionItem;
  readonly card: Card;
  readonly next: NextDeadline | null;
};

/** What the tables hold when they know of more than the process does: then that is what has happened. */
export type Standing = {
  readonly state: SupervisionItem;
  readonly commands: readonly (readonly [id: string, version: number])[];
};

export type Projected = {
  /** What recipients have to be told of, also on a repeat. */
  readonly caused: readonly HandOver[];
  readonly standing: Standing | null;
};

const COMMANDS_TOLD = 200;

/**
 * One transaction: the events, the row, and all that the events cause. Guarded by the version, so a
 * repeat does nothing. What is written can have been read and told of, so it is never overwritten: a
 * process that decided something else under the same version learns what stands.
 */
export async function projectSupervisionItem(db: Db, projection: Projection): Promise<Projected> {
  const { thing, events, state } = projection;
  return db.transaction().execute(async (tx) => {
    const row = await locked(tx, thing);
    const written = events.filter(({ version }) => version <= row.version);
    const overruled = row.version > state.version || !(await standAsDecided(tx, thing, written));
    if (overruled && row.state !== null) {
      const from = Math.min(events[0]?.version ?? state.version + 1, state.version + 1);
      return {
        caused: await pendingOf(
          tx,
          thing,
          Array.from({ length: row.version - from + 1 }, (_, index) => from + index),
        ),
        standing: { state: row.state, commands: await lastCommands(tx, thing, COMMANDS_TOLD) },
      };
    }
    const fresh = events.filter(({ version }) => version > row.version);
    await writeRow(tx, projection, row, fresh);
    const told = await cause(tx, projection, row, fresh);
    const versions = events.map(({ version }) => version);
    return { caused: told || written.length > 0 ? await pendingOf(tx, thing, versions) : [], standing: null };
  });
}

type Row = {
  readonly version: number;
  readonly state: SupervisionItem | null;
  readonly office_unit_id: string | null;
  readonly officer_id: string | null;
  readonly head: string | null;
};

async function locked(tx: Tx, thing: Thing): Promise<Row> {
  const row = await tx
    .selectFrom('supervision_item')
    .select(['version', 'state', 'office_unit_id', 'officer_id'])
    .select((eb) =>
      eb
        .selectFrom('process_event')
        .select('hash')
        .where('thing_kind', '=', thing.kind)
        .whereRef('thing_id', '=', 'supervision_item.id')
        .whereRef('process_event.version', '=', 'supervision_item.version')
        .as('head'),
    )
    .where('id', '=', thing.id)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) throw new Error(`${thing.kind}/${thing.id} has no row`);
  return row;
}

/** Who waited for the row's lock sees the row as it is then, and the events as they were before. */
const headKnownBy = (tx: Tx, thing: Thing, { version, head }: Row): Head | Promise<Head> =>
  head === null ? headOf(tx, thing) : { version, hash: head };

/** The events and the row in one statement; to-dos and assisting units only where they change. */
async function writeRow(
  tx: Tx,
  { thing, state, card, next }: Projection,
  row: Row,
  fresh: readonly Numbered<Event>[],
): Promise<void> {
  const { facts } = state;
  const events = fresh.length === 0 ? [] : following(await headKnownBy(tx, thing, row), thing, fresh);
  const assigned = fresh.findLast(({ event }) => event.type === 'assigned')?.event;
  const officer = assigned?.by.kind === 'person' ? assigned.by : null;
  await (events.length === 0 ? tx : tx.with('decided', (db) => db.insertInto('process_event').values(events)))
    .updateTable('supervision_item')
    .set({
      title: facts.title,
      aspect: facts.aspect,
      item_class: facts.item_class,
      importance: facts.importance,
      lead_unit_id: facts.lead_unit_id,
      ...(officer === null ? {} : { officer_id: officer.person_id, office_unit_id: officer.unit_id }),
      stage: state.stage,
      card,
      due_at: stampOrNull(state.due),
      next_at: stampOrNull(next?.at ?? null),
      next_kind: next?.kind ?? null,
      next_what: next?.what_happens ?? null,
      version: state.version,
      state: JSON.stringify(state),
    })
    .where('id', '=', thing.id)
    .execute();
  const assisting = row.state?.facts.assisting_unit_ids ?? [];
  if (!isDeepStrictEqual(assisting, facts.assisting_unit_ids)) {
    await tx.deleteFrom('supervision_item_unit').where('item_id', '=', thing.id).execute();
    const units = facts.assisting_unit_ids.map((unit_id) => ({ item_id: thing.id, unit_id }));
    if (units.length > 0) await tx.insertInto('supervision_item_unit').values(units).execute();
  }
  const last = fresh.at(-1)?.event;
  const before = row.state === null ? [] : todosOf(row.state);
  const wanted = todosOf(state);
  if (last !== undefined && !isDeepStrictEqual(before, wanted)) await followState(tx, thing, last.at, wanted);
}

/**
 * Warnings and notifications, each judged by the state as it was right after its event.
 * @returns whether anybody is told of anything.
 */
async function cause(
  tx: Tx,
  { thing }: Projection,
  row: Row,
  fresh: readonly Numbered<Event>[],
): Promise<boolean> {
  let { state } = row;
  let officer: Pick<Audience, 'officer_id' | 'office_unit_id'> = row;
  let told = false;
  const chains: Chains = new Map();
  for (const { version, event } of fresh) {
    state = evolveAll(state, [event]);
    if (event.type === 'assigned' && event.by.kind === 'person') {
      officer = { officer_id: event.by.person_id, office_unit_id: event.by.unit_id };
    }
    const { officer_id, office_unit_id } = officer;
    const { people, facts } = state;
    const audience: Audience = { lead_unit_id: facts.lead_unit_id, people, officer_id, office_unit_id };
    const due = event.type === 'warning_given' ? event.deadline.due : state.due;
    const warning_id = event.type === 'warning_given' ? await writeWarning(tx, thing, version, event) : null;
    if (event.type === 'red_card_seen') await markSeen(tx, thing, event);
    const all = tellings(event, state);
    if (all.length === 0) continue;
    told = true;
    const of = { thing, event_version: version, audience, warning_id, due, at: event.at };
    await tellAll(
      tx,
      all.map((telling) => ({ ...of, telling })),
      chains,
    );
  }
  return told;
}

async function writeWarning(
  tx: Tx,
  thing: Thing,
  event_version: number,
  event: Extract<Event, { type: 'warning_given' }>,
): Promise<string> {
  const { kind, version, due, policy, chain } = event.deadline;
  const id = uuidOf(`${thing.kind}/${thing.id}/${kind}/${version}/${event.level}/${event.repeat}`);
  await tx
    .insertInto('warning')
    .values({
      id,
      thing_kind: thing.kind,
      thing_id: thing.id,
      event_version,
      deadline_kind: kind,
      deadline_version: version,
      level: event.level,
      repeat: event.repeat,
      chain,
      due_at: stamp(due),
      moment: stamp(event.moment),
      at: stamp(event.at),
      policy_name: policy.name,
      policy_version: policy.version,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return id;
}

async function markSeen(tx: Tx, thing: Thing, event: Event): Promise<void> {
  await tx
    .updateTable('warning')
    .set({ seen_at: stamp(event.at), seen_by: event.by.kind === 'person' ? event.by.person_id : null })
    .where('thing_kind', '=', thing.kind)
    .where('thing_id', '=', thing.id)
    .where('level', '=', 'red_card')
    .where('seen_at', 'is', null)
    .execute();
}
