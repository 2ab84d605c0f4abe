/** What two people have changed in a released list, and the tasks that run have not been told of yet. */
import { sql } from 'kysely';
import type { Decimal } from '../domain/decimal.ts';
import type { Actor } from '../domain/process.ts';
import { localDateOf, type Instant, type LocalDate } from '../domain/time.ts';
import type { Db } from './client.ts';

export type ConfirmedWeight = {
  readonly indicator_id: string;
  readonly points: Decimal;
  readonly from_date: LocalDate;
  readonly reason: string;
  readonly decided_on: LocalDate;
  readonly proposed_by: Actor;
  readonly confirmed_by: Actor;
};

export type ConfirmedPromotion = Omit<ConfirmedWeight, 'points' | 'from_date' | 'decided_on'> & {
  readonly theme: string;
};

/**
 * Confirmed changes that the running tasks do not know yet, in the order in which they were confirmed; one that
 * changes no task's weight is one too.
 */
export async function changesToTell(db: Db, year: number): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from weight_change
     where year = ${year} and state = 'confirmed' and not told
     order by confirmed_at, id`.execute(db);
  return rows.map(({ id }) => id);
}

/** The weights of a confirmed change, as far as the tasks run. */
export async function weightsToTell(db: Db, change_id: string): Promise<readonly ConfirmedWeight[]> {
  const { rows } = await sql<
    Decided & { indicator_id: string; points: Decimal; from_date: LocalDate; confirmed_at: Instant }
  >`
    select new.indicator_id, new.points, change.from_date, change.confirmed_at, ${decided}
      from weight_change change
      cross join lateral jsonb_to_recordset(change.weights) as new(indicator_id uuid, points text)
      join indicator_task task on task.id = new.indicator_id and task.started_at is not null
      ${deciders}
     where change.id = ${change_id}
     order by task.number`.execute(db);
  return rows.map(({ confirmed_at, ...row }) => ({
    ...withActors(row),
    decided_on: localDateOf(confirmed_at),
  }));
}

/** What a confirmed change has made common, if its task runs. */
export async function promotionsToTell(db: Db, change_id: string): Promise<readonly ConfirmedPromotion[]> {
  const { rows } = await sql<Decided & { indicator_id: string; theme: string }>`
    select task.id as indicator_id, change.promotes ->> 'theme' as theme, ${decided}
      from weight_change change
      join indicator_task task
        on task.id = (change.promotes ->> 'indicator_id')::uuid and task.started_at is not null
      ${deciders}
     where change.id = ${change_id}`.execute(db);
  return rows.map(withActors);
}

/** Why, who proposed it and who confirmed it. */
type Decided = {
  readonly reason: string;
  readonly proposer: string;
  readonly proposer_unit: string | null;
  readonly confirmer: string;
  readonly confirmer_unit: string | null;
};

const decided = sql`change.reason, proposer.id as proposer, proposer.unit_id as proposer_unit,
           confirmer.id as confirmer, confirmer.unit_id as confirmer_unit`;
const deciders = sql`
      join account proposing on proposing.id = change.proposed_by
      join person proposer on proposer.id = proposing.person_id
      join account confirming on confirming.id = change.confirmed_by
      join person confirmer on confirmer.id = confirming.person_id`;

function withActors<Row extends Decided>(row: Row) {
  const { proposer, proposer_unit, confirmer, confirmer_unit, ...rest } = row;
  const admin = (person_id: string, unit_id: string | null): Actor => ({
    kind: 'person',
    person_id,
    unit_id,
    role: 'assessment_admin',
  });
  return {
    ...rest,
    proposed_by: admin(proposer, proposer_unit),
    confirmed_by: admin(confirmer, confirmer_unit),
  };
}

/** What was decided before these indicators had a task: told to all, though the others know it. */
export const tellOnceMore = (db: Db, ids: readonly string[]) =>
  sql`
    update weight_change set told = false
     where told
       and exists (select from jsonb_to_recordset(weights) as new(indicator_id uuid)
                    where indicator_id = any(${sql.val([...ids])}::uuid[]))`.execute(db);

export const markTold = (db: Db, change_id: string) =>
  sql`update weight_change set told = true where id = ${change_id}`.execute(db);
