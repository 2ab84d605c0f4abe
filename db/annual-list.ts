/** The year's target list: what it holds, brought in from a file, released. Reading for pages is in annual-list-views.ts. */
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { sql } from 'kysely';
import { numberOf, winningTarget, type IndicatorFacts, type Origin } from '../domain/annual-list.ts';
import { parseDecimal, type Decimal } from '../domain/decimal.ts';
import type { AnnualList } from '../domain/import-annual-list-known.ts';
import { localDate, type Instant, type LocalDate } from '../domain/time.ts';
import { listTables, type AnnualListTables, type ListStage } from './annual-list-tables.ts';
import { stamp, type Db, type Tx } from './client.ts';
import { recordset } from './recordset.ts';

export type ListRow = {
  readonly year: number;
  readonly stage: ListStage;
  readonly version: number;
  readonly released_at: Instant | null;
};

/** What the list says of an indicator, with its number and one version of its weight. */
export type ListedIndicator = IndicatorFacts & {
  readonly id: string;
  readonly number: string;
  readonly origin: Origin;
  readonly effective_from: LocalDate;
};

export const listOf = async (db: Db | Tx, year: number): Promise<ListRow | null> =>
  (await lists(db).where('year', '=', year).executeTakeFirst()) ?? null;

/** The same, and nobody else changes the list before the transaction ends. */
export const lockList = async (tx: Tx, year: number): Promise<ListRow | null> =>
  (await lists(tx).where('year', '=', year).forUpdate().executeTakeFirst()) ?? null;

const lists = (db: Db | Tx) =>
  listTables(db).selectFrom('annual_list').select(['year', 'stage', 'version', 'released_at']);

/** Whoever changes an indicator or a weight lets the list's version grow. */
export const listChanged = (tx: Tx, year: number) =>
  listTables(tx)
    .updateTable('annual_list')
    .set((eb) => ({ version: eb('version', '+', 1) }))
    .where('year', '=', year)
    .execute();

const columns = [
  'id',
  'number',
  'unit_id',
  'kind',
  'theme',
  'name',
  'sub_target',
  'source_level',
  'source_document',
  'measure',
  'direction',
  'value_kind',
  'baseline_value',
  'level_targets',
  'is_stretch',
  'tags',
  'reporter_id',
  'direct_lead_id',
  'contact_person_id',
  'responsible_office',
  'period_kind',
  'plan',
  'evidence_rule',
  'warning_policy',
  'progress_policy',
  'origin',
  'effective_from',
] as const;

/** In the order of their numbers; `points` are the latest version's unless the first one is asked for. */
export async function listedIndicators(
  db: Db | Tx,
  year: number,
  {
    units,
    ids,
    version = 'latest',
  }: {
    readonly units?: readonly string[];
    readonly ids?: readonly string[];
    readonly version?: 'first' | 'latest';
  } = {},
): Promise<ListedIndicator[]> {
  const rows = await listTables(db)
    .selectFrom('indicator')
    .select(columns)
    .select(version === 'first' ? firstPoints : latestPoints)
    .where('year', '=', year)
    .$if(units !== undefined, (query) => query.where(sql<boolean>`unit_id = any(${units ?? []}::uuid[])`))
    .$if(ids !== undefined, (query) => query.where(sql<boolean>`id = any(${ids ?? []}::uuid[])`))
    .orderBy('number')
    .execute();
  return rows.map(({ baseline_value, points, ...row }) => ({
    ...row,
    baseline_value: baseline_value === null ? null : decimalOf(baseline_value),
    points: decimalOf(points),
  }));
}

const latestPoints = sql<string>`(
  select w.points from indicator_weight w
  where w.indicator_id = indicator.id order by w.from_date desc, w.nth desc limit 1)`.as('points');

const firstPoints = sql<string>`(
  select w.points from indicator_weight w
  where w.indicator_id = indicator.id order by w.from_date, w.nth limit 1)`.as('points');

/** Numerics come with the zeros of their column. */
export function decimalOf(text: string): Decimal {
  const value = parseDecimal(text);
  if (value === null) throw new RangeError(`the database holds no decimal: ${text}`);
  return value;
}

export type Applied = { readonly added: number; readonly changed: number; readonly removed: number };

/**
 * Brings a checked file in: the lists of the units that it names become what it says, other units'
 * stay as they are. What is there already as the file has it is not touched.
 * @returns null when the list has been released: then nothing has changed.
 */
