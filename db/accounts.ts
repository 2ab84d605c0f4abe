/** Accounts: one person, one account; created without rights. */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { stampOrNull, type Db, type Tx } from './client.ts';
import { scopeOfAccount } from './review-scope.ts';
import { endSessionsOf } from './sessions.ts';
import type { Instant } from '../domain/time.ts';
import type { ReviewScope } from '../domain/permissions.ts';
import type { Role } from '../domain/vocabulary.ts';

export type AccountRow = {
  readonly id: string;
  readonly account: string;
  readonly person_id: string;
  readonly person_name: string;
  readonly unit_id: string | null;
  readonly roles: readonly Role[];
  readonly scope: ReviewScope | null;
  readonly password_is_one_time: boolean;
  readonly disabled_at: Instant | null;
  readonly version: number;
};

const accounts = (db: Db | Tx) =>
  db
    .selectFrom('account')
    .innerJoin('person', 'person.id', 'account.person_id')
    .select([
      'account.id',
      'account.account',
      'account.person_id',
      'person.name as person_name',
      'person.unit_id',
      sql<
        Role[]
      >`array(select role from account_role where account_role.account_id = account.id order by role)`.as(
        'roles',
      ),
      scopeOfAccount.as('scope'),
      'account.password_is_one_time',
      'account.disabled_at',
      'account.version',
    ]);

export async function findAccount(db: Db | Tx, id: string): Promise<AccountRow | null> {
  return (await accounts(db).where('account.id', '=', id).executeTakeFirst()) ?? null;
}

export type AccountFilter = {
  readonly account?: string | undefined;
  readonly person_id?: string | undefined;
  readonly unit_id?: string | undefined;
  readonly role?: Role | undefined;
  readonly disabled?: boolean | undefined;
};

/** By name of account; `after` is the name that the page begins behind. */
export async function listAccounts(
  db: Db,
  filter: AccountFilter,
  page: { limit: number; after: string | null },
): Promise<AccountRow[]> {
  const { account, person_id, unit_id, role, disabled } = filter;
  let query = accounts(db);
  if (account !== undefined) query = query.where('account.account', '=', account);
  if (person_id !== undefined) query = query.where('account.person_id', '=', person_id);
  if (unit_id !== undefined) query = query.where('person.unit_id', '=', unit_id);
  if (disabled !== undefined) query = query.where('account.disabled_at', disabled ? 'is not' : 'is', null);
  if (role !== undefined) {
    query = query.where((row) =>
      row.exists(
        row
          .selectFrom('account_role')
          .select('role')
          .whereRef('account_role.account_id', '=', 'account.id')
          .where('account_role.role', '=', role),
      ),
    );
  }
  if (page.after !== null) query = query.where('account.account', '>', page.after);
  return await query.orderBy('account.account').limit(page.limit).execute();
}

export type Credentials = {
  readonly id: string;
  readonly password_hash: string;
  readonly password_is_one_time: boolean;
  readonly disabled: boolean;
};

export async function credentialsOf(db: Db, account: string): Promise<Credentials | null> {
  const row = await db
    .selectFrom('account')
    .select(['id', 'password_hash', 'password_is_one_time', 'disabled_at'])
    .where('account', '=', account)
    .executeTakeFirst();
  if (row === undefined) return null;
  const { disabled_at, ...credentials } = row;
  return { ...credentials, disabled: disabled_at !== null };
}

/** @returns the new account's id. Throws Postgres's unique violation when name or person is taken. */
export async function createAccount(
  db: Db | Tx,
  account: { id?: string; account: string; person_id: string; password_hash: string },
): Promise<string> {
  const { id = randomUUID(), ...rest } = account;
  await db
    .insertInto('account')
    .values({ id, ...rest })
    .execute();
  return id;
}

/** Sets a password and ends every session that the old one opened. */
export async function setPassword(
  db: Tx,
  id: string,
  password: { hash: string; is_one_time: boolean },
  at: Instant,
): Promise<void> {
  await db
    .updateTable('account')
    .set((row) => ({
      password_hash: password.hash,
      password_is_one_time: password.is_one_time,
      version: row('version', '+', 1),
    }))
    .where('id', '=', id)
    .execute();
  await endSessionsOf(db, id, at);
}

/** Disabling ends every session at once. */
export async function setDisabled(
  tx: Tx,
  id: string,
  disabled_at: Instant | null,
  at: Instant,
): Promise<void> {
  await tx
    .updateTable('account')
    .set((row) => ({ disabled_at: stampOrNull(disabled_at), version: row('version', '+', 1) }))
    .where('id', '=', id)
    .execute();
  if (disabled_at !== null) await endSessionsOf(tx, id, at);
}

/** The roles from now on. Throws check_violation `administrators_are_exclusive` when they exclude each other. */
export async function replaceRoles(
  tx: Tx,
  id: string,
  roles: readonly Role[],
  granted_by: string | null,
): Promise<void> {
  await tx.deleteFrom('account_role').where('account_id', '=', id).execute();
  if (roles.length > 0) {
    await tx
      .insertInto('account_role')
      .values(roles.map((role) => ({ account_id: id, role, granted_by })))
      .execute();
  }
  await tx
    .updateTable('account')
    .set((row) => ({ version: row('version', '+', 1) }))
    .where('id', '=', id)
    .execute();
}

/** Holds the account's row until the transaction ends, so that what was read of it stays true. */
export async function lockAccount(tx: Tx, id: string): Promise<AccountRow | null> {
  await tx.selectFrom('account').select('id').where('id', '=', id).forUpdate().execute();
  return await findAccount(tx, id);
}
