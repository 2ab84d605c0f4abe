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

const counts = sql`
  count(*)::int as tasks,
  count(*) filter (where stage not in (${sql.join(endedStages)}))::int as open,
  count(*) filter (where stage not in (${sql.join(endedStages)}) and card = 'bell')::int as bell,
  count(*) filter (where stage not in (${sql.join(endedStages)}) and card = 'yellow_card')::int as yellow_card,
  count(*) filter (where stage not in (${sql.join(endedStages)}) and card = 'red_card')::int as red_card,
  count(*) filter (where stage = 'completed')::int as completed,
  count(*) filter (where stage = 'not_completed')::int as not_completed`;

const withinScope = (column: RawBuilder<unknown>, scope: Scope): RawBuilder<boolean> =>
  scope.all ? sql<boolean>`true` : sql<boolean>`${column} = any(${sql.val([...scope.lead])}::uuid[])`;

/** The tasks of a year; items belong to the year in which they were listed. */
export async function byUnit(
  db: Db,
  year: number,
  scope: Scope,
  at: Instant,
): Promise<readonly UnitStatistics[]> {
  const { rows } = await sql<UnitStatistics>`
    with of_tasks as (
      select unit_id, ${counts} from indicator_task
       where year = ${year} and started_at is not null and stage <> 'withdrawn'
       group by unit_id
    ), of_items as (
      select lead_unit_id as unit_id,
             count(*)::int as items_assigned,
             count(*) filter (where stage = 'closed' and (state ->> 'on_time')::boolean)::int as items_closed_on_time,
             count(*) filter (where stage = 'closed' and not (state ->> 'on_time')::boolean)::int as items_closed_late,
             count(*) filter (where stage <> 'closed' and due_at < ${when(at)})::int as items_open_late,
             sum((state ->> 'extensions')::int)::int as extensions
        from supervision_item
       where extract(year from created_at) = ${year} and started_at is not null
         and stage not in ('list_making', 'withdrawn')
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
     where (of_tasks.unit_id is not null or of_items.unit_id is not null)
       and ${withinScope(sql`unit.id`, scope)}
     order by unit.code`.execute(db);
  return rows;
}

export type ThemeStatistics = TaskCounts & { readonly theme: string | null; readonly theme_name: string };

/** R-012: the common themes in their order, then what belongs to none. */
export async function byTheme(db: Db, year: number, scope: Scope): Promise<readonly ThemeStatistics[]> {
  const { rows } = await sql<ThemeStatistics>`
    select theme.code as theme, coalesce(theme.name, '个性指标') as theme_name, ${counts}
      from indicator_task left join theme on theme.code = indicator_task.theme
     where year = ${year} and started_at is not null and stage <> 'withdrawn'
       and ${withinScope(sql`unit_id`, scope)}
     group by theme.code, theme.name, theme.position
     order by theme.position nulls last`.execute(db);
  return rows;
}

export type LevelStatistics = TaskCounts & { readonly source_level: SourceLevel };

/** R-005: by the level that the indicator comes from. */
export async function byLevel(db: Db, year: number, scope: Scope): Promise<readonly LevelStatistics[]> {
  const { rows } = await sql<LevelStatistics>`
    select indicator.source_level, ${counts}
      from indicator_task join indicator on indicator.id = indicator_task.id
     where indicator_task.year = ${year} and started_at is not null and stage <> 'withdrawn'
       and ${withinScope(sql`indicator_task.unit_id`, scope)}
     group by indicator.source_level
     order by array_position(array['central', 'provincial', 'prefectural', 'municipal', 'unit'], indicator.source_level)
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

/** Cards given to units, and items struck off, month by month. A repeat reminds of a red card; it is not another one. */
export async function byMonth(db: Db, year: number, scope: Scope): Promise<readonly MonthStatistics[]> {
  const { rows } = await sql<MonthStatistics>`
    with thing as (
      select id, lead_unit_id as unit_id from supervision_item
       union all
      select id, unit_id from indicator_task
    ), given as (
      select extract(month from warning.at)::int as month, level
        from warning join thing on thing.id = warning.thing_id
       where extract(year from warning.at) = ${year} and chain = 'undertaking' and repeat = 0
         and ${withinScope(sql`thing.unit_id`, scope)}
    ), closed as (
      select extract(month from process_event.at)::int as month, (process_event.body ->> 'on_time')::boolean as on_time
        from process_event join thing on thing.id = process_event.thing_id
       where thing_kind = 'supervision_item' and type = 'closed' and extract(year from process_event.at) = ${year}
         and ${withinScope(sql`thing.unit_id`, scope)}
    )
    select to_char(make_date(${year}, month, 1), 'YYYY-MM') as month,
           (select count(*)::int from given where given.month = months.month and level = 'bell') as bell,
           (select count(*)::int from given where given.month = months.month and level = 'yellow_card') as yellow_card,
           (select count(*)::int from given where given.month = months.month and level = 'red_card') as red_card,
           (select count(*)::int from closed where closed.month = months.month) as items_closed,
           (select count(*)::int from closed where closed.month = months.month and on_time) as items_closed_on_time
      from generate_series(1, 12) as months(month)
     order by months.month`.execute(db);
  return rows;
}
