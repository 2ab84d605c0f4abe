import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seed } from '../../db/seed.ts';
import type { Actor } from '../../domain/process.ts';
import { instantOn, localDate } from '../../domain/time.ts';
import { testApi, type Client, type TestApi } from '../support/api.ts';
import { putItem } from '../support/items.ts';
import { createAccount, createUnit, type Unit } from '../support/people.ts';
import { putTask } from '../support/tasks.ts';

const now = instantOn(localDate('2026-11-09'), '10:00');

describe('the statistics of a year', () => {
  let api: TestApi;
  let water: Unit;
  let town: Unit;
  let admin: Client;
  let ofWater: Client;

  beforeAll(async () => {
    api = await testApi({ clock: { now: () => Promise.resolve(now) } });
    await seed(api.db, now);
    water = await createUnit(api.db, { name: '水利局' });
    town = await createUnit(api.db, { name: '白榆镇' });
    const account = await createAccount(api.db, { roles: ['assessment_admin'], unit: water });
    admin = await api.signedIn(account);
    ofWater = await api.signedIn(await createAccount(api.db, { roles: ['undertaking_unit'], unit: water }));
    const person_id = account.person.id;
    const by: Actor = { kind: 'person', person_id, unit_id: water.id, role: 'supervision_officer' };
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

  it('of a year without a list are empty, and a year that is none is refused', async () => {
    expect((await admin.get('/statistics/levels?year=2031')).body).toEqual({ items: [] });
    expect(await admin.get('/statistics/levels?year=x')).toMatchObject({ status: 400 });
  });
});
