/** How far a list's release has come, and what it works through: the indicators that have no task yet. */
import { randomUUID } from 'node:crypto';
import { sql, type RawBuilder } from 'kysely';
import type { Calendar } from '../domain/calendar.ts';
import { taskFactsOf } from '../domain/annual-list-task.ts';
import { cardOf, create, evolveAll, indicatorTask, type Event } from '../domain/indicator-task.ts';
import type { Progress } from '../domain/list-release.ts';
import type { Actor } from '../domain/process.ts';
import { isRefusal } from '../domain/refusal.ts';
import { localDateOf, yearOf, type Instant } from '../domain/time.ts';
import { indicatorsToRelease } from './annual-list-views.ts';
import { loadCalendar } from './calendar.ts';
import { stamp, type Db, type Tx } from './client.ts';
import type { Birth } from './indicator-task.ts';
import { currentIndicatorRules, taskPolicies } from './policies.ts';
import { recordset } from './recordset.ts';

export type Release = Progress & {
  readonly id: string;
  readonly year: number;
  /** How many indicators have a task, whether it runs or not. */
  readonly written: number;
  readonly released_by: Actor;
  readonly begun_at: Instant;
  readonly ended_at: Instant | null;
};

export async function releaseOf(db: Db | Tx, year: number): Promise<Release | null> {
  const { rows } = await sql<Release>`
    select year, id, stage, released_by, begun_at, ended_at,
           coalesce(measured_from, begun_at) as measured_from, started_before,
           (select count(*)::int from indicator where indicator.year = list_release.year) as total,
           (select count(*)::int from indicator_task task where task.year = list_release.year) as written,
           ${running} as started,
           (select count(*)::int from refused_birth birth
             where birth.year = list_release.year and ${isWithoutTask(sql`birth.indicator_id`)}) as refused
      from list_release where year = ${year}`.execute(db);
  return rows[0] ?? null;
}

const running = sql<number>`(select count(*)::int from indicator_task task
             where task.year = list_release.year and task.started_at is not null)`;

const isWithoutTask = (id: RawBuilder<unknown>) =>
  sql<boolean>`not exists (select from indicator_task task where task.id = ${id})`;

/**
 * Begun, or begun once more: indicators have come during the year, and what was refused is tried again. One that is
 * paused stays so until somebody resumes it.
 */
export async function beginRelease(tx: Tx, year: number, { by, at }: Circumstances): Promise<void> {
  await sql`delete from refused_birth where year = ${year}`.execute(tx);
  await sql`
    insert into list_release (year, id, stage, released_by, begun_at, measured_from)
    values (${year}, ${randomUUID()}, 'releasing', ${JSON.stringify(by)}, ${stamp(at)}, ${stamp(at)})
    on conflict (year) do update
       set stage = 'releasing', begun_at = excluded.begun_at, ended_at = null,
           measured_from = excluded.measured_from, started_before = ${running}
     where list_release.stage = 'released'`.execute(tx);
}

/** What has ended is not paused any more, whoever was quicker. */
export const pauseRelease = (db: Db, year: number) =>
  sql`update list_release set stage = 'paused' where year = ${year} and stage = 'releasing'`.execute(db);

/** How fast it is, is measured from now on. */
export const resumeRelease = (db: Db, year: number, at: Instant) =>
  sql`
    update list_release set stage = 'releasing', measured_from = ${stamp(at)}, started_before = ${running}
     where year = ${year} and stage = 'paused'`.execute(db);

/** What was begun and has not ended, whether or not its process lives. */
export const releasesUnderWay = (db: Db) =>
  db
    .selectFrom('list_release')
    .select(['id', 'year', 'stage', 'released_by'])
    .where('stage', '<>', 'released')
    .execute();

