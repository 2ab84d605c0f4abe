/** The projector of indicator tasks: nobody else writes their rows. */
import { sql } from 'kysely';
import { dueOf, evolveAll, type Event, type IndicatorTask } from '../domain/indicator-task.ts';
import { tellings } from '../domain/indicator-task-tellings.ts';
import { todosOf } from '../domain/indicator-task-todos.ts';
import { instant, type Instant } from '../domain/time.ts';
import { dueOfKind } from '../domain/watching.ts';
import { stamp, stampOrNull, type Tx } from './client.ts';
import type * as projecting from './projecting.ts';
import { recordset } from './recordset.ts';

export type Projection = projecting.Projection<IndicatorTask, Event>;
export type Standing = projecting.Standing<IndicatorTask>;
export type Birth = projecting.Birth<IndicatorTask, Event>;
type Written = projecting.Written<IndicatorTask, Event>;
type Row = projecting.Row<IndicatorTask>;

export const indicatorTasks: projecting.Projector<IndicatorTask, Event> = {
  kind: 'indicator_task',
  lock,
  insert,
  update,
  evolve: (state, event) => evolveAll(state, [event]),
  todosOf,
  tellings,
  audience: ({ facts: { unit_id, theme }, people }, office) => ({
    lead_unit_id: unit_id,
    reviewed: { unit_id, theme },
    people,
    ...office,
  }),
  due: (state, event) =>
    event.type === 'red_card_climbed'
      ? dueOfKind(state, event.deadline)
      : (firstArmed(event) ?? dueOf(state)),
  takenOver: (event) =>
    event.type === 'created' && event.by.kind === 'person'
      ? { officer_id: event.by.person_id, office_unit_id: event.by.unit_id }
      : null,
  warning: (event) => (event.type === 'warning_given' ? event : null),
};

/** What an act asks of the unit next: an acknowledgement, a report. */
function firstArmed({ arms = [] }: Event): Instant | null {
  const dues = arms.filter(({ chain }) => chain === 'undertaking').map(({ due }) => due);
  return dues.length === 0 ? null : instant(Math.min(...dues));
}

async function lock(tx: Tx, ids: readonly string[]): Promise<readonly Row[]> {
  const { rows } = await sql<Row>`
    select id, version, state, office_unit_id, officer_id,
           (select hash from process_event
             where thing_kind = 'indicator_task' and thing_id = task.id and process_event.version = task.version
           ) as head
      from indicator_task task
     where id = any(${ids}::uuid[])
     order by id
       for update`.execute(tx);
  return rows;
}

const columns = `id uuid, number text, year int, name text, kind text, theme text, unit_id uuid,
  office_unit_id uuid, officer_id uuid, stage text, card text, due_at timestamptz, next_at timestamptz,
  next_kind text, next_what text, version int, state jsonb`;

const rowOf = ({ thing, state, card, next, office }: Written) => ({
  id: thing.id,
  number: state.facts.number,
  year: state.facts.year,
  name: state.facts.name,
  kind: state.facts.kind,
  theme: state.facts.theme,
  unit_id: state.facts.unit_id,
  office_unit_id: office.office_unit_id,
  officer_id: office.officer_id,
  stage: state.stage,
  card,
  due_at: stamp(dueOf(state)),
  next_at: stampOrNull(next?.at ?? null),
  next_kind: next?.kind ?? null,
  next_what: next?.what_happens ?? null,
  version: state.version,
  state,
});

/** One indicator, one task: what is there already is passed over. */
async function insert(tx: Tx, births: readonly Birth[]): Promise<readonly string[]> {
  const rows = births.map((birth) => ({ ...rowOf(birth), created_at: stamp(birth.created_at) }));
  const inserted = await sql<{ id: string }>`
    insert into indicator_task
      (id, number, year, name, kind, theme, unit_id, office_unit_id, officer_id, stage, card, due_at, next_at,
       next_kind, next_what, version, state, created_at)
    select id, number, year, name, kind, theme, unit_id, office_unit_id, officer_id, stage, card, due_at, next_at,
       next_kind, next_what, version, state, created_at
    from ${recordset(rows, `${columns}, created_at timestamptz`)}
    order by number
    on conflict do nothing
    returning id`.execute(tx);
  return inserted.rows.map(({ id }) => id);
}

async function update(tx: Tx, all: readonly Written[]): Promise<void> {
  await sql`
    update indicator_task as task
       set kind = new.kind, theme = new.theme, office_unit_id = new.office_unit_id, officer_id = new.officer_id, stage = new.stage, card = new.card,
           due_at = new.due_at, next_at = new.next_at, next_kind = new.next_kind, next_what = new.next_what,
           version = new.version, state = new.state, started_at = coalesce(task.started_at, task.created_at)
      from ${recordset(all.map(rowOf), columns)}
     where task.id = new.id`.execute(tx);
}
