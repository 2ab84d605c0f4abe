/** Brings the organisation up to date with a checked roster, in the caller's one transaction. */
import { randomUUID } from 'node:crypto';
import type { KnownOrganisation, Roster, RosterAccount, RosterUnit } from '../domain/import-roster.ts';
import { isAdministrator, type Role } from '../domain/vocabulary.ts';
import type { Db, Tx } from './client.ts';
import {
  applyPeople,
  applyUnits,
  idOf,
  peopleByStaffNo,
  type SealedPerson,
  type SealedPhone,
} from './imports-roster-organisation.ts';
import { applyPosts } from './imports-roster-posts.ts';

export { RosterOutdated, type SealedPhone } from './imports-roster-organisation.ts';

/** A roster as it may lie in a table: its numbers are enciphered. */
export type SealedRoster = Omit<Roster, 'people'> & { readonly people: readonly SealedPerson[] };

export type OneTimePassword = { readonly password: string; readonly hash: string };

export type RosterApplied = {
  /** One-time passwords of the accounts that are new. */
  readonly accounts: readonly { readonly account: string; readonly password: string }[];
  readonly roles_granted: number;
};

/** The numbers were checked when the roster was read, so each can be sealed. */
export const sealRoster = (roster: Roster, seal: (phone: string) => SealedPhone | null): SealedRoster => ({
  ...roster,
  people: roster.people.map((person) => ({
    ...person,
    phone: person.phone === null ? null : seal(person.phone),
  })),
});

/** Units, people and posts, without anything that lets somebody in. @throws RosterOutdated, as everything below. */
export async function applyOrganisation(tx: Tx, roster: SealedRoster): Promise<void> {
  const units = await applyUnits(tx, roster.units);
  const people = await applyPeople(tx, roster.people, units);
  await applyPosts(tx, roster.posts, { units, people });
}

/** One for each account of the roster that is not there yet. */
export async function passwordsFor(
  db: Db,
  roster: SealedRoster,
  oneTimePassword: () => Promise<OneTimePassword>,
): Promise<ReadonlyMap<string, OneTimePassword>> {
  const held = new Set(
    (await db.selectFrom('account').select('account').execute()).map(({ account }) => account),
  );
  const missing = roster.people.flatMap(({ account }) =>
    account === null || held.has(account) ? [] : [account],
  );
  return new Map(
    await Promise.all(missing.map(async (account) => [account, await oneTimePassword()] as const)),
  );
}

/**
 * The accounts that are missing, without rights. One person has one account: another name for
 * somebody who has one renames it and leaves its password as it is.
 */
export async function createAccounts(
  tx: Tx,
  roster: SealedRoster,
  passwords: ReadonlyMap<string, OneTimePassword>,
): Promise<RosterApplied['accounts']> {
  const people = await peopleByStaffNo(tx);
  const owners = await tx.selectFrom('account').select(['account', 'person_id']).execute();
  const held = new Set(owners.map(({ account }) => account));
  const owning = new Set(owners.map(({ person_id }) => person_id));
  const created: { account: string; password: string }[] = [];
  for (const { account, staff_no } of roster.people) {
    if (account === null || held.has(account)) continue;
    const person_id = idOf(people, staff_no);
    const made = passwords.get(account);
    if (owning.has(person_id)) {
      await tx
        .updateTable('account')
        .set((eb) => ({ account, version: eb('version', '+', 1) }))
        .where('person_id', '=', person_id)
        .execute();
    } else if (made !== undefined) {
      const row = { id: randomUUID(), account, person_id, password_hash: made.hash };
      await tx.insertInto('account').values(row).execute();
      created.push({ account, password: made.password });
    }
  }
  return created;
}

/** For the accounts that are there; roles that are held already are left as they are. @returns how many were new. */
export async function grantRoles(
  tx: Tx,
  accounts: readonly RosterAccount[],
  grantedBy: string | null,
): Promise<number> {
  const rows = (await withIds(tx, accounts)).flatMap(({ id, roles }) =>
    roles.map((role) => ({ account_id: id, role, granted_by: grantedBy })),
  );
  if (rows.length === 0) return 0;
  const granted = await tx
    .insertInto('account_role')
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .returning('account_id')
    .execute();
  if (granted.length > 0) {
    const changed = [...new Set(granted.map(({ account_id }) => account_id))];
    await tx
      .updateTable('account')
      .set((eb) => ({ version: eb('version', '+', 1) }))
      .where('id', 'in', changed)
      .execute();
  }
  return granted.length;
}

/** What of a roster is not true yet: accounts that are missing, roles that nobody has granted. */
export async function leftOut(
  db: Db,
  roster: SealedRoster,
): Promise<{ readonly accounts: number; readonly roles: number }> {
  const wanted = new Set(roster.people.flatMap(({ account }) => account ?? []));
  const there = await db.selectFrom('account').select('account').execute();
  const held = await db
    .selectFrom('account_role')
    .innerJoin('account', 'account.id', 'account_role.account_id')
    .select(['account.account', 'account_role.role'])
    .execute();
  const roles = new Set(held.map(({ account, role }) => `${account} ${role}`));
  for (const { account } of there) wanted.delete(account);
  return {
    accounts: wanted.size,
    roles: roster.accounts.flatMap(({ account, roles: asked }) =>
      asked.filter((role) => !roles.has(`${account} ${role}`)),
    ).length,
  };
}

async function withIds(tx: Tx, accounts: readonly RosterAccount[]) {
  const names = accounts.map(({ account }) => account);
  if (names.length === 0) return [];
  const found = await tx
    .selectFrom('account')
    .select(['id', 'account'])
    .where('account', 'in', names)
    .execute();
  return found.map(({ id, account }) => ({
    id,
    roles: accounts.find((one) => one.account === account)?.roles ?? [],
  }));
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
