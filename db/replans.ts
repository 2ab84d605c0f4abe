/**
 * What moves open processes: a notice of holidays, or a policy's new version. Each waits as a row of its own
 * table until somebody applies it; how far telling the processes has come is kept there in the same columns.
 */
import { sql } from 'kysely';
import { dueOf, indicatorTask, type IndicatorTask } from '../domain/indicator-task.ts';
import { moveOf, type Move } from '../domain/moves.ts';
import { withPolicy, type PolicyChange } from '../domain/policy-change.ts';
import type { Circumstances } from '../domain/process.ts';
import { isRefusal } from '../domain/refusal.ts';
import { supervisionItem, type SupervisionItem } from '../domain/supervision-item.ts';
import type { Instant } from '../domain/time.ts';
import { loadCalendar } from './calendar.ts';
import { when, type Db, type Tx } from './client.ts';
import { moment } from './clock.ts';
import type { Thing } from './process-event.ts';
import { endedStages, namesOfThings } from './things.ts';

export type ReplanTable = 'calendar_proposal' | 'policy_application';

/** What the rows of both have in common. */
export type Replanning = {
  readonly id: string;
  readonly proposed_by: string;
  readonly proposed_at: Instant;
  readonly state: 'proposed' | 'applying' | 'applied';
  readonly applied_by: string | null;
  readonly applied_at: Instant | null;
  /** As it was computed on applying. */
  readonly moves: readonly ThingMove[] | null;
  readonly total: number;
  readonly done: number;
  readonly told_up_to: string | null;
};

/** How an open thing moves, or (`cannot`, Chinese) why its deadlines cannot be computed. */
export type ThingMove = { readonly id: string; readonly number: string; readonly title: string } & (
  | Move
  | { readonly cannot: string }
);

/** Those that have frozen an older version of a policy; null: every one. */
export type Concerned = PolicyChange | null;

export async function replanOf<Row extends Replanning>(
  db: Db | Tx,
  table: ReplanTable,
  id: string,
  lock?: 'lock',
): Promise<Row | null> {
  const { rows } = await sql<Row>`
    select * from ${sql.table(table)} where id = ${id} ${lock === undefined ? sql`` : sql`for update`}`.execute(
    db,
  );
  return rows[0] ?? null;
}

/** The newest first; `before` is the last one of the page before. */
export async function replans<Row extends Replanning>(
  db: Db,
  table: ReplanTable,
  {
    limit,
    before,
  }: { readonly limit: number; readonly before?: Pick<Row, 'proposed_at' | 'id'> | undefined },
): Promise<readonly Row[]> {
  const after =
    before === undefined
      ? sql`true`
      : sql`(proposed_at, id) < (${moment(before.proposed_at)}, ${before.id}::uuid)`;
  const { rows } = await sql<Row>`
    select * from ${sql.table(table)} where ${after}
     order by proposed_at desc, id desc limit ${limit}`.execute(db);
  return rows;
}

export async function beginReplanning(
  tx: Tx,
  table: ReplanTable,
  id: string,
  applied: {
    readonly by: string;
    readonly at: Instant;
    readonly moves: readonly ThingMove[];
    readonly concerned: Concerned;
  },
): Promise<void> {
  await sql`
    update ${sql.table(table)}
       set state = 'applying', applied_by = ${applied.by}, applied_at = ${when(applied.at)},
           moves = ${JSON.stringify(applied.moves)}::jsonb,
           total = (select count(*) from ${openThings} thing where ${concerns(applied.concerned)})
     where id = ${id}`.execute(tx);
}

/** Takes down that all things up to this id have been told. */
export async function toldUpTo(
  db: Db,
  table: ReplanTable,
  id: string,
  { up_to, count }: { readonly up_to: string; readonly count: number },
): Promise<void> {
  // Two requests that go on with the same work: each thing counts once.
  await sql`
    update ${sql.table(table)} set told_up_to = ${up_to}, done = done + ${count}
     where id = ${id} and (told_up_to is null or told_up_to < ${up_to}::uuid)`.execute(db);
}

