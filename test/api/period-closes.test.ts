/** The months as they were closed: who sees which units, page by page, and what an upgrade counts anew. */
import { readFile } from 'node:fs/promises';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seed } from '../../db/seed.ts';
import { instantOn, localDate } from '../../domain/time.ts';
import { testApi, type Client, type TestApi } from '../support/api.ts';
import { putItem } from '../support/items.ts';
import { createAccount, createUnit, givePost, type Unit } from '../support/people.ts';

let api: TestApi;
let admin: Client;
let units: Unit[];

beforeAll(async () => {
  api = await testApi();
  await seed(api.db, instantOn(localDate('2026-01-05'), '09:00'));
  units = [];
  for (const code of ['A1', 'B1', 'C1']) units.push(await createUnit(api.db, { code, name: `单位${code}` }));
  admin = await api.signedIn(await createAccount(api.db, { roles: ['assessment_admin'] }));
  for (const month of ['2026-07', '2026-08']) for (const unit of units) await close(month, unit);
});
afterAll(() => api.close());

/** What is none is not written. */
const close = (month: string, unit: Unit) =>
  sql`
    insert into period_close (month, unit_id, as_of, taken_at, tasks, items, warnings)
    values (${month}, ${unit.id}, '2026-09-01T00:00:00+08:00', '2026-09-01T01:00:02+08:00',
            '{"green": 7, "bell": 1}', '{"red_card": 2}', '{"yellow_card": 3}')`.execute(api.db);

const of = async (client: Client, query: string) => (await client.get(`/period-closes?${query}`)).body;
const names = ({ items }: { items: { unit_name: string }[] }) => items.map(({ unit_name }) => unit_name);

test('R-052 a closed month tells of each unit what was open in which colour, and which cards it was given', async () => {
  const { items, next_cursor } = await of(admin, 'month=2026-08');
  expect(items).toHaveLength(3);
  expect(next_cursor).toBeNull();
  expect(items[0]).toEqual({
    month: '2026-08',
    unit_id: units[0]?.id,
    unit_name: '单位A1',
    as_of: '2026-09-01T00:00:00+08:00',
    taken_at: '2026-09-01T01:00:02+08:00',
    tasks: { green: 7, bell: 1, yellow_card: 0, red_card: 0 },
    items: { green: 0, bell: 0, yellow_card: 0, red_card: 2 },
    warnings: { bell: 0, yellow_card: 3, red_card: 0 },
  });
});

test('it comes page by page in the order of the units, and a month that is not closed is empty', async () => {
  const first = await admin.get('/period-closes?month=2026-08&limit=2');
  expect(names(first.body)).toEqual(['单位A1', '单位B1']);
  expect(first.headers['link']).toContain('rel="next"');
  const next = await of(admin, `month=2026-08&limit=2&cursor=${first.body.next_cursor}`);
  expect([names(next), next.next_cursor]).toEqual([['单位C1'], null]);
  expect(await of(admin, 'month=2026-09')).toEqual({ items: [], next_cursor: null });
  for (const wrong of ['', 'month=2026-13', 'month=2026-8', 'month=1999-01'])
    expect([wrong, (await admin.get(`/period-closes?${wrong}`)).status]).toEqual([wrong, 400]);
});

test('a unit sees its own part, a city leader the portfolio, and who sees no statistics nothing', async () => {
  const [own, other] = units as [Unit, Unit];
  const unit = await api.signedIn(await createAccount(api.db, { roles: ['undertaking_unit'], unit: own }));
  expect(names(await of(unit, 'month=2026-08'))).toEqual([own.name]);
  const leading = await createAccount(api.db, { roles: ['city_leader'], unit: await createUnit(api.db) });
  await givePost(api.db, { person: leading.person, unit: other, role: 'city_leader' });
  expect(names(await of(await api.signedIn(leading), 'month=2026-08'))).toEqual([other.name]);
  const system = await api.signedIn(await createAccount(api.db, { roles: ['system_admin'] }));
  expect((await system.get('/period-closes?month=2026-08')).status).toBe(403);
});

test("months that were closed with the office's lateness and with repeats among the cards are counted anew", async () => {
  const unit = await createUnit(api.db, { code: 'D1' });
  const { id } = await putItem(api.db, {
    facts: { due_on: localDate('2026-12-18'), lead_unit_id: unit.id },
    at: instantOn(localDate('2026-07-01'), '09:00'),
    by: { kind: 'system' },
  });
  await sql`
    insert into warning
      (id, thing_kind, thing_id, event_version, deadline_kind, deadline_version, level, repeat, chain, due_at,
       moment, at, policy_name, policy_version)
    select gen_random_uuid(), 'supervision_item', ${id}, 1, kind, 1, level, repeat, chain, at, at, at, 'test', 1
      from (values ('item', 'red_card', 0, 'undertaking', '2026-08-01T00:00:00+08:00'::timestamptz),
                   ('item', 'red_card', 1, 'undertaking', '2026-08-05T09:00:00+08:00'),
                   ('review', 'red_card', 0, 'reviewing', '2026-08-06T00:00:00+08:00'),
                   ('report', 'bell', 0, 'undertaking', '2026-08-01T00:00:01+08:00'))
           as given(kind, level, repeat, chain, at)`.execute(api.db);
  for (const month of ['2026-07', '2026-08', '2026-09']) await close(month, unit);
  const migration = new URL('../../db/migrations/0015-cards-of-closed-months.sql', import.meta.url);
  await sql.raw(await readFile(migration, 'utf8')).execute(api.db);
  const warnings = async (month: string) =>
    (
      await api.db
        .selectFrom('period_close')
        .select('warnings')
        .where('month', '=', month)
        .where('unit_id', '=', unit.id)
        .executeTakeFirstOrThrow()
    ).warnings;
  expect([await warnings('2026-07'), await warnings('2026-08'), await warnings('2026-09')]).toEqual([
    { red_card: 1 },
    { bell: 1 },
    {},
  ]);
});
