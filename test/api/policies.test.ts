import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Processes } from '../../api/deps.ts';
import { seed } from '../../db/seed.ts';
import type { Actor } from '../../domain/process.ts';
import { refuse } from '../../domain/refusal.ts';
import { instantOn, localDate } from '../../domain/time.ts';
import type { Replan } from '../../workflows/messages.ts';
import { testApi, type Client, type TestApi } from '../support/api.ts';
import { putItem } from '../support/items.ts';
import { createAccount, createUnit, type Account, type Unit } from '../support/people.ts';
import { noProcesses } from '../support/stand-ins.ts';
import { putTask } from '../support/tasks.ts';

const now = instantOn(localDate('2026-11-09'), '10:00');

/** What a client sends of a policy that it has read. */
async function read(client: Client, path: string) {
  const { version: _, created_at: __, ...policy } = (await client.get(path)).body;
  return policy;
}

describe('policies by progress', () => {
  let api: TestApi;
  let admin: Client;
  let reader: Client;
  beforeAll(async () => {
    api = await testApi({ clock: { now: () => Promise.resolve(now) } });
    await seed(api.db, now);
    admin = await api.signedIn(await createAccount(api.db, { roles: ['assessment_admin'] }));
    reader = await api.signedIn(await createAccount(api.db, { roles: ['undertaking_unit'] }));
  });
  afterAll(() => api.close());

  it('are read by everybody: the one that is shipped is Yinchuan’s', async () => {
    const { body } = await reader.get('/progress-policies');
    expect(body.items).toMatchObject([
      { name: 'progress', version: 1, bands: [{ level: 'bell' }, { level: 'yellow_card' }, {}] },
    ]);
    expect((await reader.get('/progress-policies/progress')).headers['etag']).toBe('"1"');
    expect((await reader.get('/progress-policies/none')).status).toBe(404);
  });

  it('get versions, are published once, and a new one may be chosen in an annual list', async () => {
    const policy = await read(reader, '/progress-policies/progress');
    const strict = {
      ...policy,
      at_quarter_end: [{ level: 'red_card', behind: { points: '5', included: true } }],
      on_return: 'yellow_card',
      praise: { points: '10', included: true },
      words: { bell: '蓝牌', praise: '蓝旗' },
      effects: {
        each: [{ on: 'yellow_card', times: 2, in_succession: false, measure: 'letter', points: '-1' }],
        least: '0',
      },
    };
    const { status, body, headers } = await admin.post('/progress-policies', strict, { version: 1 });
    expect([status, headers['etag']]).toEqual([201, '"2"']);
    expect(body).toMatchObject({ ...strict, version: 2 });
    expect((await admin.post('/progress-policies', strict)).body.version).toBe(2);
    expect((await admin.post('/progress-policies', strict, { version: 1 })).status).toBe(412);
    const { items } = (await reader.get('/progress-policies/progress/versions')).body;
    expect(items.map(({ version }: { version: number }) => version)).toEqual([2, 1]);
    expect((await admin.post('/progress-policies', { ...policy, name: 'gentle' })).status).toBe(201);
    expect((await reader.post('/progress-policies', policy)).status).toBe(403);
  });

  it('are refused with every fault, and what is no policy with its place', async () => {
    const policy = await read(reader, '/progress-policies/progress');
    const faulty = {
      ...policy,
      bands: policy.bands.toReversed(),
      recipients: { ...policy.recipients, red_card: [] },
    };
    const { status, body } = await admin.post('/progress-policies', faulty);
    expect([status, body.code]).toEqual([422, 'policy_faulty']);
    expect(body.errors.length).toBeGreaterThanOrEqual(3);
    const [first] = policy.bands;
    for (const points of ['ten', '10.0', '-0', '1e3', '010', 10]) {
      const bands = [{ ...first, behind: { ...first.behind, points } }];
      const wrong = await admin.post('/progress-policies', { ...policy, bands });
      expect([points, wrong.status]).toEqual([points, 400]);
      expect(wrong.body.errors[0].pointer).toBe('/bands/0/behind/points');
    }
  });
});

