/** Brings the organisation up to date with a checked roster, in the caller's one transaction. */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type {
  KnownOrganisation,
  Roster,
  RosterAccount,
  RosterPerson,
  RosterUnit,
} from '../domain/import-roster.ts';
import { isAdministrator, type Role } from '../domain/vocabulary.ts';
import type { Db, Tx } from './client.ts';
import { applyPosts } from './imports-roster-posts.ts';

export type SealedPhone = {
  readonly phone_cipher: string;
  readonly phone_hash: string;
  readonly phone_masked: string;
};

export type SealedPerson = Omit<RosterPerson, 'phone'> & { readonly phone: SealedPhone | null };

/** A roster as it may lie in a table: its numbers are enciphered. */
export type SealedRoster = Omit<Roster, 'people'> & { readonly people: readonly SealedPerson[] };

export type RosterOptions = {
  /** Makes the accounts that are missing; without it they are left out and counted. */
  readonly createAccounts: boolean;
  /** Grants the roles of the sheet 账号角色; without it they are left out and counted. */
  readonly grantRoles: boolean;
  /** The account of whoever grants; null at the first start. */
  readonly grantedBy: string | null;
  /** A new password for a new account, and what is kept of it. */
  readonly oneTimePassword: () => Promise<{ readonly password: string; readonly hash: string }>;
};

export type RosterResult = {
  readonly units: number;
  readonly people: number;
  readonly posts: number;
  readonly accounts_created: readonly { readonly account: string; readonly password: string }[];
  readonly accounts_left_out: number;
  readonly roles_granted: number;
  readonly roles_left_out: number;
};

/** The numbers were checked when the roster was read, so each can be sealed. */
export const sealRoster = (roster: Roster, seal: (phone: string) => SealedPhone | null): SealedRoster => ({
  ...roster,
  people: roster.people.map((person) => ({
    ...person,
    phone: person.phone === null ? null : seal(person.phone),
  })),
});

export async function applyRoster(
  tx: Tx,
  roster: SealedRoster,
  options: RosterOptions,
): Promise<RosterResult> {
  const held = await tx.selectFrom('account').select('account').execute();
  const existing = new Set(held.map(({ account }) => account));
  const wanted = roster.people.filter((person) => person.account !== null && !existing.has(person.account));
  // Hashing is slow by design, so it comes before anything is locked.
  const passwords = await Promise.all(
    options.createAccounts ? wanted.map(() => options.oneTimePassword()) : [],
  );

  const units = await applyUnits(tx, roster.units);
  const people = await applyPeople(tx, roster.people, units);
  const posts = await applyPosts(tx, roster.posts, { units, people });
  const renamed = options.createAccounts ? await renameAccounts(tx, wanted, people) : new Set<string>();
  const created = wanted.flatMap(({ account, staff_no }, index) => {
    const made = passwords[index];
    return account === null || made === undefined || renamed.has(account)
      ? []
      : [{ account, staff_no, ...made }];
  });
  if (created.length > 0) {
    const rows = created.map(({ account, staff_no, hash }) => ({
      id: randomUUID(),
      account,
      person_id: idOf(people, staff_no),
      password_hash: hash,
    }));
    await tx.insertInto('account').values(rows).execute();
  }
  const roles = roster.accounts.reduce((count, account) => count + account.roles.length, 0);
  return {
    units: roster.units.length,
    people: roster.people.length,
    posts,
    accounts_created: created.map(({ account, password }) => ({ account, password })),
    accounts_left_out: options.createAccounts ? 0 : wanted.length,
    roles_granted: options.grantRoles ? await grantRoles(tx, roster.accounts, options.grantedBy) : 0,
    roles_left_out: options.grantRoles ? 0 : roles,
  };
}

/** Roles that are held already are left as they are. @returns how many were new. */
export async function grantRoles(
  tx: Tx,
  accounts: readonly RosterAccount[],
  grantedBy: string | null,
): Promise<number> {
  const names = accounts.map(({ account }) => account);
  if (names.length === 0) return 0;
  const found = await tx
    .selectFrom('account')
    .select(['id', 'account'])
    .where('account', 'in', names)
    .execute();
  const ids = new Map(found.map(({ id, account }) => [account, id]));
  const rows = accounts.flatMap(({ account, roles }) =>
    roles.map((role) => ({ account_id: idOf(ids, account), role, granted_by: grantedBy })),
  );
  const { numInsertedOrUpdatedRows = 0n } = await tx
    .insertInto('account_role')
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return Number(numInsertedOrUpdatedRows);
}

