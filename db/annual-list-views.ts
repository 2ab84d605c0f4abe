/** The annual list as pages, checks and the release read it: one question, one query. */
import { sql } from 'kysely';
import { listFaults, type KnownForList, type ListFault } from '../domain/annual-list-checks.ts';
import type { IndicatorKind, Origin } from '../domain/annual-list.ts';
import type { Agreed } from '../domain/annual-list-task.ts';
import type { Decimal } from '../domain/decimal.ts';
import { knownForList, type KnownForAnnualList } from '../domain/import-annual-list-known.ts';
import { standardProgressPolicy } from '../domain/progress-policy.ts';
import { localDate, type LocalDate } from '../domain/time.ts';
import { itemPolicyNames, type SourceLevel } from '../domain/vocabulary.ts';
import { decimalOf, listedIndicators, themes } from './annual-list.ts';
import { listTables } from './annual-list-tables.ts';
import { loadCalendar } from './calendar.ts';
import type { Db, Tx } from './client.ts';
import { currentPolicies } from './policies.ts';
import { latestPolicies } from './policy-versions.ts';
import type { Scope } from './supervision-items.ts';

export type IndicatorFilters = {
  readonly year?: number;
  readonly unit_id?: string;
  readonly theme?: string;
  readonly kind?: IndicatorKind;
  readonly source_level?: SourceLevel;
  readonly target_level?: SourceLevel;
  readonly origin?: Origin;
  readonly number?: string;
};

/**
 * The weight on a day is the latest version that begins by then, and of two for one day the one confirmed later;
 * before an indicator is in force there is none.
 */
const indicators = (db: Db | Tx, on: LocalDate) =>
  listTables(db)
    .selectFrom('indicator')
    .innerJoin('unit', 'unit.id', 'indicator.unit_id')
    .leftJoin('theme', 'theme.code', 'indicator.theme')
    .innerJoin('annual_list', 'annual_list.year', 'indicator.year')
    .innerJoin('person as reporter', 'reporter.id', 'indicator.reporter_id')
    .innerJoin('person as direct_lead', 'direct_lead.id', 'indicator.direct_lead_id')
    .innerJoin('person as contact_person', 'contact_person.id', 'indicator.contact_person_id')
    .leftJoinLateral(
      (eb) =>
        eb
          .selectFrom('indicator_weight as w')
          .select(['w.points', 'w.from_date', 'w.reason'])
          .whereRef('w.indicator_id', '=', 'indicator.id')
          .where('w.from_date', '<=', on)
          .orderBy('w.from_date', 'desc')
          .orderBy('w.nth', 'desc')
          .limit(1)
          .as('weight'),
      (join) => join.onTrue(),
    )
    .selectAll('indicator')
    .select([
      'annual_list.stage',
      'unit.name as unit_name',
      'theme.name as theme_name',
      'reporter.name as reporter_name',
      'direct_lead.name as direct_lead_name',
      'contact_person.name as contact_person_name',
      'weight.points as points',
      'weight.from_date as points_from',
      'weight.reason as points_reason',
    ]);

export const findIndicator = (db: Db | Tx, id: string, on: LocalDate) =>
  indicators(db, on).where('indicator.id', '=', id).executeTakeFirst();
export type IndicatorRow = NonNullable<Awaited<ReturnType<typeof findIndicator>>>;

/** By number; `after` is the number that the page before ended with. */
export function listIndicators(
  db: Db,
  scope: Scope,
  filters: IndicatorFilters,
  { on, limit, after }: { readonly on: LocalDate; readonly limit: number; readonly after: string | null },
): Promise<IndicatorRow[]> {
  let query = indicators(db, on);
  if (!scope.all) query = query.where(sql<boolean>`indicator.unit_id = any(${scope.lead}::uuid[])`);
  for (const [column, value] of Object.entries(filters)) {
    query = query.where(`indicator.${column as keyof IndicatorFilters}`, '=', value as never);
  }
  const by = sql`number_order(indicator.number)`;
  if (after !== null)
    query = query.where(sql<boolean>`(${by}, indicator.number) > (number_order(${after}), ${after})`);
  return query.orderBy(by).orderBy('indicator.number').limit(limit).execute();
}

/** Every version of an indicator's weight, the newest first. */
export const weightsOf = (db: Db, indicator_id: string) =>
  listTables(db)
    .selectFrom('indicator_weight')
    .select(['from_date', 'points', 'reason', 'change_id', 'proposed_by', 'approved_by'])
    .where('indicator_id', '=', indicator_id)
    .orderBy('from_date', 'desc')
    .orderBy('nth', 'desc')
    .execute();

export type UnitTotal = {
  readonly unit_id: string;
  readonly unit_name: string;
  readonly common: number;
  readonly individual: number;
  readonly dynamic: number;
  readonly points: Decimal;
  readonly missing_themes: readonly string[];
};

