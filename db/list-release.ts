/** How far a list's release has come, and what it works through: the indicators that have no task yet. */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Calendar } from '../domain/calendar.ts';
import {
  cardOf,
  create,
  evolveAll,
  indicatorTask,
  type Event,
  type IndicatorFacts,
} from '../domain/indicator-task.ts';
import type { Actor } from '../domain/process.ts';
import { isRefusal } from '../domain/refusal.ts';
import type { Decimal } from '../domain/decimal.ts';
import { localDateOf, yearOf, type Instant, type LocalDate } from '../domain/time.ts';
import { indicatorsToRelease, type ToRelease } from './annual-list-views.ts';
import { loadCalendar } from './calendar.ts';
import { stamp, type Db, type Tx } from './client.ts';
import type { Birth } from './indicator-task.ts';
import { currentIndicatorRules, taskPolicies } from './policies.ts';

export type Release = {
  readonly id: string;
  readonly year: number;
  readonly stage: 'releasing' | 'paused' | 'released';
  /** How many indicators the list has, how many of them have a task, and how many of those run. */
  readonly total: number;
  readonly written: number;
  readonly started: number;
  readonly begun_at: Instant;
  readonly ended_at: Instant | null;
};

export async function releaseOf(db: Db | Tx, year: number): Promise<Release | null> {
  const { rows } = await sql<Release>`
    select year, id, stage, begun_at, ended_at,
           (select count(*)::int from indicator where indicator.year = list_release.year) as total,
           (select count(*)::int from indicator_task task where task.year = list_release.year) as written,
           (select count(*)::int from indicator_task task
             where task.year = list_release.year and started_at is not null) as started
      from list_release where year = ${year}`.execute(db);
  return rows[0] ?? null;
}

/** Begun, or begun once more: indicators have come during the year. */
export async function beginRelease(tx: Tx, year: number, { by, at }: Circumstances): Promise<void> {
  await tx
    .insertInto('list_release')
    .values({
      year,
      id: randomUUID(),
      stage: 'releasing',
      released_by: JSON.stringify(by),
      begun_at: stamp(at),
    })
    .onConflict((conflict) => conflict.column('year').doUpdateSet({ stage: 'releasing', ended_at: null }))
    .execute();
}

export async function setReleaseStage(
  db: Db | Tx,
  year: number,
  stage: Release['stage'],
  at: Instant,
): Promise<void> {
  await db
    .updateTable('list_release')
    .set({ stage, ended_at: stage === 'released' ? stamp(at) : null })
    .where('year', '=', year)
    .execute();
}

/** What was begun and has not ended, whether or not its process lives. */
export const releasesUnderWay = (db: Db) =>
  db
    .selectFrom('list_release')
    .select(['id', 'year', 'released_by'])
    .where('stage', '<>', 'released')
    .execute();

export type ConfirmedWeight = {
  readonly change_id: string;
  readonly indicator_id: string;
  readonly points: Decimal;
  readonly from_date: LocalDate;
  readonly reason: string;
  readonly proposed_by: Actor;
  readonly confirmed_by: Actor;
};

