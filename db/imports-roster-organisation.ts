/** The roster's units and people, brought up to date by code and by staff number. */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { RosterPerson, RosterUnit } from '../domain/import-roster.ts';
import type { Tx } from './client.ts';

export type SealedPhone = {
  readonly phone_cipher: string;
  readonly phone_hash: string;
  readonly phone_masked: string;
};

export type SealedPerson = Omit<RosterPerson, 'phone'> & { readonly phone: SealedPhone | null };

export type Ids = ReadonlyMap<string, string>;

/** Every code was checked to exist; a missing one means that the roster has grown out of date. */
export function idOf(ids: Ids, code: string): string {
  const id = ids.get(code);
  if (id === undefined) throw new RosterOutdated(code);
  return id;
}

/** What the roster refers to was there when it was checked and no longer is. */
export class RosterOutdated extends Error {
  override readonly name = 'RosterOutdated';
}

export async function applyUnits(tx: Tx, units: readonly RosterUnit[]): Promise<Ids> {
  if (units.length > 0) {
    // Two units may have exchanged their names: nobody holds one while they are handed on.
    await sql`
      update unit set name = unit.id::text
      from (values ${sql.join(units.map(({ code, name }) => sql`(${code}, ${name})`))}) as given (code, name)
      where unit.code = given.code and unit.name <> given.name`.execute(tx);
    await tx
      .insertInto('unit')
      .values(
        units.map(({ code, name, short_name, kind }) => ({ id: randomUUID(), code, name, short_name, kind })),
      )
      .onConflict((conflict) =>
        conflict
          .column('code')
          .doUpdateSet((eb) => ({
            name: eb.ref('excluded.name'),
            short_name: eb.ref('excluded.short_name'),
            kind: eb.ref('excluded.kind'),
            version: eb('unit.version', '+', 1),
          }))
          .where(
            sql<boolean>`(unit.name, unit.short_name, unit.kind) is distinct from (excluded.name, excluded.short_name, excluded.kind)`,
          ),
      )
      .execute();
  }
  const known = await tx.selectFrom('unit').select(['id', 'code']).execute();
  const ids = new Map(known.map(({ id, code }) => [code, id]));
  if (units.length > 0) {
    const above = units.map(
      ({ code, parent_code }) =>
        sql`(${code}, ${parent_code === null ? null : idOf(ids, parent_code)}::uuid)`,
    );
    await sql`
      update unit set parent_id = given.parent_id, version = unit.version + 1
      from (values ${sql.join(above)}) as given (code, parent_id)
      where unit.code = given.code and unit.parent_id is distinct from given.parent_id`.execute(tx);
  }
  return ids;
}

/** Several hundred rows a statement: Postgres takes 65 535 values at most. */
const PEOPLE_PER_STATEMENT = 1_000;

export async function applyPeople(tx: Tx, people: readonly SealedPerson[], units: Ids): Promise<Ids> {
  for (let from = 0; from < people.length; from += PEOPLE_PER_STATEMENT) {
    const rows = people
      .slice(from, from + PEOPLE_PER_STATEMENT)
      .map(({ staff_no, name, unit_code, office, phone }) => ({
        id: randomUUID(),
        staff_no,
        name,
        office,
        unit_id: idOf(units, unit_code),
        phone_cipher: phone?.phone_cipher ?? null,
        phone_hash: phone?.phone_hash ?? null,
        phone_masked: phone?.phone_masked ?? null,
      }));
    await tx
      .insertInto('person')
      .values(rows)
      .onConflict((conflict) =>
        conflict
          .column('staff_no')
          .doUpdateSet((eb) => ({
            name: eb.ref('excluded.name'),
            office: eb.ref('excluded.office'),
            unit_id: eb.ref('excluded.unit_id'),
            phone_cipher: eb.ref('excluded.phone_cipher'),
            phone_hash: eb.ref('excluded.phone_hash'),
            phone_masked: eb.ref('excluded.phone_masked'),
            version: eb('person.version', '+', 1),
          }))
          // The cipher text differs each time; the hash tells whether the number does.
          .where(
            sql<boolean>`(person.name, person.office, person.unit_id, person.phone_hash)
              is distinct from (excluded.name, excluded.office, excluded.unit_id, excluded.phone_hash)`,
          ),
      )
      .execute();
  }
  return peopleByStaffNo(tx);
}

export async function peopleByStaffNo(tx: Tx): Promise<Ids> {
  const known = await tx.selectFrom('person').select(['id', 'staff_no']).execute();
  return new Map(known.map(({ id, staff_no }) => [staff_no, id]));
}