/** What each unit's list adds to on a day, and which of the year's seven themes it has nothing of. */
export async function unitTotals(
  db: Db | Tx,
  year: number,
  on: LocalDate,
  scope: Scope = { all: true },
): Promise<UnitTotal[]> {
  const { rows } = await sql<Omit<UnitTotal, 'points'> & { points: string }>`
    with in_force as (
      select indicator.unit_id, indicator.kind, origin, indicator.theme, weight.points
      from indicator
      join lateral (
        select points from indicator_weight w
        where w.indicator_id = indicator.id and w.from_date <= ${on}
        order by w.from_date desc, w.nth desc limit 1
      ) weight on true
      where year = ${year} and (${scope.all} or indicator.unit_id = any(${scope.all ? [] : scope.lead}::uuid[]))
    )
    select unit.id as unit_id, unit.name as unit_name,
      count(*) filter (where in_force.kind = 'common')::int as common,
      count(*) filter (where in_force.kind = 'individual')::int as individual,
      count(*) filter (where origin = 'dynamic')::int as dynamic,
      sum(points)::text as points,
      array(
        select code from theme
        where from_start
          and not exists (select from in_force own where own.unit_id = unit.id and own.theme = theme.code)
        order by position
      ) as missing_themes
    from in_force join unit on unit.id = in_force.unit_id
    group by unit.id
    order by unit.code`.execute(db);
  return rows.map((row) => ({ ...row, points: decimalOf(row.points) }));
}

/** What a list is checked against. @param this_year is the year of the day of checking. */
export async function knownForAnnualList(db: Db | Tx, this_year: number): Promise<KnownForAnnualList> {
  const units = await db
    .selectFrom('unit')
    .select(['id', 'code', 'name', 'short_name'])
    .select(
      sql<string[]>`array(select successor_id from unit_succession merged where merged.unit_id = unit.id)`.as(
        'successors',
      ),
    )
    .execute();
  const people = await db.selectFrom('person').select(['id', 'staff_no', 'name', 'unit_id']).execute();
  const { years } = await loadCalendar(db);
  const names: Readonly<Record<string, string>> = itemPolicyNames;
  const released = await listTables(db)
    .selectFrom('annual_list')
    .select('year')
    .where('stage', '=', 'released')
    .execute();
  return {
    units,
    people,
    themes: await themes(db),
    warning_policies: Object.keys(await currentPolicies(db)).map((code) => ({
      code,
      name: names[code] ?? code,
    })),
    progress_policies: (await latestPolicies(db, 'progress')).map(({ policy: { name: code } }) => ({
      code,
      name: code === standardProgressPolicy.name ? '标准' : code,
    })),
    calendar_years: Object.keys(years).map(Number),
    this_year,
    released_years: released.map(({ year }) => year),
    numbers: await listTables(db).selectFrom('indicator').select(['number', 'unit_id', 'year']).execute(),
  };
}

export const knownOfYear = async (db: Db | Tx, year: number): Promise<KnownForList> =>
  knownForList(year, await knownForAnnualList(db, year));

export type DraftFault = ListFault & { readonly indicator_id: string | null; readonly number: string | null };

/** What keeps a draft from being released; empty when it is ready. */
export async function draftFaults(
  db: Db | Tx,
  year: number,
  scope: Scope = { all: true },
): Promise<DraftFault[]> {
  const list = await listedIndicators(db, year, scope.all ? {} : { units: scope.lead });
  return listFaults(list, await knownOfYear(db, year)).map((fault) => {
    const one = fault.index === null ? undefined : list[fault.index];
    return { ...fault, indicator_id: one?.id ?? null, number: one?.number ?? null };
  });
}

/**
 * What the processes of indicators start with, in the order of their numbers: what was agreed, and what it weighs
 * from its first day. What two people have changed since, and why, is told to the process afterwards. Of a list in
 * any stage: releasing checks and marks it first (`draftFaults`, `markReleased`).
 */
export async function indicatorsToRelease(
  db: Db | Tx,
  year: number,
  which: { readonly ids: readonly string[] } | { readonly all: true },
): Promise<readonly Agreed[]> {
  const rows = await listTables(db)
    .selectFrom('indicator')
    .select(['id', 'target_value', 'target_level'])
    .where('year', '=', year)
    .$if('ids' in which, (query) =>
      query.where(sql<boolean>`id = any(${sql.val('ids' in which ? [...which.ids] : [])}::uuid[])`),
    )
    .execute();
  const targets = new Map(rows.map((row) => [row.id, row]));
  const list = await listedIndicators(db, year, { ids: [...targets.keys()], version: 'first' });
  return list.flatMap((one) => {
    const row = targets.get(one.id);
    if (row === undefined) return [];
    return [{ ...one, year, target: { level: row.target_level, value: decimalOf(row.target_value) } }];
  });
}

/** The day on which a year's weights are shown when nobody names one: today, within the year. */
export function shownDay(year: number, today: LocalDate): LocalDate {
  const first = localDate(`${year}-01-01`);
  const last = localDate(`${year}-12-31`);
  return today < first ? first : today > last ? last : today;
}
