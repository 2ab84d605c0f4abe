/** The released lists against their tasks: each indicator has one, and it weighs there what it weighs in the list. */
import { sql } from 'kysely';
import { HOUR, later, localDateOf, officeTime, type Instant, type LocalDate } from '../domain/time.ts';
import { decimalOf } from './annual-list.ts';
import { when, type Db } from './client.ts';
import { endedStages } from './things.ts';

/** A release that goes on writes its next tasks within seconds: so long without any, and it stands [D]. */
const RELEASE_GRACE = HOUR;

export async function listFaults(db: Db, at: Instant): Promise<string[]> {
  const byNow = later(at, -RELEASE_GRACE);
  return [
    ...(await withoutTasks(db, byNow)),
    ...(await standingReleases(db, byNow)),
    ...(await otherWeights(db, at)),
  ];
}

/** While a release is under way, or paused, there are such: then its standing still is the fault. */
async function withoutTasks(db: Db, byNow: Instant): Promise<string[]> {
  const { rows } = await sql<{ year: number; lacking: number; first: string }>`
    select list.year, count(*)::int as lacking, min(indicator.number) as first
      from annual_list list
      join indicator on indicator.year = list.year
      left join list_release release on release.year = list.year
     where list.stage = 'released' and coalesce(release.stage, 'released') = 'released'
       and coalesce(release.ended_at, list.released_at) < ${when(byNow)}
       and not exists (select from indicator_task task where task.id = indicator.id)
     group by list.year
     order by list.year`.execute(db);
  return rows.map(
    ({ year, lacking, first }) => `${year}年度清单已下达，仍有${lacking}项指标没有任务，例如${first}`,
  );
}

/** The last sign of life: it began, a task was written, or a change came for it to tell. */
async function standingReleases(db: Db, byNow: Instant): Promise<string[]> {
  const { rows } = await sql<{ year: number; moved_at: Instant }>`
    select year, moved_at
      from (select year,
                   greatest(coalesce(measured_from, begun_at),
                            (select max(created_at) from indicator_task task where task.year = release.year),
                            (select max(confirmed_at) from weight_change change where change.year = release.year)
                   ) as moved_at
              from list_release release
             where stage = 'releasing') under_way
     where moved_at < ${when(byNow)}
     order by year`.execute(db);
  return rows.map(
    ({ year, moved_at }) => `${year}年度清单的下达自${officeTime(moved_at)}起没有进展，也没有暂停`,
  );
}

type OtherWeight = {
  readonly number: string;
  readonly date: LocalDate;
  readonly listed: string;
  readonly known: string;
};

/**
 * On this day and on every later one that brings another weight. What a release under way has still to tell is no
 * fault; nor is what came to a task after its end, which is told of nothing any more.
 */
async function otherWeights(db: Db, at: Instant): Promise<string[]> {
  const today = sql`${localDateOf(at)}::date`;
  const { rows } = await sql<OtherWeight>`
    with task as (
      select task.id, task.number, task.state -> 'weights' as weights, task.state -> 'facts' ->> 'points' as points
        from indicator_task task join list_release release on release.year = task.year
       where release.stage = 'released' and task.stage not in (${sql.join(endedStages)})
    ), day as (
      select id, ${today} as date from task
       union
      select indicator_id, from_date from indicator_weight where from_date > ${today}
       union
      select id, from_date from task cross join lateral ${toldOf} where from_date > ${today}
    )
    select distinct on (task.number) task.number, day.date, listed.points as listed, known.points as known
      from task
      join day on day.id = task.id
      join lateral (select points from indicator_weight weight
                     where weight.indicator_id = task.id and weight.from_date <= day.date
                     order by from_date desc, nth desc limit 1) listed on true
      join lateral (select coalesce((select told.points from ${toldOf} where from_date <= day.date
                                      order by from_date desc, nth desc limit 1),
                                    task.points)::numeric as points) known on true
     where listed.points <> known.points
     order by task.number, day.date`.execute(db);
  return rows.map(
    ({ number, date, listed, known }) =>
      `${number}：${date}的分值，清单上是${decimalOf(listed)}，任务里是${decimalOf(known)}`,
  );
}

/** What a task was told, in that order: of two weights for one day the one that came later holds. */
const toldOf = sql`
  (select version ->> 'points' as points, (version ->> 'effective_from')::date as from_date, nth
     from jsonb_array_elements(task.weights) with ordinality as versions(version, nth)) told`;
