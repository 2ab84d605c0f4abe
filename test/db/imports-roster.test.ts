import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { officeLimits, readWorkbook } from '../../api/xlsx.ts';
import type { Db } from '../../db/client.ts';
import {
  applyOrganisation,
  circlesOfUnits,
  createAccounts,
  excludedRoles,
  grantRoles,
  knownOrganisation,
  passwordsFor,
  sealRoster,
  RosterOutdated,
  type SealedRoster,
} from '../../db/imports-roster.ts';
import { checkRoster, type Roster } from '../../domain/import-roster.ts';
import { localDate } from '../../domain/time.ts';
import { testPhones } from '../support/api.ts';
import { freshDatabase, type FreshDatabase } from '../support/database.ts';

const phones = testPhones();
let made = 0;
const options = {
  grantRoles: true,
  grantedBy: null,
  oneTimePassword: () => Promise.resolve({ password: `once-${(made += 1)}`, hash: 'hash' }),
};

async function sampleRoster(db: Db): Promise<Roster> {
  const workbook = await readWorkbook(
    await readFile(new URL('../../sample/roster.xlsx', import.meta.url)),
    officeLimits,
  );
  if ('faults' in workbook) throw new Error(JSON.stringify(workbook.faults));
  const checked = checkRoster(workbook.sheets, await knownOrganisation(db));
  if ('faults' in checked) throw new Error(JSON.stringify(checked.faults));
  return checked.rows;
}

