/** Changes of a released list: proposed by one person, confirmed by another one, in force from a day on. */
import { sql } from 'kysely';
import { choosePeople, type Chosen, type Holder } from '../domain/annual-list-people.ts';
import type { Weight, WeightInForce } from '../domain/annual-list-weights.ts';
import type { Instant, LocalDate } from '../domain/time.ts';
import { forEverybody } from '../domain/todo.ts';
import type { PostRole } from '../domain/vocabulary.ts';
import { drawNumbers, insertIndicators, insertWeights, listChanged, decimalOf } from './annual-list.ts';
import {
  listTables,
  type Addition,
  type ChangeKind,
  type ChangeState,
  type Promotion,
} from './annual-list-tables.ts';
import { stamp, type Db, type Tx } from './client.ts';
import { moment } from './clock.ts';
import { closeTodos, openTodo } from './todos.ts';

export type WeightChange = {
  readonly id: string;
  readonly year: number;
  readonly kind: ChangeKind;
  readonly from_date: LocalDate;
  readonly reason: string;
  readonly weights: readonly Weight[];
  readonly additions: readonly Addition[];
  readonly promotes: Promotion | null;
  readonly proposed_by: string;
  readonly proposed_at: Instant;
  readonly state: ChangeState;
  readonly rejected_reason: string | null;
  readonly confirmed_by: string | null;
  readonly confirmed_at: Instant | null;
};

/** The latest weight of each indicator of these units. */
export async function weightsInForce(
  db: Db | Tx,
  year: number,
  units: readonly string[],
): Promise<(WeightInForce & { readonly unit_name: string })[]> {
  const rows = await listTables(db)
    .selectFrom('indicator_weight')
    .innerJoin('indicator', 'indicator.id', 'indicator_weight.indicator_id')
    .innerJoin('unit', 'unit.id', 'indicator.unit_id')
    .distinctOn('indicator.number')
    .select(['indicator.id as indicator_id', 'indicator.unit_id', 'unit.name as unit_name'])
    .select(['indicator_weight.points', 'indicator_weight.from_date'])
    .where('indicator.year', '=', year)
    .where(sql<boolean>`indicator.unit_id = any(${units}::uuid[])`)
    .orderBy('indicator.number')
    .orderBy('indicator_weight.from_date', 'desc')
    .orderBy('indicator_weight.nth', 'desc')
    .execute();
  return rows.map(({ points, ...row }) => ({ ...row, points: decimalOf(points) }));
}

/** What is proposed, and what has not become of it yet. */
export type Proposal = Omit<WeightChange, 'state' | 'confirmed_by' | 'confirmed_at' | 'rejected_reason'>;