/** Takes down that a thing could not be moved; the preview may have foreseen it. */
export async function cannotFollow(
  db: Db,
  table: ReplanTable,
  id: string,
  { thing, detail }: { readonly thing: string; readonly detail: string },
): Promise<void> {
  const { number, name: title } = (await namesOfThings(db, [thing])).get(thing) ?? { number: '', name: '' };
  const cannot: ThingMove = { id: thing, number, title, cannot: detail };
  await sql`
    update ${sql.table(table)}
       set moves = coalesce((select jsonb_agg(move) from jsonb_array_elements(moves) move
                              where move ->> 'id' <> ${thing}), '[]') || ${JSON.stringify([cannot])}::jsonb
     where id = ${id}`.execute(db);
}

/** What ended meanwhile, or was told just before a crash, is done with as well. */
export async function finishReplanning(db: Db, table: ReplanTable, id: string): Promise<void> {
  await sql`
    update ${sql.table(table)}
       set state = 'applied', total = greatest(total, done), done = greatest(total, done)
     where id = ${id}`.execute(db);
}

/** Those that a crash interrupted, and who applied them. */
export async function interruptedReplans(
  db: Db,
  table: ReplanTable,
): Promise<readonly { readonly id: string; readonly person_id: string; readonly unit_id: string | null }[]> {
  const { rows } = await sql<{ id: string; person_id: string; unit_id: string | null }>`
    select replan.id, account.person_id, person.unit_id
      from ${sql.table(table)} replan
      join account on account.id = replan.applied_by
      join person on person.id = account.person_id
     where replan.state = 'applying'
     order by applied_at`.execute(db);
  return rows;
}

/** The things that are still open, in the order of their ids, after the given one. */
export async function openProcesses(
  db: Db,
  after: string | null,
  limit: number,
  concerned: Concerned,
): Promise<readonly Thing[]> {
  const { rows } = await sql<Thing>`
    select kind, id from ${openThings} thing
     where (${after}::uuid is null or id > ${after}::uuid) and ${concerns(concerned)}
     order by id limit ${limit}`.execute(db);
  return rows;
}

/** Looked at in one go, while nobody else is served: half a millisecond each. */
const PAGE = 100;

/** Which open things move, by number. Computed from their states alone; nothing changes. */
export async function previewMoves(
  db: Db | Tx,
  coming: Circumstances,
  policy: Concerned = null,
): Promise<readonly ThingMove[]> {
  const now = await loadCalendar(db);
  const moves: ThingMove[] = [];
  for (let after: string | null = null; ;) {
    const page = await pageOfStates(db, after, policy);
    for (const row of page) {
      const { id, number, title } = row;
      const policies = policy === null ? row.state.policies : withPolicy(row.state.policies, policy);
      const move =
        row.kind === 'supervision_item'
          ? moveOf(supervisionItem, { state: row.state, now, coming, policies }, ({ due }) => due)
          : moveOf(indicatorTask, { state: row.state, now, coming, policies }, dueOf);
      if (move === null) continue;
      moves.push(
        isRefusal(move) ? { id, number, title, cannot: move.detail } : { id, number, title, ...move },
      );
    }
    after = page.at(-1)?.id ?? null;
    if (page.length < PAGE) break;
  }
  return moves.toSorted((a, b) => (a.number < b.number ? -1 : 1));
}

type StateRow = { readonly id: string; readonly number: string; readonly title: string } & (
  | { readonly kind: 'supervision_item'; readonly state: SupervisionItem }
  | { readonly kind: 'indicator_task'; readonly state: IndicatorTask }
);

async function pageOfStates(
  db: Db | Tx,
  after: string | null,
  concerned: Concerned,
): Promise<readonly StateRow[]> {
  const { rows } = await sql<StateRow>`
    select * from ${openThings} thing
     where (${after}::uuid is null or id > ${after}::uuid) and ${concerns(concerned)}
     order by id limit ${PAGE}`.execute(db);
  return rows;
}

const openThings = sql`
  (select 'supervision_item' as kind, id, number, title, state from supervision_item
    where state is not null and stage not in (${sql.join(endedStages)})
    union all
   select 'indicator_task', id, number, name, state from indicator_task
    where stage not in (${sql.join(endedStages)}))`;

function concerns(policy: Concerned) {
  if (policy === null) return sql<boolean>`true`;
  const { name, version } = policy.policy;
  const frozen =
    policy.sort === 'progress'
      ? sql`jsonb_build_object('progress', state #> '{policies,progress}')`
      : sql`((state -> 'policies') - 'progress')`;
  return sql<boolean>`exists (
    select from jsonb_each(${frozen}) policy
     where policy.value ->> 'name' = ${name} and (policy.value ->> 'version')::int < ${version})`;
}
