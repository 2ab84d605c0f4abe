/** Units, people, posts and accounts written straight into the tables: the cast of a test. */
import { randomUUID } from 'node:crypto';
import type { Db } from '../../db/client.ts';
import { localDate, type LocalDate } from '../../domain/time.ts';
import type { PostRole, Role, UnitKind } from '../../domain/vocabulary.ts';

export type Unit = { readonly id: string; readonly code: string; readonly name: string };
export type Person = { readonly id: string; readonly name: string; readonly unit_id: string | null };
export type Account = {
  readonly id: string;
  readonly account: string;
  readonly person: Person;
  readonly roles: readonly Role[];
};

let count = 0;
const next = () => `${Date.now().toString(36)}${(count++).toString(36)}`;

export async function createUnit(
  db: Db,
  unit: { name?: string; code?: string; kind?: UnitKind; parent_id?: string | null } = {},
): Promise<Unit> {
  const tag = next();
  const { code = `u-${tag}`, name = `测试单位${tag}`, kind = 'department', parent_id = null } = unit;
  const row = { id: randomUUID(), code, name, short_name: name.slice(0, 20), kind, parent_id };
  await db.insertInto('unit').values(row).execute();
  return { id: row.id, code, name };
}

/** A number that nobody else has, sealed by nobody: for tables, not for phones that ring. */
export const anyPhone = () => ({
  phone_cipher: `test:${randomUUID()}`,
  phone_hash: randomUUID(),
  phone_masked: '138****0000',
});

export async function createPerson(
  db: Db,
  person: {
    name?: string;
    unit_id?: string | null;
    office?: string | null;
    /** As kept, from the cipher of the test; without one nobody can be reached. */
    phone?: { phone_cipher: string; phone_hash: string; phone_masked: string };
  } = {},
): Promise<Person> {
  const tag = next();
  const { name = `测试人${tag}`, unit_id = null, office = null, phone } = person;
  const id = randomUUID();
  await db
    .insertInto('person')
    .values({
      id,
      staff_no: `s-${tag}`,
      name,
      unit_id,
      office,
      phone_cipher: phone?.phone_cipher ?? null,
      phone_hash: phone?.phone_hash ?? null,
      phone_masked: phone?.phone_masked ?? null,
    })
    .execute();
  return { id, name, unit_id };
}

export async function givePost(
  db: Db,
  post: {
    person: Person;
    unit: Unit;
    role: PostRole;
    from?: LocalDate;
    to?: LocalDate | null;
    rank?: number;
  },
): Promise<string> {
  const { person, unit, role, from = localDate('2020-01-01'), to = null, rank = 1 } = post;
  const id = randomUUID();
  await db
    .insertInto('post')
    .values({ id, person_id: person.id, unit_id: unit.id, role, from_date: from, to_date: to, rank })
    .execute();
  return id;
}

/** An account with roles, whose password nobody knows: tests sign it in without one (see api.ts). */
export async function createAccount(
  db: Db,
  options: { roles?: readonly Role[]; unit?: Unit | null; person?: Person; account?: string } = {},
): Promise<Account> {
  const { roles = [], unit = null, account = `a-${next()}` } = options;
  const person = options.person ?? (await createPerson(db, { unit_id: unit?.id ?? null }));
  const id = randomUUID();
  await db
    .insertInto('account')
    .values({ id, account, person_id: person.id, password_hash: 'none', password_is_one_time: false })
    .execute();
  for (const role of roles) {
    await db.insertInto('account_role').values({ account_id: id, role, granted_by: null }).execute();
  }
  return { id, account, person, roles };
}
