/** The organisation: units, and the people in them. Posts have a file of their own. */
import { sql } from 'kysely';
import type { LocalDate } from '../domain/time.ts';
import type { UnitKind } from '../domain/vocabulary.ts';
import type { Db, Tx } from './client.ts';

export type UnitFields = {
  readonly code: string;
  readonly name: string;
  readonly short_name: string;
  readonly kind: UnitKind;
  readonly parent_id: string | null;
};
export type UnitRow = UnitFields & {
  readonly id: string;
  readonly merged_into: string | null;
  readonly merged_from: LocalDate | null;
  readonly version: number;
};

export type UnitFilter = {
  readonly code?: string | undefined;
  readonly name?: string | undefined;
  readonly kind?: UnitKind | undefined;
  readonly parent_id?: string | undefined;
};

/** By code; `after` is the code that the page begins behind. */
export async function listUnits(
  db: Db,
  filter: UnitFilter,
  page: { limit: number; after: string | null },
): Promise<UnitRow[]> {
  let query = db.selectFrom('unit').selectAll();
  if (filter.code !== undefined) query = query.where('code', '=', filter.code);
  if (filter.name !== undefined) query = query.where('name', 'like', `%${likeText(filter.name)}%`);
  if (filter.kind !== undefined) query = query.where('kind', '=', filter.kind);
  if (filter.parent_id !== undefined) query = query.where('parent_id', '=', filter.parent_id);
  if (page.after !== null) query = query.where('code', '>', page.after);
  return await query.orderBy('code').limit(page.limit).execute();
}

export async function findUnit(db: Db | Tx, id: string): Promise<UnitRow | null> {
  return (await db.selectFrom('unit').selectAll().where('id', '=', id).executeTakeFirst()) ?? null;
}

/** Repeats change nothing: the id is the request's own. */
export async function insertUnit(db: Db | Tx, unit: UnitFields & { id: string }): Promise<void> {
  await db
    .insertInto('unit')
    .values(unit)
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
}

/** Held until the transaction ends, so that its version stays what was read. */
export async function lockUnit(tx: Tx, id: string): Promise<UnitRow | null> {
  const row = await tx.selectFrom('unit').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
  return row ?? null;
}

export const updateUnit = (tx: Tx, id: string, changes: Partial<UnitFields>): Promise<UnitRow> =>
  tx
    .updateTable('unit')
    .set((row) => ({ ...changes, version: row('version', '+', 1) }))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();

/** Whether a unit would become its own superior. */
export async function liesBelow(db: Db | Tx, unit_id: string, top_id: string): Promise<boolean> {
  const found = await sql<{ found: boolean }>`
    with recursive above as (
      select id, parent_id from unit where id = ${unit_id}
      union
      select unit.id, unit.parent_id from unit join above on unit.id = above.parent_id
    )
    select exists (select from above where id = ${top_id}) as found`.execute(db);
  return found.rows[0]?.found === true;
}

export type PersonFields = {
  readonly staff_no: string;
  readonly name: string;
  readonly unit_id: string | null;
  readonly office: string | null;
};
export type PhoneFields = {
  readonly phone_cipher: string | null;
  readonly phone_hash: string | null;
  readonly phone_masked: string | null;
};
/** As shown: the number masked. */
export type PersonRow = PersonFields & {
  readonly id: string;
  readonly phone_masked: string | null;
  readonly version: number;
};

const shownOfPerson = ['id', 'staff_no', 'name', 'unit_id', 'office', 'phone_masked', 'version'] as const;

export type PersonFilter = {
  readonly staff_no?: string | undefined;
  readonly name?: string | undefined;
  readonly unit_id?: string | undefined;
};

/** By staff number; `after` is the one that the page begins behind. */
export async function listPeople(
  db: Db,
  filter: PersonFilter,
  page: { limit: number; after: string | null },
): Promise<PersonRow[]> {
  let query = db.selectFrom('person').select(shownOfPerson);
  if (filter.staff_no !== undefined) query = query.where('staff_no', '=', filter.staff_no);
  if (filter.name !== undefined) query = query.where('name', 'like', `%${likeText(filter.name)}%`);
  if (filter.unit_id !== undefined) query = query.where('unit_id', '=', filter.unit_id);
  if (page.after !== null) query = query.where('staff_no', '>', page.after);
  return await query.orderBy('staff_no').limit(page.limit).execute();
}

export async function findPerson(db: Db | Tx, id: string): Promise<PersonRow | null> {
  const row = await db.selectFrom('person').select(shownOfPerson).where('id', '=', id).executeTakeFirst();
  return row ?? null;
}

export async function phoneCipherOf(db: Db | Tx, id: string): Promise<string | null> {
  const row = await db.selectFrom('person').select('phone_cipher').where('id', '=', id).executeTakeFirst();
  return row?.phone_cipher ?? null;
}

/** Repeats change nothing: the id is the request's own. */
export async function insertPerson(
  db: Db | Tx,
  person: PersonFields & PhoneFields & { id: string },
): Promise<void> {
  await db
    .insertInto('person')
    .values(person)
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
}

/** Held until the transaction ends, so that its version stays what was read. */
export async function lockPerson(tx: Tx, id: string): Promise<PersonRow | null> {
  const locked = tx.selectFrom('person').select(shownOfPerson).where('id', '=', id).forUpdate();
  return (await locked.executeTakeFirst()) ?? null;
}

export const updatePerson = (
  tx: Tx,
  id: string,
  changes: Partial<PersonFields & PhoneFields>,
): Promise<PersonRow> =>
  tx
    .updateTable('person')
    .set((row) => ({ ...changes, version: row('version', '+', 1) }))
    .where('id', '=', id)
    .returning(shownOfPerson)
    .executeTakeFirstOrThrow();

const likeText = (text: string): string => text.replaceAll(/[\\%_]/g, (special) => `\\${special}`);