describe('a policy’s new version for what is open', () => {
  let api: TestApi;
  let unit: Unit;
  let account: Account;
  let admin: Client;
  let reader: Client;
  let moving: string;
  let closed: string;
  let other: string;
  const told: { id: string; replan: Replan; by: Actor; commandId: string }[] = [];
  let failAt: string | null = null;
  let refuseAt: string | null = null;
  const processes: Pick<Processes, 'replan'> = {
    replan: ({ id }, replan, by, commandId) => {
      if (id === failAt)
        return Promise.reject(Object.assign(new Error('no worker'), { code: 'ECONNREFUSED' }));
      if (id === refuseAt) return Promise.resolve(refuse('calendar_not_loaded', '日历中没有数据'));
      told.push({ id, replan, by, commandId });
      return Promise.resolve(null);
    },
  };

  beforeAll(async () => {
    api = await testApi({
      processes: { ...noProcesses, ...processes },
      clock: { now: () => Promise.resolve(now) },
    });
    await seed(api.db, now);
    unit = await createUnit(api.db);
    account = await createAccount(api.db, { roles: ['assessment_admin'], unit });
    admin = await api.signedIn(account);
    reader = await api.signedIn(await createAccount(api.db, { roles: ['undertaking_unit'], unit }));
    const by: Actor = {
      kind: 'person',
      person_id: account.person.id,
      unit_id: unit.id,
      role: 'supervision_officer',
    };
    const put = (facts: object) =>
      putItem(api.db, {
        at: now,
        by,
        facts: { lead_unit_id: unit.id, ...facts },
        commands: [{ command: 'assign' }],
      });
    moving = (await put({ due_on: localDate('2026-11-27') })).id;
    closed = (await put({ due_on: localDate('2026-11-27') })).id;
    other = (await put({ item_class: 'ordinary_item', due_on: null })).id;
    await api.db.updateTable('supervision_item').set({ stage: 'closed' }).where('id', '=', closed).execute();
    await putTask(api.db, {
      unit_id: unit.id,
      person_id: account.person.id,
      at: now,
      by,
      commands: [{ command: 'acknowledge' }],
    });
  });
  afterAll(() => api.close());

  const propose = (sort: string, name: string) => admin.post('/policy-applications', { sort, name });
  const publishStandard = async (amount: number) => {
    const standard = await read(admin, '/warning-policies/standard');
    const [bell, ...rest] = standard.levels;
    const levels = [{ ...bell, moment: { ...bell.moment, amount } }, ...rest];
    expect((await admin.post('/warning-policies', { ...standard, levels })).status).toBe(201);
  };

  it('concerns nothing as long as there is none', async () => {
    expect((await propose('warning', 'standard')).body).toMatchObject({ concerned: 0, moved: 0, moves: [] });
    expect((await propose('warning', 'none')).status).toBe(404);
    expect((await propose('progress', 'standard')).status).toBe(404);
  });

  it('is previewed: which warnings move, come and go, and nothing is changed', async () => {
    await publishStandard(-5);
    const { status, body, headers } = await propose('warning', 'standard');
    expect(status).toBe(201);
    expect(headers['location']).toBe(`/api/v1/policy-applications/${body.id}`);
    expect(body).toMatchObject({
      stage: 'proposed',
      sort: 'warning',
      name: 'standard',
      policy_version: 2,
      concerned: 1,
      moved: 1,
      allowed_commands: ['apply'],
      cannot_move: [],
    });
    expect(body.moves).toMatchObject([
      {
        id: moving,
        old_due_at: '2026-11-28T00:00:00+08:00',
        new_due_at: '2026-11-28T00:00:00+08:00',
        warnings: [
          {
            deadline: 'item',
            what: 'bell',
            old_at: '2026-11-24T09:00:00+08:00',
            new_at: '2026-11-20T09:00:00+08:00',
          },
        ],
      },
    ]);
    expect(told).toEqual([]);
    expect((await reader.get(`/policy-applications/${body.id}`)).status).toBe(403);
  });

  it('is outdated as soon as a newer version has been published', async () => {
    const { id } = (await propose('warning', 'standard')).body;
    await publishStandard(-6);
    const { status, body } = await admin.post(`/policy-applications/${id}/commands/apply`, {});
    expect([status, body.code]).toEqual([409, 'preview_outdated']);
    expect(told).toEqual([]);
  });

  it('is told to what has frozen an older one, stops where a worker is missing, and goes on when asked again', async () => {
    const { id } = (await propose('warning', 'standard')).body;
    failAt = moving;
    expect((await admin.post(`/policy-applications/${id}/commands/apply`, {})).status).toBe(503);
    expect((await admin.get(`/policy-applications/${id}`)).body).toMatchObject({
      stage: 'applying',
      total: 1,
      done: 0,
    });
    failAt = null;
    const { status, body } = await admin.post(`/policy-applications/${id}/commands/apply`, {});
    expect(status).toBe(200);
    // [D] One person is enough, and is on record.
    expect(body).toMatchObject({ stage: 'applied', total: 1, done: 1, applied_by: account.id });
    expect(told.map((one) => one.id)).toEqual([moving]);
    expect(told[0]?.replan.policy).toMatchObject({
      sort: 'warning',
      policy: { name: 'standard', version: 3 },
    });
    expect(told[0]?.commandId).toBe(`policy-${id}-${moving}`);
    expect([closed, other]).not.toContain(told[0]?.id);
    await admin.post(`/policy-applications/${id}/commands/apply`, {});
    expect(told).toHaveLength(1);
  });

  it('by progress concerns the tasks, and tells which card the next checkpoint would give', async () => {
    const policy = await read(admin, '/progress-policies/progress');
    const bands = [{ level: 'red_card', behind: { points: '1', included: true } }];
    await admin.post('/progress-policies', { ...policy, bands });
    const { body } = await propose('progress', 'progress');
    expect(body).toMatchObject({ sort: 'progress', concerned: 1, moved: 1 });
    const [move] = body.moves;
    const given = move.warnings.map(({ what, new_at }: { what: string; new_at: string | null }) =>
      new_at === null ? `no ${what}` : what,
    );
    expect(given).toContain('red_card');
  });

  it('that a thing cannot follow holds nobody up: it is shown', async () => {
    const { id } = (await propose('warning', 'standard')).body;
    refuseAt = moving;
    const { status, body } = await admin.post(`/policy-applications/${id}/commands/apply`, {});
    expect(status).toBe(200);
    expect(body).toMatchObject({ stage: 'applied', done: 1, moved: 0, concerned: 0 });
    expect(body.cannot_move).toMatchObject([{ id: moving, detail: '日历中没有数据' }]);
    refuseAt = null;
  });

  it('is listed, the newest first, and its document is asked for by its id', async () => {
    const first = await admin.get('/policy-applications?limit=2');
    const next = await admin.get(`/policy-applications?limit=2&cursor=${first.body.next_cursor}`);
    const ids = [...first.body.items, ...next.body.items].map(({ id }: { id: string }) => id);
    expect(new Set(ids).size).toBe(4);
    expect((await admin.get(`/policy-applications/${randomUUID()}`)).status).toBe(404);
  });
});
