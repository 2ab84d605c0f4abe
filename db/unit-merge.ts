/** Units that were merged into others: who stands in whose place since when, followed through all merges. */
import { sql } from 'kysely';
import type { Merge } from '../domain/unit-merge.ts';
import type { Db, Tx } from './client.ts';
import { lockUnit, type UnitRow } from './organisation.ts';

/** Both held, always in the same order: two merges of the same units wait for each other. */
export async function lockUnits(tx: Tx, ids: readonly string[]): Promise<ReadonlyMap<string, UnitRow>> {
  const found = new Map<string, UnitRow>();
  for (const id of [...new Set(ids)].sort()) {
    const unit = await lockUnit(tx, id);
    if (unit !== null) found.set(id, unit);
  }
  return found;
}

/** Its posts end with the day before; what it was merged from itself is the other's as well. */
export async function mergeUnit(tx: Tx, id: string, { into, from_date }: Merge): Promise<UnitRow> {
  await sql`
    insert into unit_succession (unit_id, successor_id, from_date, step)
    select unit_id, ${into}::uuid, greatest(from_date, ${from_date}::date), step + 1
      from unit_succession where successor_id = ${id}
     union all
    select ${id}::uuid, ${into}::uuid, ${from_date}::date, 1`.execute(tx);
  await sql`
    update post set to_date = ${from_date}::date - 1
     where unit_id = ${id} and from_date < ${from_date}::date
       and (to_date is null or to_date >= ${from_date}::date)`.execute(tx);
  return tx
    .updateTable('unit')
    .set((row) => ({ merged_into: into, merged_from: from_date, version: row('version', '+', 1) }))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** The unit, and those into which it was or will be merged. */
export async function withSuccessors(db: Db | Tx, id: string): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('unit_succession')
    .select('successor_id')
    .where('unit_id', '=', id)
    .orderBy('step')
    .execute();
  return [id, ...rows.map(({ successor_id }) => successor_id)];
}
