/** The numbers of a dashboard, each from one query over what people read. */
import { sql, type RawBuilder } from 'kysely';
import type { Instant } from '../domain/time.ts';
import type { SourceLevel } from '../domain/vocabulary.ts';
import { when, type Db } from './client.ts';
import type { Scope } from './supervision-items.ts';
import { endedStages } from './things.ts';

/** Open tasks by the card that they show, and how the others have ended. */
export type TaskCounts = {
  readonly tasks: number;
  readonly open: number;
  readonly bell: number;
  readonly yellow_card: number;
  readonly red_card: number;
  readonly completed: number;
  readonly not_completed: number;
};

export type UnitStatistics = TaskCounts & {
  readonly unit_id: string;
  readonly unit_name: string;
  readonly items_assigned: number;
  readonly items_closed_on_time: number;
  readonly items_closed_late: number;
  readonly items_open_late: number;
  readonly extensions: number;
};

/** The tasks of a year by something, counted once for each stage and card: there are few of those. */
const tallied = (by: RawBuilder<unknown>, year: number, scope: Scope, joined = sql``) => sql`
  (select ${by}, indicator_task.stage, indicator_task.card, count(*) as tallied
     from indicator_task ${joined}
    where indicator_task.year = ${year} and indicator_task.started_at is not null
      and indicator_task.stage <> 'withdrawn' and ${withinScope(sql`indicator_task.unit_id`, scope)}
    group by ${by}, indicator_task.stage, indicator_task.card) tally`;

const summed = (which: RawBuilder<unknown>) => sql`coalesce(sum(tallied) filter (where ${which}), 0)::int`;

const isOpen = sql`stage not in (${sql.join(endedStages)})`;

const counts = sql`
  sum(tallied)::int as tasks,
  ${summed(isOpen)} as open,
  ${summed(sql`${isOpen} and card = 'bell'`)} as bell,
  ${summed(sql`${isOpen} and card = 'yellow_card'`)} as yellow_card,
  ${summed(sql`${isOpen} and card = 'red_card'`)} as red_card,
  ${summed(sql`stage = 'completed'`)} as completed,
  ${summed(sql`stage = 'not_completed'`)} as not_completed`;

/** As a range, which an index can find. */
const inYear = (column: RawBuilder<unknown>, year: number): RawBuilder<boolean> => sql<boolean>`
  ${column} >= make_timestamptz(${year}, 1, 1, 0, 0, 0) and ${column} < make_timestamptz(${year} + 1, 1, 1, 0, 0, 0)`;

/** Of the units of this scope. */
export const withinScope = (column: RawBuilder<unknown>, scope: Scope): RawBuilder<boolean> =>
  scope.all ? sql<boolean>`true` : sql<boolean>`${column} = any(${sql.val([...scope.lead])}::uuid[])`;

/**
 * Of an open item. While its review lasts it is judged by the moment at which its end was asked for, as it will be
 * when it is closed; while it is paused its clock stands where it was stopped.
 */
const isLate = (at: Instant): RawBuilder<boolean> => sql<boolean>`due_at <= case
  when stage = 'review_rating' then to_timestamp((state -> 'request' ->> 'at')::numeric / 1000)
  when state -> 'paused' ->> 'on' is not null then (state -> 'paused' ->> 'on')::date::timestamptz
  else ${when(at)} end`;

/** The tasks of a year; items belong to the year in which they were listed. */
export async function byUnit(
  db: Db,
  year: number,
  scope: Scope,
  at: Instant,
): Promise<readonly UnitStatistics[]> {
  const { rows } = await sql<UnitStatistics>`
    with of_tasks as (
      select unit_id, ${counts} from ${tallied(sql`indicator_task.unit_id`, year, scope)} group by unit_id
    ), of_items as (
      select lead_unit_id as unit_id,
             count(*)::int as items_assigned,
             count(*) filter (where stage = 'closed' and (state ->> 'on_time')::boolean)::int as items_closed_on_time,
             count(*) filter (where stage = 'closed' and not (state ->> 'on_time')::boolean)::int as items_closed_late,
             count(*) filter (where stage <> 'closed' and ${isLate(at)})::int as items_open_late,
             sum((state ->> 'extensions')::int)::int as extensions
        from supervision_item
       where ${inYear(sql`created_at`, year)} and started_at is not null
         and stage not in ('list_making', 'withdrawn') and ${withinScope(sql`lead_unit_id`, scope)}
       group by lead_unit_id
    )
    select unit.id as unit_id, unit.name as unit_name,
           coalesce(tasks, 0) as tasks, coalesce(open, 0) as open, coalesce(bell, 0) as bell,
           coalesce(yellow_card, 0) as yellow_card, coalesce(red_card, 0) as red_card,
           coalesce(completed, 0) as completed, coalesce(not_completed, 0) as not_completed,
           coalesce(items_assigned, 0) as items_assigned,
           coalesce(items_closed_on_time, 0) as items_closed_on_time,
           coalesce(items_closed_late, 0) as items_closed_late,
           coalesce(items_open_late, 0) as items_open_late, coalesce(extensions, 0) as extensions
      from unit
      left join of_tasks on of_tasks.unit_id = unit.id
      left join of_items on of_items.unit_id = unit.id
     where of_tasks.unit_id is not null or of_items.unit_id is not null
     order by unit.code`.execute(db);
  return rows;
}