/** What a roster is checked against. */
export async function knownOrganisation(db: Db): Promise<KnownOrganisation> {
  const units = await db.selectFrom('unit').select(['code', 'name', 'short_name']).execute();
  const people = await db
    .selectFrom('person')
    .leftJoin('account', 'account.person_id', 'person.id')
    .select(['person.staff_no', 'account.account'])
    .execute();
  return { units, people };
}

/** Accounts whose roles in the roster and in the system cannot go together (GB/T 22239-2019 8.1.5). */
export async function excludedRoles(db: Db, accounts: readonly RosterAccount[]): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('account_role')
    .innerJoin('account', 'account.id', 'account_role.account_id')
    .select(['account.account', 'account_role.role'])
    .execute();
  const held = Map.groupBy(rows, ({ account }) => account);
  return accounts.flatMap(({ account, roles }) => {
    const all = new Set<Role>([...roles, ...(held.get(account) ?? []).map(({ role }) => role)]);
    return all.size > 1 && [...all].some(isAdministrator) ? [account] : [];
  });
}

/** Units of the roster that would come to stand above themselves, through units that it does not name. */
export async function circlesOfUnits(db: Db, units: readonly RosterUnit[]): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('unit')
    .leftJoin('unit as above', 'above.id', 'unit.parent_id')
    .select(['unit.code', 'above.code as parent_code'])
    .execute();
  const parents = new Map(rows.map(({ code, parent_code }) => [code, parent_code]));
  for (const { code, parent_code } of units) parents.set(code, parent_code);
  return units.flatMap(({ code }) => {
    const seen = new Set<string>();
    let above = parents.get(code) ?? null;
    while (above !== null && above !== code && !seen.has(above)) {
      seen.add(above);
      above = parents.get(above) ?? null;
    }
    return above === code ? [code] : [];
  });
}

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

async function applyUnits(tx: Tx, units: readonly RosterUnit[]): Promise<Ids> {
  if (units.length > 0) {
    // Two units may have exchanged their names: nobody holds one while they are handed on.
    await sql`
      update unit set name = unit.id::text
      from (values ${sql.join(units.map(({ code, name }) => sql`(${code}, ${name})`))}) as given (code, name)
      where unit.code = given.code and unit.name <> given.name`.execute(tx);
    await tx
      .insertInto('unit')
      .values(units.map(({ parent_code: _, ...unit }) => ({ id: randomUUID(), ...unit })))
      .onConflict((conflict) =>
        conflict
          .column('code')
          .doUpdateSet(({ ref, eb }) => ({
            name: ref('excluded.name'),
            short_name: ref('excluded.short_name'),
            kind: ref('excluded.kind'),
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

async function applyPeople(tx: Tx, people: readonly SealedPerson[], units: Ids): Promise<Ids> {
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
          .doUpdateSet(({ ref, eb }) => ({
            name: ref('excluded.name'),
            office: ref('excluded.office'),
            unit_id: ref('excluded.unit_id'),
            phone_cipher: ref('excluded.phone_cipher'),
            phone_hash: ref('excluded.phone_hash'),
            phone_masked: ref('excluded.phone_masked'),
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
  const known = await tx.selectFrom('person').select(['id', 'staff_no']).execute();
  return new Map(known.map(({ id, staff_no }) => [staff_no, id]));
}

/** One person, one account: a new name for somebody who has one is a renaming. @returns the new names. */
async function renameAccounts(
  tx: Tx,
  wanted: readonly SealedPerson[],
  people: Ids,
): Promise<ReadonlySet<string>> {
  const renamed = new Set<string>();
  for (const { account, staff_no } of wanted) {
    const { numUpdatedRows } = await tx
      .updateTable('account')
      .set(({ eb }) => ({ account: account ?? '', version: eb('version', '+', 1) }))
      .where('person_id', '=', idOf(people, staff_no))
      .executeTakeFirst();
    if (account !== null && numUpdatedRows > 0n) renamed.add(account);
  }
  return renamed;
}