export async function applyAnnualList(
  tx: Tx,
  { year, indicators }: AnnualList,
  { account_id, at }: { readonly account_id: string; readonly at: Instant },
): Promise<Applied | null> {
  await listTables(tx)
    .insertInto('annual_list')
    .values({ year, stage: 'draft', created_at: stamp(at) })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  if ((await lockList(tx, year))?.stage !== 'draft') return null;
  const units = [...new Set(indicators.map(({ unit_id }) => unit_id))];
  const before = new Map((await listedIndicators(tx, year, { units })).map((row) => [keyOf(row), row]));
  const numbered = await withNumbers(tx, year, indicators, before);
  const added: ListedIndicator[] = [];
  const changed: ListedIndicator[] = [];
  const kept = new Set<string>();
  for (const facts of numbered) {
    const known = before.get(keyOf(facts));
    const row = {
      ...facts,
      id: known?.id ?? randomUUID(),
      origin: 'annual_list' as const,
      effective_from: firstDay(year),
    };
    if (known === undefined) added.push(row);
    else kept.add(known.id);
    if (known !== undefined && !isDeepStrictEqual(known, row)) changed.push(row);
  }
  const removed = [...before.values()].flatMap(({ id }) => (kept.has(id) ? [] : [id]));
  await removeIndicators(tx, removed);
  await updateIndicators(tx, changed);
  await insertIndicators(tx, year, added);
  const weights = { proposed_by: account_id, reason: LISTED };
  await insertWeights(tx, added, { ...weights, change_id: null, approved_by: null });
  await correctWeights(tx, changed, weights);
  const counts = { added: added.length, changed: changed.length, removed: removed.length };
  if (counts.added + counts.changed + counts.removed > 0) await listChanged(tx, year);
  return counts;
}

/** Why an indicator has the points that it begins with. */
const LISTED = '年度清单';

export const firstDay = (year: number): LocalDate => localDate(`${year}-01-01`);

const keyOf = ({ unit_id, name, sub_target }: IndicatorFacts): string =>
  JSON.stringify([unit_id, name, sub_target]);

/** Who had a number keeps it unless the file gives another one; new ones follow the highest. */
async function withNumbers(
  tx: Tx,
  year: number,
  indicators: readonly IndicatorFacts[],
  before: ReadonlyMap<string, ListedIndicator>,
): Promise<(IndicatorFacts & { readonly number: string })[]> {
  const given = new Set(indicators.flatMap(({ number }) => number ?? []));
  const kept = indicators.map((facts) => {
    const old = before.get(keyOf(facts))?.number;
    return { ...facts, number: facts.number ?? (old === undefined || given.has(old) ? null : old) };
  });
  const numbers = await drawNumbers(tx, year, kept.filter(({ number }) => number === null).length, given);
  return kept.map(({ number, ...facts }) => ({ ...facts, number: number ?? numbers.shift() ?? '' }));
}

/** As many numbers as are asked for, none of them one that somebody gave. */
export async function drawNumbers(
  tx: Tx,
  year: number,
  count: number,
  given: ReadonlySet<string> = new Set(),
): Promise<string[]> {
  const highest = Math.max(0, ...[...given].map((number) => Number(number.split('〕')[1] ?? 0)));
  if (count === 0 && highest === 0) return [];
  const { last } = await tx
    .insertInto('number_series')
    .values({ kind: 'indicator', year, last: highest + count })
    .onConflict((conflict) =>
      conflict
        .columns(['kind', 'year'])
        .doUpdateSet({ last: sql`greatest(number_series.last, ${highest}) + ${count}` }),
    )
    .returning('last')
    .executeTakeFirstOrThrow();
  return Array.from({ length: count }, (_, index) => numberOf(year, last - count + 1 + index));
}

const removeIndicators = async (tx: Tx, ids: readonly string[]) => {
  if (ids.length === 0) return;
  await sql`delete from indicator where id = any(${ids}::uuid[])`.execute(tx);
};

const columnTypes = `id uuid, year int, number text, unit_id uuid, kind text, theme text, name text,
  sub_target text, source_level text, source_document text, measure text, direction text,
  value_kind text, baseline_value numeric, level_targets jsonb, target_value numeric, target_level text, is_stretch boolean,
  tags text[], reporter_id uuid, direct_lead_id uuid, contact_person_id uuid, responsible_office text,
  period_kind text, plan jsonb, evidence_rule text, warning_policy text, progress_policy text, origin text,
  effective_from date, promoted_from uuid`;
const columnNames = columnTypes.split(',').map((column) => column.trim().split(' ')[0] ?? '');
const listed = sql.raw(columnNames.join(', '));

type NewIndicator = ListedIndicator & { readonly promoted_from?: string | null };