/** Confirmed changes that the running tasks do not know yet; one that changes no task's weight is one too. */
export async function changesToTell(db: Db, year: number): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from weight_change where year = ${year} and state = 'confirmed' and not told`.execute(db);
  return rows.map(({ id }) => id);
}

/** Confirmed weights of running tasks that do not know them yet, in the order in which they were confirmed. */
export async function weightsToTell(db: Db, changes: readonly string[]): Promise<readonly ConfirmedWeight[]> {
  const { rows } = await sql<
    Omit<ConfirmedWeight, 'proposed_by' | 'confirmed_by'> & {
      proposer: string;
      proposer_unit: string | null;
      confirmer: string;
      confirmer_unit: string | null;
    }
  >`
    select change.id as change_id, new.indicator_id, new.points, change.from_date, change.reason,
           proposer.id as proposer, proposer.unit_id as proposer_unit,
           confirmer.id as confirmer, confirmer.unit_id as confirmer_unit
      from weight_change change
      cross join lateral jsonb_to_recordset(change.weights) as new(indicator_id uuid, points text)
      join indicator_task task on task.id = new.indicator_id and task.started_at is not null
      join account proposing on proposing.id = change.proposed_by
      join person proposer on proposer.id = proposing.person_id
      join account confirming on confirming.id = change.confirmed_by
      join person confirmer on confirmer.id = confirming.person_id
     where change.id = any(${[...changes]}::uuid[])
     order by change.confirmed_at, change.id, task.number`.execute(db);
  const admin = (person_id: string, unit_id: string | null): Actor => ({
    kind: 'person',
    person_id,
    unit_id,
    role: 'assessment_admin',
  });
  return rows.map(({ proposer, proposer_unit, confirmer, confirmer_unit, ...weight }) => ({
    ...weight,
    proposed_by: admin(proposer, proposer_unit),
    confirmed_by: admin(confirmer, confirmer_unit),
  }));
}

export const markTold = (db: Db, changes: readonly string[]) =>
  sql`update weight_change set told = true where id = any(${[...changes]}::uuid[])`.execute(db);

/** @returns false when there is still something to do: it came while the release was about to end. */
export async function endRelease(db: Db, year: number, at: Instant): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    await sql`select from list_release where year = ${year} for update`.execute(tx);
    const { rows } = await sql<{ left: boolean }>`
      select exists (select from indicator where year = ${year}
                      and not exists (select from indicator_task task where task.id = indicator.id))
          or exists (select from indicator_task where year = ${year} and started_at is null)
          or exists (select from weight_change where year = ${year} and state = 'confirmed' and not told) as left`.execute(
      tx,
    );
    if (rows[0]?.left === true) return false;
    await setReleaseStage(tx, year, 'released', at);
    return true;
  });
}

/** Indicators without a task, in the order of their numbers. */
export async function withoutTask(db: Db, year: number, limit: number): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from indicator
     where year = ${year} and not exists (select from indicator_task task where task.id = indicator.id)
     order by number
     limit ${limit}`.execute(db);
  return rows.map(({ id }) => id);
}

export type Circumstances = { readonly by: Actor; readonly at: Instant };

export type Births = {
  readonly births: readonly Birth[];
  readonly refused: readonly { readonly number: string; readonly detail: string }[];
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
  const indicators = await indicatorsToRelease(
    db,
    year,
    'ids' in which ? { ids: which.ids } : { limit: 100_000 },
  );
  const births: Birth[] = [];
  const refused: { number: string; detail: string }[] = [];
  for (const indicator of indicators) {
    const facts = factsOf(indicator);
    const policies = policiesFor(indicator);
    const created =
      policies === null
        ? { refusal: 'unknown_policy' as const, detail: `没有预警策略“${indicator.warning_policy}”。` }
        : create({ facts, rules, policies }, { by, at, calendar });
    if (isRefusal(created)) refused.push({ number: facts.number, detail: created.detail });
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

const factsOf = (one: ToRelease): IndicatorFacts => ({
  indicator_id: one.id,
  number: one.number,
  name: one.sub_target === null ? one.name : `${one.name}：${one.sub_target}`,
  year: one.year,
  unit_id: one.unit_id,
  kind: one.kind,
  theme: one.theme,
  origin: one.origin,
  effective_from: one.origin === 'dynamic' ? one.effective_from : null,
  source: { level: one.source_level, document: one.source_document },
  points: one.points,
  target: { value: one.target.value, measure: one.measure, direction: one.direction },
  baseline: one.baseline_value,
  start_value: one.start_value,
  level_targets: Object.entries(one.level_targets).map(([level, value]) => ({
    level: level as ToRelease['source_level'],
    value,
  })),
  people: {
    reporter: one.reporter_id,
    direct_lead: one.direct_lead_id,
    contact_person: one.contact_person_id,
  },
  responsible_office: one.responsible_office,
  periods: one.periods,
  evidence: { required: one.evidence_rule !== null, what: one.evidence_rule ?? '' },
});
