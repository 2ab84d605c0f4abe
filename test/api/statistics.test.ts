import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seed } from '../../db/seed.ts';
import type { Actor } from '../../domain/process.ts';
import { instantOn, later, localDate, rfc3339 } from '../../domain/time.ts';
import { testApi, type Client, type TestApi } from '../support/api.ts';
import { putItem } from '../support/items.ts';
import { createAccount, createUnit, type Unit } from '../support/people.ts';
import { putTask } from '../support/tasks.ts';

const start = instantOn(localDate('2026-11-09'), '10:00');
let now = start;

describe('the statistics of a year', () => {
  let api: TestApi;
  let water: Unit;
  let town: Unit;
  let admin: Client;
  let ofWater: Client;
  let somebody: Actor & { kind: 'person' };

  beforeAll(async () => {
    api = await testApi({ clock: { now: () => Promise.resolve(now) } });
    await seed(api.db, now);
    water = await createUnit(api.db, { name: '水利局' });
    town = await createUnit(api.db, { name: '白榆镇' });
    const account = await createAccount(api.db, { roles: ['assessment_admin'], unit: water });
    admin = await api.signedIn(account);
    ofWater = await api.signedIn(await createAccount(api.db, { roles: ['undertaking_unit'], unit: water }));
    const person_id = account.person.id;
    const by = { kind: 'person', person_id, unit_id: water.id, role: 'supervision_officer' } as const;
    somebody = by;
    const common = { kind: 'common', theme: 'ideology' } as const;
    await putTask(api.db, { unit_id: water.id, person_id, at: now, by, facts: common });
    await putTask(api.db, { unit_id: water.id, person_id, at: now, by });
    await putTask(api.db, { unit_id: town.id, person_id, at: now, by, facts: common });
    await putItem(api.db, {
      facts: { due_on: localDate('2026-12-18'), lead_unit_id: town.id },
      at: now,
      by,
      commands: [{ command: 'assign' }],
    });
    const { rows } = await sql<{
      id: string;
    }>`select id from indicator_task where unit_id = ${town.id}`.execute(api.db);
    await sql`
      insert into warning
        (id, thing_kind, thing_id, event_version, deadline_kind, deadline_version, level, repeat, chain, due_at,
         moment, at, policy_name, policy_version)
      select gen_random_uuid(), 'indicator_task', ${rows[0]?.id}, 1, 'acknowledgement', 1, level, repeat, 'undertaking',
             now(), now(), at, 'test', 1
        from (values ('bell', 0, '2026-01-01T00:00:00+08:00'::timestamptz), ('red_card', 0, '2026-11-09T09:00:00+08:00'),
                     ('red_card', 1, '2026-11-09T09:30:00+08:00'), ('yellow_card', 0, '2027-01-01T00:00:00+08:00'))
             as given(level, repeat, at)`.execute(api.db);
  });
  afterAll(() => api.close());

  const of = async (what: string, client = admin) =>
    (await client.get(`/statistics/${what}?year=2026`)).body.items as Record<string, unknown>[];

  it('tell of each unit its tasks, cards and items', async () => {
    expect(await of('units')).toMatchObject([
      { unit_name: '水利局', tasks: 2, open: 2, red_card: 0, items_assigned: 0, extensions: 0 },
      {
        unit_name: '白榆镇',
        tasks: 1,
        open: 1,
        items_assigned: 1,
        items_closed_on_time: 0,
        items_open_late: 0,
      },
    ]);
  });

  it('show a unit its own part only', async () => {
    expect((await of('units', ofWater)).map(({ unit_name }) => unit_name)).toEqual(['水利局']);
    const parts = await of('themes', ofWater);
    expect(parts.reduce((sum, { tasks }) => sum + Number(tasks), 0)).toBe(2);
  });

  it('R-012 tell of each theme, and of what belongs to none', async () => {
    const [first, ...others] = await of('themes');
    expect(first).toMatchObject({ theme: 'ideology', theme_name: '意识形态', tasks: 2 });
    expect(others).toHaveLength(1);
  });

  it('tell of every month, also of one in which nothing happened', async () => {
    const months = await of('months');
    expect(months.map(({ month }) => month)).toEqual(
      Array.from({ length: 12 }, (_, n) => `2026-${String(n + 1).padStart(2, '0')}`),
    );
    expect(months.at(-1)).toEqual({
      month: '2026-12',
      bell: 0,
      yellow_card: 0,
      red_card: 0,
      items_closed: 0,
      items_closed_on_time: 0,
    });
  });

  it('tell in which month of our time a card was given, and to a unit only its own; a repeat is not another card', async () => {
    const given = (await of('months')).filter(({ bell, yellow_card, red_card }) =>
      [bell, yellow_card, red_card].some((count) => count !== 0),
    );
    expect(given).toMatchObject([
      { month: '2026-01', bell: 1, yellow_card: 0, red_card: 0 },
      { month: '2026-11', bell: 0, yellow_card: 0, red_card: 1 },
    ]);
    expect((await of('months', ofWater)).filter(({ red_card }) => red_card !== 0)).toEqual([]);
  });

  it('are kept for five seconds, say as of when, and are counted anew then', async () => {
    const ask = async (what = 'levels') => (await admin.get(`/statistics/${what}?year=2026`)).body;
    const tasks = ({ items }: { items: { tasks: number }[] }) =>
      items.reduce((sum, row) => sum + row.tasks, 0);
    now = later(start, 60_000);
    const first = await ask();
    expect([tasks(first), first.as_of]).toEqual([3, rfc3339(now)]);
    await putTask(api.db, { unit_id: town.id, person_id: somebody.person_id, at: start, by: somebody });
    now = later(now, 4_999);
    expect(await ask()).toEqual(first);
    now = later(now, 1);
    const second = await ask();
    expect([tasks(second), second.as_of]).toEqual([4, rfc3339(now)]);
  });

  it('of a year without a list are empty, and a year that is none is refused', async () => {
    expect((await admin.get('/statistics/levels?year=2031')).body).toMatchObject({ items: [] });
    expect(await admin.get('/statistics/levels?year=x')).toMatchObject({ status: 400 });
  });
});
