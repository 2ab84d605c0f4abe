/** Supervision items as people read them, and the projector that writes them: nobody else does. */
import { sql } from 'kysely';
import { evolveAll, type Event, type SupervisionItem } from '../domain/supervision-item.ts';
import { todosOf } from '../domain/supervision-item-todos.ts';
import { tellings } from '../domain/telling.ts';
import { dueOfKind } from '../domain/watching.ts';
import { stamp, stampOrNull, type Tx } from './client.ts';
import type * as projecting from './projecting.ts';
import { recordset } from './recordset.ts';

export type Projection = projecting.Projection<SupervisionItem, Event>;
export type Standing = projecting.Standing<SupervisionItem>;
type Birth = projecting.Birth<SupervisionItem, Event>;
type Written = projecting.Written<SupervisionItem, Event>;
type Row = projecting.Row<SupervisionItem>;

export const supervisionItems: projecting.Projector<SupervisionItem, Event> = {
  kind: 'supervision_item',
  lock,
  insert,
  update,
  evolve: (state, event) => evolveAll(state, [event]),
  todosOf,
  tellings,
  audience: ({ facts, people }, office) => ({
    lead_unit_id: facts.lead_unit_id,
    reviewed: null,
    people,
    ...office,
  }),
  due: (state, event) => (event.type === 'red_card_climbed' ? dueOfKind(state, event.deadline) : state.due),
  takenOver: (event) =>
    (event.type === 'assigned' || event.type === 'created') && event.by.kind === 'person'
      ? { officer_id: event.by.person_id, office_unit_id: event.by.unit_id }
      : null,
  warning: (event) => (event.type === 'warning_given' ? event : null),
};

async function lock(tx: Tx, ids: readonly string[]): Promise<readonly Row[]> {
  const { rows } = await sql<Row>`
    select id, version, state, office_unit_id, officer_id,
           (select hash from process_event
             where thing_kind = 'supervision_item' and thing_id = item.id and process_event.version = item.version
           ) as head
      from supervision_item item
     where id = any(${ids}::uuid[])
     order by id
       for update`.execute(tx);
  return rows;
}

const columns = `id uuid, title text, aspect text, item_class text, importance text, lead_unit_id uuid,
  office_unit_id uuid, officer_id uuid, stage text, card text, due_at timestamptz, next_at timestamptz,
  next_kind text, next_what text, version int, state jsonb`;

const rowOf = ({ thing, state, card, next, office }: Written) => ({
  id: thing.id,
  title: state.facts.title,
  aspect: state.facts.aspect,
  item_class: state.facts.item_class,
  importance: state.facts.importance,
  lead_unit_id: state.facts.lead_unit_id,
  office_unit_id: office.office_unit_id,
  officer_id: office.officer_id,
  stage: state.stage,
  card,
  due_at: stampOrNull(state.due),
  next_at: stampOrNull(next?.at ?? null),
  next_kind: next?.kind ?? null,
  next_what: next?.what_happens ?? null,
  version: state.version,
  state,
});

/** One item, one number: one that is taken is passed over, and so is an item that is there already. */
async function insert(tx: Tx, births: readonly Birth[]): Promise<readonly string[]> {
  const rows = births.map((birth) => ({
    ...rowOf(birth),
    number: birth.number,
    created_at: stamp(birth.created_at),
  }));
  const inserted = await sql<{ id: string }>`
    insert into supervision_item
      (id, number, title, aspect, item_class, importance, lead_unit_id, office_unit_id, officer_id, stage, card,
       due_at, next_at, next_kind, next_what, version, state, created_at)
    select id, number, title, aspect, item_class, importance, lead_unit_id, office_unit_id, officer_id, stage, card,
       due_at, next_at, next_kind, next_what, version, state, created_at
    from ${recordset(rows, `${columns}, number text, created_at timestamptz`)}
    order by number
    on conflict do nothing
    returning id`.execute(tx);
  const written = inserted.rows.map(({ id }) => id);
  await setAssisting(
    tx,
    births.filter(
      ({ thing, state }) => written.includes(thing.id) && state.facts.assisting_unit_ids.length > 0,
    ),
  );
  return written;
}

async function update(tx: Tx, all: readonly Written[]): Promise<void> {
  await sql`
    update supervision_item as item
       set title = new.title, aspect = new.aspect, item_class = new.item_class, importance = new.importance,
           lead_unit_id = new.lead_unit_id, office_unit_id = new.office_unit_id, officer_id = new.officer_id,
           stage = new.stage, card = new.card, due_at = new.due_at, next_at = new.next_at,
           next_kind = new.next_kind, next_what = new.next_what, version = new.version, state = new.state,
           started_at = coalesce(item.started_at, item.created_at)
      from ${recordset(all.map(rowOf), columns)}
     where item.id = new.id`.execute(tx);
  const moved = all.filter(({ events }) =>
    events.some(
      ({ event }) => event.type === 'created' || event.type === 'edited' || event.type === 'assigned',
    ),
  );
  await setAssisting(tx, moved);
}

async function setAssisting(tx: Tx, all: readonly Written[]): Promise<void> {
  if (all.length === 0) return;
  await tx
    .deleteFrom('supervision_item_unit')
    .where(
      'item_id',
      'in',
      all.map(({ thing }) => thing.id),
    )
    .execute();
  const units = all.flatMap(({ thing, state }) =>
    state.facts.assisting_unit_ids.map((unit_id) => ({ item_id: thing.id, unit_id })),
  );
  if (units.length > 0) await tx.insertInto('supervision_item_unit').values(units).execute();
}
