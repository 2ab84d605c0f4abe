/** A city's people for the bench: one supervision office and sixty units with their reporters and leaders. */
import { randomUUID } from 'node:crypto';
import type { Phones } from '../api/deps.ts';
import { wallNow } from '../db/clock.ts';
import type { Db } from '../db/client.ts';
import { openSession } from '../db/sessions.ts';
import { localDate } from '../domain/time.ts';
import type { PostRole, Role } from '../domain/vocabulary.ts';

export type Cast = Awaited<ReturnType<typeof castOf>>;
export type Someone = { readonly person_id: string; readonly unit_id: string; readonly token: string };

type Sealed = NonNullable<ReturnType<Phones['seal']>>;

const UNITS = 60;

export async function castOf(db: Db, seal: Phones['seal']) {
  let numbers = 13_900_000_000;
  async function someone(unit_id: string, role: Role, post: PostRole | null): Promise<Someone> {
    const phone = seal(String((numbers += 1)));
    if (phone === null) throw new Error('no such number');
    return enrolled(db, phone, unit_id, role, post);
  }
  const office = await unitNamed(db, '市督查办');
  const officer = await someone(office, 'supervision_officer', null);
  const units: { readonly id: string; readonly reporter: Someone }[] = [];
  for (let n = 1; n <= UNITS; n += 1) {
    const id = await unitNamed(db, `单位${n}`);
    const reporter = await someone(id, 'undertaking_unit', 'reporter');
    await someone(id, 'undertaking_unit', 'deputy_leader');
    await someone(id, 'undertaking_unit', 'principal_leader');
    units.push({ id, reporter });
  }
  const byUnit = new Map(units.map(({ id, reporter }) => [id, reporter]));
  return {
    officer,
    reporterOf(unit_id: string): Someone {
      const reporter = byUnit.get(unit_id);
      if (reporter === undefined) throw new Error('no such unit');
      return reporter;
    },
    unit(n: number) {
      const unit = units[n % UNITS];
      if (unit === undefined) throw new Error('no units');
      return unit;
    },
  };
}

async function unitNamed(db: Db, name: string): Promise<string> {
  const id = randomUUID();
  await db
    .insertInto('unit')
    .values({ id, code: id, name, short_name: name, kind: 'department', parent_id: null })
    .execute();
  return id;
}

async function enrolled(
  db: Db,
  phone: Sealed,
  unit_id: string,
  role: Role,
  post: PostRole | null,
): Promise<Someone> {
  const person_id = randomUUID();
  const account_id = randomUUID();
  await db
    .insertInto('person')
    .values({ id: person_id, staff_no: person_id, name: '某人', unit_id, office: null, ...phone })
    .execute();
  if (post !== null) {
    const from_date = localDate('2020-01-01');
    await db
      .insertInto('post')
      .values({ id: randomUUID(), person_id, unit_id, role: post, from_date, to_date: null, rank: 1 })
      .execute();
  }
  await db
    .insertInto('account')
    .values({
      id: account_id,
      account: account_id,
      person_id,
      password_hash: 'none',
      password_is_one_time: false,
    })
    .execute();
  await db.insertInto('account_role').values({ account_id, role, granted_by: null }).execute();
  const { token } = await openSession(db, account_id, wallNow());
  return { person_id, unit_id, token };
}