/** The row as the table has it: R-015 the target that holds is written out. */
function rowOf(year: number, { points: _, promoted_from = null, ...facts }: NewIndicator) {
  const won = winningTarget(facts.level_targets, facts.direction);
  if (won === null) throw new RangeError('an indicator without a target was not checked');
  return { ...facts, year, promoted_from, target_value: won.value, target_level: won.level };
}

/** Several thousand at once: the statement's text is the same for any number. */
export async function insertIndicators(tx: Tx, year: number, rows: readonly NewIndicator[]): Promise<void> {
  for (const batch of batches(rows)) {
    await sql`
      insert into indicator (${listed})
      select ${listed} from ${recordset(
        batch.map((row) => rowOf(year, row)),
        columnTypes,
      )}`.execute(tx);
  }
}

async function updateIndicators(tx: Tx, rows: readonly ListedIndicator[]): Promise<void> {
  if (rows.length === 0) return;
  // Two may have exchanged their numbers: nobody holds one while they are handed on.
  await sql`
    update indicator set number = indicator.id::text
    from ${recordset(
      rows.map(({ id, number }) => ({ id, number })),
      'id uuid, number text',
    )}
    where indicator.id = new.id and indicator.number <> new.number`.execute(tx);
  for (const batch of batches(rows)) await updateFacts(tx, batch);
}

const changeable = columnNames.filter((name) => !['id', 'year', 'unit_id', 'promoted_from'].includes(name));
const assignments = sql.raw(changeable.map((name) => `${name} = new.${name}`).join(', '));

/** One draft indicator or many become what is said here. */
export async function updateFacts(tx: Tx, rows: readonly ListedIndicator[]): Promise<void> {
  await sql`
    update indicator set ${assignments}, version = indicator.version + 1
    from ${recordset(
      rows.map((row) => rowOf(0, row)),
      columnTypes,
    )}
    where indicator.id = new.id`.execute(tx);
}

type WeightOrigin = {
  readonly reason: string;
  readonly change_id: string | null;
  readonly proposed_by: string;
  readonly approved_by: string | null;
};

export async function insertWeights(
  tx: Tx,
  rows: readonly { readonly id: string; readonly points: Decimal; readonly effective_from: LocalDate }[],
  { reason, change_id, proposed_by, approved_by }: WeightOrigin,
): Promise<void> {
  if (rows.length === 0) return;
  const weights = rows.map(({ id, points, effective_from }) => ({ id, points, from_date: effective_from }));
  await sql`
    insert into indicator_weight (indicator_id, from_date, nth, points, reason, change_id, proposed_by, approved_by)
    select new.id, new.from_date,
           1 + (select count(*) from indicator_weight earlier
                 where earlier.indicator_id = new.id and earlier.from_date = new.from_date),
           new.points, ${reason}, ${change_id}::uuid, ${proposed_by}::uuid, ${approved_by}::uuid
    from ${recordset(weights, 'id uuid, from_date date, points numeric')}`.execute(tx);
}

/** Of a draft: what it begins with is not history yet. */
export async function correctWeights(
  tx: Tx,
  rows: readonly { readonly id: string; readonly points: Decimal }[],
  { proposed_by, reason }: { readonly proposed_by: string; readonly reason: string },
): Promise<void> {
  if (rows.length === 0) return;
  await sql`
    update indicator_weight w set points = new.points, proposed_by = ${proposed_by}::uuid, reason = ${reason}
    from ${recordset(
      rows.map(({ id, points }) => ({ id, points })),
      'id uuid, points numeric',
    )}
    where w.indicator_id = new.id and w.points <> new.points`.execute(tx);
}

/** A statement's parameter is held several times over while it is written and read. */
const ROWS_PER_STATEMENT = 1_000;

function* batches<T>(rows: readonly T[]): Generator<T[]> {
  for (let from = 0; from < rows.length; from += ROWS_PER_STATEMENT) {
    yield rows.slice(from, from + ROWS_PER_STATEMENT);
  }
}

/**
 * The draft becomes the year's list. What it must fulfil was checked in the same transaction
 * (`draftFaults`); from then on it changes by confirmed changes only.
 */
export async function markReleased(
  tx: Tx,
  year: number,
  { account_id, at }: { readonly account_id: string; readonly at: Instant },
): Promise<void> {
  await listTables(tx)
    .updateTable('annual_list')
    .set((eb) => ({
      stage: 'released',
      released_at: stamp(at),
      released_by: account_id,
      version: eb('version', '+', 1),
    }))
    .where('year', '=', year)
    .where('stage', '=', 'draft')
    .execute();
}

export type ThemeRow = AnnualListTables['theme'];

export const themes = (db: Db | Tx): Promise<ThemeRow[]> =>
  listTables(db).selectFrom('theme').selectAll().orderBy('position').execute();
