/** What all kinds of things have in common as rows: their place in time, whether they have ended, whom they concern. */
import { sql } from 'kysely';
import { endedStages } from '../domain/process.ts';
import type { Instant } from '../domain/time.ts';
import type { Card } from '../domain/warning-policy.ts';
import { when, type Db, type Tx } from './client.ts';
import type { Thing } from './process-event.ts';

export { endedStages, isEnded } from '../domain/process.ts';

const ended = sql`(${sql.join(endedStages)})`;

type Listed = {
  readonly kind: Thing['kind'];
  readonly id: string;
  readonly number: string;
  readonly name: string;
  readonly unit_id: string | null;
  readonly theme: string | null;
  readonly stage: string;
  readonly card: Card;
  readonly next_at: Instant | null;
  readonly version: number;
  readonly started_at: Instant | null;
};

/** Every thing with what its list is read by, whatever its kind. */
export const things = sql<Listed>`
  (select 'supervision_item' as kind, id, number, title as name, lead_unit_id as unit_id, null as theme, stage, card, next_at, version, started_at
     from supervision_item
    union all
   select 'indicator_task', id, number, name, unit_id, theme, stage, card, next_at, version, started_at
     from indicator_task)`;

/**
 * The thing of each row of another table, looked up one by one: a page of fifty then costs fifty look-ups,
 * however many things there are.
 */
export const thingOf = (table: 'warning' | 'todo') => {
  const is = (kind: Thing['kind']) =>
    sql`${sql.ref(`${table}.thing_kind`)} = ${sql.lit(kind)} and id = ${sql.ref(`${table}.thing_id`)}`;
  return sql<Pick<Listed, 'number' | 'name' | 'unit_id' | 'theme'>>`
    (select number, title as name, lead_unit_id as unit_id, null as theme
       from supervision_item where ${is('supervision_item')}
      union all
     select number, name, unit_id, theme from indicator_task where ${is('indicator_task')})`;
};

export async function hasEnded(db: Db | Tx, { kind, id }: Thing): Promise<boolean> {
  const { rows } = await sql<{ ended: boolean }>`
    select stage in ${ended} as ended from ${sql.table(kind)} where id = ${id}`.execute(db);
  return rows[0]?.ended ?? false;
}

/** The version of a thing that lives and is known to run; null of any other. */
export async function openVersion(db: Db, { kind, id }: Thing): Promise<number | null> {
  const { rows } = await sql<{ version: number }>`
    select version from ${sql.table(kind)}
     where id = ${id} and started_at is not null and stage not in ${ended}`.execute(db);
  return rows[0]?.version ?? null;
}

/** Those whose next deadline comes first, if it lies before this. */
export async function firstDue(db: Db, until: Instant): Promise<readonly Thing[]> {
  const { rows } = await sql<Thing>`
    with first as (select least((select min(next_at) from supervision_item), (select min(next_at) from indicator_task)) as at)
    select 'supervision_item' as kind, id from supervision_item, first where next_at = first.at and first.at <= ${when(until)}
     union all
    select 'indicator_task', id from indicator_task, first where next_at = first.at and first.at <= ${when(until)}`.execute(
    db,
  );
  return rows;
}

/** In the order of their kinds and ids, so many after the given one. */
export async function openThings(
  db: Db,
  { after = null, limit = null }: { readonly after?: Thing | null; readonly limit?: number | null } = {},
): Promise<readonly Thing[]> {
  const { rows } = await sql<Thing>`
    select kind, id from ${things} thing
     where stage not in ${ended} and stage <> 'starting'
       and (kind, id::text) > (${after?.kind ?? ''}, ${after?.id ?? ''})
     order by kind, id::text
     limit ${limit}`.execute(db);
  return rows;
}

/** Of all that were ever begun, in the same order: what an audit goes through. */
export async function someThings(
  db: Db | Tx,
  { after, limit }: { readonly after: Thing | null; readonly limit: number },
): Promise<readonly (Thing & { readonly number: string; readonly version: number })[]> {
  const { rows } = await sql<Thing & { readonly number: string; readonly version: number }>`
    select kind, id, number, version from ${things} thing
     where (kind, id::text) > (${after?.kind ?? ''}, ${after?.id ?? ''})
     order by kind, id::text
     limit ${limit}`.execute(db);
  return rows;
}

/** What messages and lists call a thing by. */
export async function namesOfThings(
  db: Db | Tx,
  ids: readonly string[],
): Promise<
  ReadonlyMap<string, { readonly kind: Thing['kind']; readonly number: string; readonly name: string }>
> {
  if (ids.length === 0) return new Map();
  const { rows } = await sql<{ id: string; kind: Thing['kind']; number: string; name: string }>`
    select id, kind, number, name from ${things} thing where id = any(${[...ids]}::uuid[])`.execute(db);
  return new Map(rows.map(({ id, ...thing }) => [id, thing]));
}