/** A request that is asked again after a crash makes the same proposal. */
export async function proposeChange(
  tx: Tx,
  { weights, additions, promotes, proposed_at, ...change }: Proposal,
): Promise<WeightChange> {
  await listTables(tx)
    .insertInto('weight_change')
    .values({
      ...change,
      weights: JSON.stringify(weights),
      additions: JSON.stringify(additions),
      promotes: promotes === null ? null : JSON.stringify(promotes),
      proposed_at: stamp(proposed_at),
      state: 'proposed',
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
  const what = `待确认${change.year}年度清单的权重调整`;
  await openTodo(
    tx,
    changeOfWeights(change.id),
    proposed_at,
    forEverybody('assessment_admin', 'confirm', what, null),
  );
  return changes(tx).where('id', '=', change.id).executeTakeFirstOrThrow();
}

const changeOfWeights = (id: string) => ({ kind: 'weight_change' as const, id });

const changes = (db: Db | Tx) => listTables(db).selectFrom('weight_change').selectAll();

export const changeOf = async (db: Db | Tx, id: string): Promise<WeightChange | null> =>
  (await changes(db).where('id', '=', id).executeTakeFirst()) ?? null;

export const lockChange = async (tx: Tx, id: string): Promise<WeightChange | null> =>
  (await changes(tx).where('id', '=', id).forUpdate().executeTakeFirst()) ?? null;

/** The newest first; `before` is the last one of the page before. */
export const changesOf = (
  db: Db,
  year: number,
  { limit, before }: { readonly limit: number; readonly before: readonly [Instant, string] | null },
): Promise<WeightChange[]> =>
  changes(db)
    .where('year', '=', year)
    .$if(before !== null, (query) =>
      query.where((eb) =>
        before === null
          ? eb.lit(true)
          : eb(eb.refTuple('proposed_at', 'id'), '<', eb.tuple(moment(before[0]), before[1])),
      ),
    )
    .orderBy('proposed_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();

/** The change holds from its day on. What it needs was checked by the caller under the list's lock. */
export async function confirmChange(
  tx: Tx,
  change: WeightChange,
  { account_id, at }: { readonly account_id: string; readonly at: Instant },
): Promise<WeightChange> {
  const { id: change_id, year, from_date, reason, weights, additions, promotes, proposed_by } = change;
  const numbers = await drawNumbers(tx, year, additions.length);
  const added = additions.map((one, index) => ({
    ...one,
    number: numbers[index] ?? '',
    origin: 'dynamic' as const,
    effective_from: from_date,
  }));
  await insertIndicators(tx, year, added);
  if (promotes !== null) {
    await listTables(tx)
      .updateTable('indicator')
      .set({ kind: 'common', theme: promotes.theme })
      .where('id', '=', promotes.indicator_id)
      .execute();
  }
  const dated = weights.map(({ indicator_id, points }) => ({
    id: indicator_id,
    points,
    effective_from: from_date,
  }));
  const why = { reason, change_id, proposed_by, approved_by: account_id };
  await insertWeights(tx, [...dated, ...added], why);
  await sql`
    update indicator set version = version + 1
    where id = any(${weights.map(({ indicator_id }) => indicator_id)}::uuid[])`.execute(tx);
  await listTables(tx)
    .updateTable('weight_change')
    .set({ state: 'confirmed', confirmed_by: account_id, confirmed_at: stamp(at) })
    .where('id', '=', change_id)
    .execute();
  await closeTodos(tx, changeOfWeights(change_id), at, 'confirm');
  await listChanged(tx, year);
  return changes(tx).where('id', '=', change_id).executeTakeFirstOrThrow();
}

/** Nothing changes; the proposal stays on record with why. */
export async function rejectChange(
  tx: Tx,
  { id }: WeightChange,
  { reason, at }: { readonly reason: string; readonly at: Instant },
): Promise<WeightChange> {
  await listTables(tx)
    .updateTable('weight_change')
    .set({ state: 'rejected', rejected_reason: reason })
    .where('id', '=', id)
    .execute();
  await closeTodos(tx, changeOfWeights(id), at, 'confirm');
  return changes(tx).where('id', '=', id).executeTakeFirstOrThrow();
}

/**
 * Whom of each unit an indicator names; a unit that lacks one of the three is left out. Where a unit that was
 * merged into another one has nobody, the other's stand in.
 */
export async function peopleOfUnits(
  db: Db | Tx,
  units: readonly string[],
  on: LocalDate,
): Promise<ReadonlyMap<string, Chosen>> {
  const { rows } = await sql<Holder & { unit_id: string; role: string }>`
    select listed.unit_id, post.role, post.person_id, person.office
      from unnest(${units}::uuid[]) as listed(unit_id)
     cross join lateral (
           select listed.unit_id as stands_in, 0 as step
            union all
           select successor_id, step from unit_succession merged
            where merged.unit_id = listed.unit_id and merged.from_date <= ${on}) place
      join post on post.unit_id = place.stands_in
           and post.role in ('reporter', 'direct_lead', 'contact_person')
           and post.from_date <= ${on} and (post.to_date is null or post.to_date >= ${on})
      join person on person.id = post.person_id and person.unit_id = post.unit_id
     order by listed.unit_id, place.step, post.rank, post.from_date, post.id`.execute(db);
  return new Map(
    [...Map.groupBy(rows, ({ unit_id }) => unit_id)].flatMap(([unit_id, posts]) => {
      const holding = (role: PostRole) => posts.filter((post) => post.role === role);
      const people = choosePeople({
        direct_lead_id: holding('direct_lead'),
        contact_person_id: holding('contact_person'),
        reporter_id: holding('reporter'),
      });
      return people === null ? [] : [[unit_id, people] as const];
    }),
  );
}

/** The units that have a list in a year. */
export async function listedUnits(db: Db | Tx, year: number): Promise<readonly string[]> {
  const rows = await listTables(db)
    .selectFrom('indicator')
    .select('unit_id')
    .distinct()
    .where('year', '=', year)
    .execute();
  return rows.map(({ unit_id }) => unit_id);
}

/** What these indicators weigh before a change of theirs, by number: on its day, without it and what came after it. */
export const pointsBefore = (db: Db, { id, from_date }: WeightChange, indicators: readonly string[]) =>
  listTables(db)
    .selectFrom('indicator_weight as weight')
    .innerJoin('indicator', 'indicator.id', 'weight.indicator_id')
    .innerJoin('unit', 'unit.id', 'indicator.unit_id')
    .leftJoin('indicator_weight as own', (join) =>
      join.onRef('own.indicator_id', '=', 'weight.indicator_id').on('own.change_id', '=', id),
    )
    .distinctOn('indicator.number')
    .select(['indicator.id as indicator_id', 'indicator.number', 'indicator.name', 'indicator.unit_id'])
    .select(['unit.name as unit_name', 'weight.points'])
    .where(sql<boolean>`indicator.id = any(${indicators}::uuid[])`)
    .where('weight.from_date', '<=', from_date)
    .where(sql<boolean>`(weight.from_date < ${from_date} or own.nth is null or weight.nth < own.nth)`)
    .orderBy('indicator.number')
    .orderBy('weight.from_date', 'desc')
    .orderBy('weight.nth', 'desc')
    .execute();