export type ThemeStatistics = TaskCounts & { readonly theme: string | null; readonly theme_name: string };

/** R-012: the common themes in their order, then what belongs to none. */
export async function byTheme(db: Db, year: number, scope: Scope): Promise<readonly ThemeStatistics[]> {
  const { rows } = await sql<ThemeStatistics>`
    select theme.code as theme, coalesce(theme.name, '个性指标') as theme_name, ${counts}
      from ${tallied(sql`indicator_task.theme`, year, scope)} left join theme on theme.code = tally.theme
     group by theme.code, theme.name, theme.position
     order by theme.position nulls last`.execute(db);
  return rows;
}

export type LevelStatistics = TaskCounts & { readonly source_level: SourceLevel };

/** R-005: by the level that the indicator comes from. */
export async function byLevel(db: Db, year: number, scope: Scope): Promise<readonly LevelStatistics[]> {
  const { rows } = await sql<LevelStatistics>`
    select source_level, ${counts}
      from ${tallied(sql`indicator.source_level`, year, scope, sql`join indicator on indicator.id = indicator_task.id`)}
     group by source_level
     order by array_position(array['central', 'provincial', 'prefectural', 'municipal', 'unit'], source_level)
  `.execute(db);
  return rows;
}

export type MonthStatistics = {
  readonly month: string;
  readonly bell: number;
  readonly yellow_card: number;
  readonly red_card: number;
  readonly items_closed: number;
  readonly items_closed_on_time: number;
};

/** A moment at 24:00 belongs to the day that ends there. */
const dayOf = sql`moment - interval '1 millisecond'`;

/**
 * Cards given to units, each by its own moment however late an outage has made it, and items struck off, month by
 * month. A repeat reminds of a red card; it is not another one.
 */
export async function byMonth(db: Db, year: number, scope: Scope): Promise<readonly MonthStatistics[]> {
  const { rows } = await sql<MonthStatistics>`
    with given as (
      select extract(month from ${dayOf})::int as month,
             count(*) filter (where level = 'bell')::int as bell,
             count(*) filter (where level = 'yellow_card')::int as yellow_card,
             count(*) filter (where level = 'red_card')::int as red_card
        from warning
       where ${inYear(dayOf, year)}
         -- None is given before its moment, and an index finds them by this.
         and at >= make_timestamptz(${year}, 1, 1, 0, 0, 0)
         and chain = 'undertaking' and repeat = 0 and ${isOfScope(scope)}
       group by 1
    ), closed as (
      select extract(month from at)::int as month,
             count(*)::int as items_closed,
             count(*) filter (where (body ->> 'on_time')::boolean)::int as items_closed_on_time
        from process_event
       where thing_kind = 'supervision_item' and type = 'closed' and ${inYear(sql`at`, year)} and ${isOfScope(scope)}
       group by 1
    )
    select to_char(make_date(${year}, month, 1), 'YYYY-MM') as month,
           coalesce(bell, 0) as bell, coalesce(yellow_card, 0) as yellow_card, coalesce(red_card, 0) as red_card,
           coalesce(items_closed, 0) as items_closed,
           coalesce(items_closed_on_time, 0) as items_closed_on_time
      from generate_series(1, 12) as months(month)
      left join given using (month)
      left join closed using (month)
     order by month`.execute(db);
  return rows;
}

/** Of a thing that a row of another table names. */
const isOfScope = (scope: Scope): RawBuilder<boolean> =>
  scope.all
    ? sql<boolean>`true`
    : sql<boolean>`thing_id in (
        select id from supervision_item where ${withinScope(sql`lead_unit_id`, scope)}
         union all
        select id from indicator_task where ${withinScope(sql`unit_id`, scope)})`;
