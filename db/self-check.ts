/** once a week whoever reports is reminded of what is open. */
import { sql } from 'kysely';
import { isWorkingDay } from '../domain/calendar.ts';
import { isRefusal } from '../domain/refusal.ts';
import { addDays, localDateOf, type Instant, type LocalDate } from '../domain/time.ts';
import { loadCalendar } from './calendar.ts';
import type { Db, Tx } from './client.ts';
import { tellAll, type Audience } from './notifications.ts';
import type { Thing } from './process-event.ts';
import { recordset } from './recordset.ts';
import { stillOf } from './still-of.ts';
import { endedStages } from './things.ts';

/** A week without a working day has no reminder. An unknown year's days are not known to be off. */
export async function isWorkingWeek(db: Db, week: LocalDate): Promise<boolean> {
  const calendar = await loadCalendar(db);
  return [0, 1, 2, 3, 4, 5, 6].some((day) => {
    const working = isWorkingDay(calendar, addDays(week, day));
    return isRefusal(working) || working;
  });
}

type Reminded = Omit<Audience, 'reviewed'> & {
  readonly reporter_id: string;
  readonly kind: Thing['kind'];
  readonly id: string;
  readonly version: number;
  readonly due_at: Instant | null;
};

/**
 * Whoever reports on something open and has not been reminded this week, with what of theirs is due first:
 * that is what the message names. Later than this week's end nobody is reminded of it any more.
 * @returns how many were reminded now.
 */
export async function remindOfSelfCheck(db: Db, week: LocalDate, at: Instant): Promise<number> {
  return db.transaction().execute(async (tx) => {
    const reporters = await reportersWithOpenThings(tx, localDateOf(at));
    const fresh = await firstTime(
      tx,
      week,
      reporters.map(({ reporter_id }) => reporter_id),
    );
    const told = reporters
      .filter(({ reporter_id }) => fresh.has(reporter_id))
      .map(({ kind, id, version, due_at, lead_unit_id, office_unit_id, officer_id, people }) => ({
        thing: { kind, id },
        event_version: version,
        audience: { lead_unit_id, office_unit_id, officer_id, reviewed: null, people },
        telling: {
          level: 'notice' as const,
          chain: 'undertaking' as const,
          role: 'reporter' as const,
          key: `weekly_self_check/${week}`,
        },
        warning_id: null,
        due: due_at,
        at,
      }));
    if (told.length > 0) await tellAll(tx, told);
    return told.length;
  });
}

async function reportersWithOpenThings(tx: Tx, today: LocalDate): Promise<readonly Reminded[]> {
  const named = sql`(people ->> 'reporter')::uuid`;
  const hasNotLeft = stillOf({
    person_id: named,
    unit_id: sql`open.lead_unit_id`,
    today: sql`${today}::date`,
  });
  const { rows } = await sql<Reminded>`
    with open as (
      select 'supervision_item' as kind, id, version, lead_unit_id, office_unit_id, officer_id, due_at,
             coalesce(state -> 'people', '{}') as people
        from supervision_item
       where stage not in (${sql.join(endedStages)}) and state is not null and started_at is not null
      union all
      select 'indicator_task', id, version, unit_id, office_unit_id, officer_id, due_at,
             coalesce(state -> 'people', '{}')
        from indicator_task
       where stage not in (${sql.join(endedStages)}) and started_at is not null),
    on_duty as (
      select distinct on (unit.id) unit.id as unit_id, post.person_id
        from unit
       cross join lateral (
             select unit.id as stands_in, 0 as step
              union all
             select successor_id, step from unit_succession merged
              where merged.unit_id = unit.id and merged.from_date <= ${today}::date) place
        join post on post.unit_id = place.stands_in and post.role = 'reporter'
             and post.from_date <= ${today}::date and (post.to_date is null or post.to_date >= ${today}::date)
       order by unit.id, place.step, post.rank, post.from_date, post.id)
    select distinct on (reporter_id) *
      from (select open.*, coalesce(case when ${hasNotLeft} then ${named} end, on_duty.person_id) as reporter_id
              from open left join on_duty on on_duty.unit_id = open.lead_unit_id) asked
     where reporter_id is not null
     order by reporter_id, due_at nulls last, kind, id`.execute(tx);
  return rows;
}

async function firstTime(tx: Tx, week: LocalDate, people: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = people.map((person_id) => ({ person_id }));
  const inserted = await sql<{ person_id: string }>`
    insert into self_check_reminder (week, person_id)
    select ${week}::date, person_id from ${recordset(rows, 'person_id uuid')}
    on conflict do nothing
    returning person_id`.execute(tx);
  return new Set(inserted.rows.map(({ person_id }) => person_id));
}