describe('the roster in the tables', () => {
  let database: FreshDatabase;
  let db: Db;
  let roster: Roster;
  /** As the two administrators do it one after the other, and as the first start does: all at once. */
  const apply = (sealed: SealedRoster, how: Partial<typeof options> = {}) =>
    db.transaction().execute(async (tx) => {
      const { oneTimePassword, grantedBy, grantRoles: grants } = { ...options, ...how };
      const passwords = await passwordsFor(tx, sealed, oneTimePassword);
      await applyOrganisation(tx, sealed);
      return {
        accounts: await createAccounts(tx, sealed, passwords),
        roles_granted: grants ? await grantRoles(tx, sealed.accounts, grantedBy) : 0,
      };
    });
  const seal = (one: Roster) => sealRoster(one, phones.seal);
  const everything = async () => {
    const [units, people, posts, accounts, roles] = await Promise.all([
      db.selectFrom('unit').selectAll().orderBy('code').execute(),
      db
        .selectFrom('person')
        .select(['id', 'staff_no', 'name', 'unit_id', 'office', 'phone_masked', 'phone_hash', 'version'])
        .orderBy('staff_no')
        .execute(),
      db.selectFrom('post').selectAll().orderBy('id').execute(),
      db.selectFrom('account').selectAll().orderBy('account').execute(),
      db.selectFrom('account_role').selectAll().orderBy('account_id').orderBy('role').execute(),
    ]);
    return { units, people, posts, accounts, roles };
  };

  beforeAll(async () => {
    database = await freshDatabase();
    db = database.db;
    roster = await sampleRoster(db);
  });
  afterAll(() => database.drop());

  it('fills an empty system with the whole sample city', async () => {
    const { accounts, roles_granted } = await apply(seal(roster));
    const now = await everything();
    expect(now.units).toHaveLength(roster.units.length);
    expect(now.people).toHaveLength(roster.people.length);
    expect(now.accounts).toHaveLength(accounts.length);
    expect(now.roles).toHaveLength(roles_granted);
    expect(now.accounts.every(({ password_is_one_time }) => password_is_one_time)).toBe(true);
    expect(new Set(accounts.map(({ password }) => password)).size).toBe(accounts.length);
  });

  it('keeps no phone number that anybody could read', async () => {
    const rows = await db.selectFrom('person').selectAll().execute();
    const text = JSON.stringify(rows);
    expect(roster.people.filter(({ phone }) => phone !== null && text.includes(phone))).toEqual([]);
    const [first] = roster.people;
    const kept = rows.find(({ staff_no }) => staff_no === first?.staff_no);
    expect(phones.open(kept?.phone_cipher ?? '')).toBe(first?.phone);
  });

  it('lets the warnings of a unit climb to the city leader in whose portfolio it lies', async () => {
    const leader = roster.posts.find(({ role }) => role === 'city_leader');
    const held = await db
      .selectFrom('post')
      .innerJoin('person', 'person.id', 'post.person_id')
      .innerJoin('unit', 'unit.id', 'post.unit_id')
      .select('unit.code')
      .where('person.staff_no', '=', leader?.staff_no ?? '')
      .where('post.role', '=', 'city_leader')
      .execute();
    expect(held.map(({ code }) => code).toSorted()).toEqual(leader?.portfolio.toSorted());
  });

  it('ranks the holders of one role in the order of the sheet', async () => {
    const deputies = roster.posts.filter(({ role }) => role === 'deputy_leader');
    const code = deputies.find(
      (one, i) => deputies.findIndex((d) => d.unit_code === one.unit_code) < i,
    )?.unit_code;
    const ranked = await db
      .selectFrom('post')
      .innerJoin('person', 'person.id', 'post.person_id')
      .innerJoin('unit', 'unit.id', 'post.unit_id')
      .select('person.staff_no')
      .where('unit.code', '=', code ?? '')
      .where('post.role', '=', 'deputy_leader')
      .orderBy('rank')
      .execute();
    expect(ranked.map(({ staff_no }) => staff_no)).toEqual(
      deputies.filter(({ unit_code }) => unit_code === code).map(({ staff_no }) => staff_no),
    );
  });

  it('changes nothing when it is applied once more', async () => {
    const before = await everything();
    const again = await apply(seal(await sampleRoster(db)));
    expect(again).toEqual({ accounts: [], roles_granted: 0 });
    expect(await everything()).toEqual(before);
  });

  it('lets two units exchange their names', async () => {
    const [a, b] = roster.units;
    if (a === undefined || b === undefined) throw new Error('two units');
    const swapped = [
      { ...a, name: b.name, short_name: b.short_name },
      { ...b, name: a.name, short_name: a.short_name },
    ];
    await apply({ units: swapped, people: [], posts: [], accounts: [] });
    const names = await db
      .selectFrom('unit')
      .select(['code', 'name'])
      .where('code', 'in', [a.code, b.code])
      .execute();
    expect(Object.fromEntries(names.map(({ code, name }) => [code, name]))).toEqual({
      [a.code]: b.name,
      [b.code]: a.name,
    });
    await apply({ units: [a, b], people: [], posts: [], accounts: [] });
  });

  it('ends a post and hands it on without forgetting who held it before', async () => {
    const post = roster.posts.find(({ role }) => role === 'principal_leader');
    const successor = roster.people.at(-1);
    if (post === undefined || successor === undefined) throw new Error('a leader and a successor');
    const handed = [
      { ...post, to: localDate('2026-03-31') },
      { ...post, staff_no: successor.staff_no, from: localDate('2026-04-01') },
    ];
    await apply({ units: [], people: [], posts: handed, accounts: [] });
    const holders = await db
      .selectFrom('post')
      .innerJoin('person', 'person.id', 'post.person_id')
      .innerJoin('unit', 'unit.id', 'post.unit_id')
      .select(['person.staff_no', 'from_date', 'to_date'])
      .where('unit.code', '=', post.unit_code)
      .where('post.role', '=', 'principal_leader')
      .orderBy('from_date')
      .execute();
    expect(holders).toEqual([
      { staff_no: post.staff_no, from_date: post.from, to_date: '2026-03-31' },
      { staff_no: successor.staff_no, from_date: '2026-04-01', to_date: null },
    ]);
  });

  it('replaces a whole portfolio with the new one', async () => {
    const leader = roster.posts.find(({ role }) => role === 'city_leader');
    if (leader === undefined) throw new Error('a city leader');
    const [kept = ''] = leader.portfolio;
    await apply({ units: [], people: [], posts: [{ ...leader, portfolio: [kept] }], accounts: [] });
    const held = await db
      .selectFrom('post')
      .innerJoin('person', 'person.id', 'post.person_id')
      .innerJoin('unit', 'unit.id', 'post.unit_id')
      .select('unit.code')
      .where('person.staff_no', '=', leader.staff_no)
      .where('post.role', '=', 'city_leader')
      .execute();
    expect(held).toEqual([{ code: kept }]);
  });

  it('renames the account of somebody who has one, and leaves the password alone', async () => {
    const person = roster.people.find(({ account }) => account !== null);
    if (person === undefined) throw new Error('somebody with an account');
    const before = await db
      .selectFrom('account')
      .selectAll()
      .where('account', '=', person.account ?? '')
      .executeTakeFirstOrThrow();
    const { accounts } = await apply(
      seal({ units: [], people: [{ ...person, account: 'new.name' }], posts: [], accounts: [] }),
    );
    expect(accounts).toEqual([]);
    const after = await db
      .selectFrom('account')
      .selectAll()
      .where('id', '=', before.id)
      .executeTakeFirstOrThrow();
    expect(after).toEqual({ ...before, account: 'new.name', version: before.version + 1 });
  });

  it('grants no roles unless it may', async () => {
    const unit = roster.units[0]?.code ?? '';
    const person = {
      staff_no: 'N1',
      name: '新人',
      phone: null,
      unit_code: unit,
      office: null,
      account: 'new.one',
    };
    const accounts = [{ account: 'new.one', roles: ['supervision_officer' as const] }];
    const made = await apply({ units: [], people: [person], posts: [], accounts }, { grantRoles: false });
    expect(made.accounts.map(({ account }) => account)).toEqual(['new.one']);
    expect(made.roles_granted).toBe(0);
  });

  it('GB/T 22239 8.1.5 names the accounts that would be administrator and something else', async () => {
    expect(await excludedRoles(db, [{ account: 'system.admin', roles: ['system_admin'] }])).toEqual([]);
    expect(await excludedRoles(db, [{ account: 'system.admin', roles: ['undertaking_unit'] }])).toEqual([
      'system.admin',
    ]);
    expect(await excludedRoles(db, [{ account: 'new.one', roles: ['audit_admin'] }])).toEqual([]);
  });

  it('names units that would stand above themselves through units that the sheet does not name', async () => {
    const unit = (code: string, parent_code: string | null) => ({
      code,
      name: `单位${code}`,
      short_name: code,
      kind: 'department' as const,
      parent_code,
    });
    await apply({
      units: [unit('Z1', null), unit('Z2', 'Z1'), unit('Z3', 'Z2')],
      people: [],
      posts: [],
      accounts: [],
    });
    expect(await circlesOfUnits(db, [unit('Z1', 'Z3')])).toEqual(['Z1']);
    expect(await circlesOfUnits(db, [unit('Z3', 'Z1')])).toEqual([]);
  });

  it('does nothing at all when one thing that it refers to has gone', async () => {
    const before = await everything();
    const [unit] = roster.units;
    const nobody = {
      staff_no: 'X9',
      name: '无',
      phone: null,
      unit_code: 'NOWHERE',
      office: null,
      account: null,
    };
    await expect(
      apply({
        units: unit === undefined ? [] : [{ ...unit, name: '改名' }],
        people: [nobody],
        posts: [],
        accounts: [],
      }),
    ).rejects.toThrow(RosterOutdated);
    expect(await everything()).toEqual(before);
  });
});