/** @returns false when there is still something to do: it came while the release was about to end. */
export async function endRelease(db: Db, year: number, at: Instant): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    await sql`select from list_release where year = ${year} for update`.execute(tx);
    const { rows } = await sql<{ left: boolean }>`
      select exists (select from indicator where ${toBegin(year)})
          or exists (select from indicator_task where year = ${year} and started_at is null)
          or exists (select from weight_change where year = ${year} and state = 'confirmed' and not told) as left`.execute(
      tx,
    );
    if (rows[0]?.left === true) return false;
    await sql`
      update list_release set stage = 'released', ended_at = ${stamp(at)} where year = ${year}`.execute(tx);
    return true;
  });
}

/** Has no task yet, and was not refused one since the release began. */
const toBegin = (year: number) => sql<boolean>`
  indicator.year = ${year} and ${isWithoutTask(sql`indicator.id`)}
  and not exists (select from refused_birth where indicator_id = indicator.id)`;

/** Indicators without a task, in the order of their numbers. */
export async function withoutTask(db: Db, year: number, limit: number): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from indicator where ${toBegin(year)} order by number limit ${limit}`.execute(db);
  return rows.map(({ id }) => id);
}

export type Refused = {
  readonly indicator_id: string;
  readonly number: string;
  /** Chinese. */
  readonly why: string;
};

/** Kept until the list is released once more: whoever looks at the release sees what it goes on without. */
export async function keepRefused(
  db: Db,
  year: number,
  refused: readonly Refused[],
  at: Instant,
): Promise<void> {
  if (refused.length === 0) return;
  await sql`
    insert into refused_birth (indicator_id, year, why, at)
    select indicator_id, ${year}, why, ${stamp(at)} from ${recordset(refused, 'indicator_id uuid, why text')}
    on conflict do nothing`.execute(db);
}

export async function refusedOf(db: Db, year: number, limit: number): Promise<readonly Refused[]> {
  const { rows } = await sql<Refused>`
    select indicator.id as indicator_id, indicator.number, why
      from refused_birth birth join indicator on indicator.id = birth.indicator_id
     where birth.year = ${year} and ${isWithoutTask(sql`indicator.id`)}
     order by indicator.number
     limit ${limit}`.execute(db);
  return rows;
}

export type Circumstances = { readonly by: Actor; readonly at: Instant };

export type Births = {
  readonly births: readonly Birth[];
  readonly refused: readonly Refused[];
  readonly calendar: Calendar;
};

/** The first event of each indicator's task, decided by the same rules as everything after it. */
export async function birthsOf(
  db: Db,
  year: number,
  which: { readonly ids: readonly string[] } | { readonly all: true },
  { by, at }: Circumstances,
): Promise<Births> {
  const [calendar, rules, policiesFor] = await Promise.all([
    loadCalendar(db, { fromYear: yearOf(localDateOf(at)) }),
    currentIndicatorRules(db),
    taskPolicies(db),
  ]);
  const indicators = await indicatorsToRelease(db, year, which);
  const births: Birth[] = [];
  const refused: Refused[] = [];
  for (const indicator of indicators) {
    const facts = taskFactsOf(indicator);
    const policies = policiesFor(indicator);
    const created =
      policies === null
        ? { refusal: 'unknown_policy' as const, detail: `没有预警策略“${indicator.warning_policy}”。` }
        : create({ facts, rules, policies }, { by, at, calendar });
    if (isRefusal(created))
      refused.push({ indicator_id: indicator.id, number: facts.number, why: created.detail });
    else births.push(birthOf(indicator.id, created, at));
  }
  return { births, refused, calendar };
}

function birthOf(id: string, created: Event, at: Instant): Birth {
  const state = evolveAll(null, [created]);
  const { by } = created;
  return {
    thing: { kind: 'indicator_task', id },
    events: [{ version: 1, event: created, command_id: null }],
    state,
    card: cardOf(state),
    next: indicatorTask.next(state),
    office: by.kind === 'person' ? { officer_id: by.person_id, office_unit_id: by.unit_id } : nobody,
    number: state.facts.number,
    created_at: at,
  };
}

const nobody = { officer_id: null, office_unit_id: null };
