import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Processes } from '../../api/deps.ts';
import { seed } from '../../db/seed.ts';
import type { Actor } from '../../domain/process.ts';
import { instantOn, localDate } from '../../domain/time.ts';
import { notice2027 } from '../db/notices.ts';
import { testApi, type Client, type TestApi } from '../support/api.ts';
import { putItem } from '../support/items.ts';
import { createAccount, createUnit, type Account, type Unit } from '../support/people.ts';
import { noProcesses } from '../support/stand-ins.ts';

/** In 2026, when the notice for 2027 comes out. */
const now = instantOn(localDate('2026-11-09'), '10:00');

describe('the calendar over HTTP', () => {
  let api: TestApi;
  let unit: Unit;
  let admin: Account;
  let proposer: Client;
  let second: Client;
  let reader: Client;
  const told: { id: string; version: number; by: Actor; commandId: string }[] = [];
  let failAt: string | null = null;
  const processes: Processes = {
    ...noProcesses,
    replan: ({ id }, { calendar }, by, commandId) => {
      if (id === failAt)
        return Promise.reject(Object.assign(new Error('no worker'), { code: 'ECONNREFUSED' }));
      told.push({ id, version: calendar.version, by, commandId });
      return Promise.resolve(null);
    },
  };

  beforeAll(async () => {
    api = await testApi({ processes, clock: { now: () => Promise.resolve(now) } });
    await seed(api.db, now);
    unit = await createUnit(api.db);
    admin = await createAccount(api.db, { roles: ['assessment_admin'], unit });
    proposer = await api.signedIn(admin);
    second = await api.signedIn(await createAccount(api.db, { roles: ['assessment_admin'], unit }));
    reader = await api.signedIn(await createAccount(api.db, { roles: ['undertaking_unit'], unit }));
  });
  afterAll(() => api.close());

  const officer = (): Actor => ({
    kind: 'person',
    person_id: admin.person.id,
    unit_id: unit.id,
    role: 'supervision_officer',
  });

  describe('a year', () => {
    it('is shown day by day to everybody who is signed in', async () => {
      const { status, body, headers } = await reader.get('/calendar/2026');
      expect(status).toBe(200);
      expect(headers['etag']).toBe('"1"');
      expect(body).toMatchObject({ year: 2026, status: 'official', version: 1 });
      expect(body.days).toHaveLength(365);
      expect(body.days[0]).toEqual({ date: '2026-01-01', working: false, name: '元旦' });
      expect((await reader.get('/calendar/2027')).body.status).toBe('provisional');
    });

    it('without data is not found, and nobody is told anything without signing in', async () => {
      expect((await reader.get('/calendar/2031')).status).toBe(404);
      expect((await reader.get('/calendar/soon')).status).toBe(400);
      expect((await api.anonymous.get('/calendar/2026')).status).toBe(401);
    });
  });

  describe('a deadline', () => {
    const due = async (query: string) => (await reader.get(`/calendar/deadline?${query}`)).body.due;

    it('in working days does not count the day it begins', async () => {
      expect(await due('from=2026-02-13&working_days=3')).toBe('2026-02-25');
      expect(await due('from=2026-02-25&working_days=-3')).toBe('2026-02-13');
    });

    it('in calendar days passes over nothing', async () => {
      expect(await due('from=2026-02-13&calendar_days=3')).toBe('2026-02-16');
      expect(await due('from=2028-02-28&calendar_days=1')).toBe('2028-02-29');
    });

    it('R-058 of a class counts the day of deployment as day one', async () => {
      expect(await due('from=2026-09-28&class=ordinary_item')).toBe('2026-10-04');
      expect(await due('from=2026-01-31&class=complex_item')).toBe('2026-02-28');
      expect(await due('from=2026-03-01&class=year_end_clear')).toBe('2026-12-31');
    });

    it('says by which version of the calendar', async () => {
      const { body } = await reader.get('/calendar/deadline?from=2026-02-13&working_days=3');
      expect(body).toEqual({ due: '2026-02-25', calendar_version: 1 });
    });

    it('that reaches into a year without data is refused, never guessed', async () => {
      const { status, body } = await reader.get('/calendar/deadline?from=2027-12-30&working_days=5');
      expect(status).toBe(422);
      expect(body.code).toBe('calendar_not_loaded');
    });

    it.each([
      ['from=2026-02-13', ''],
      ['from=2026-02-13&working_days=3&calendar_days=2', ''],
      ['from=2026-02-13&working_days=3&class=ordinary_item', ''],
      ['from=2026-02-30&working_days=3', '/from'],
      ['working_days=3', '/from'],
      ['from=2026-02-13&working_days=three', '/working_days'],
      ['from=2026-02-13&working_days=1e9', '/working_days'],
      ['from=2026-02-13&class=any', '/class'],
      ['from=2026-02-13&working_days=3&hours=4', '/hours'],
    ])('asked as %s is a bad request that names the place', async (query, pointer) => {
      const { status, body } = await reader.get(`/calendar/deadline?${query}`);
      expect(status).toBe(400);
      expect(body.errors[0]).toMatchObject({ pointer, in: 'query' });
    });
  });

  describe('a notice', () => {
    const notice = { year: 2027, source: '国办发明电〔2026〕9号', csv: notice2027 };

    it('may be proposed by those who run the assessment, and by nobody else', async () => {
      expect((await reader.post('/calendar-publications', notice)).status).toBe(403);
      expect((await reader.get('/calendar-publications')).status).toBe(403);
    });

    it.each([
      [
        'a day given twice',
        notice2027.replace('2027-02-05,2027-02-11', '2027-01-03,2027-02-11'),
        '/csv',
        '第3行',
      ],
      ['a year half given', notice2027.split('\n').slice(0, 4).join('\n'), '/csv', '缺少'],
      [
        'a date that does not exist',
        notice2027.replace('2027-06-09,2027-06-09', '2027-06-31,2027-06-31'),
        '/csv',
        '第6行',
      ],
      ['a foreign heading', 'a,b,c', '/csv', '表头'],
    ])('with %s is refused with the place', async (_, csv, pointer, said) => {
      const { status, body } = await proposer.post('/calendar-publications', { ...notice, csv });
      expect(status).toBe(422);
      expect(body.code).toBe('notice_faulty');
      expect(body.errors[0].pointer).toBe(pointer);
      expect(body.errors[0].detail).toContain(said);
    });

    it('of another year than it says is refused', async () => {
      const { status, body } = await proposer.post('/calendar-publications', { ...notice, year: 2028 });
      expect(status).toBe(422);
      expect(body.errors[0].detail).toContain('2027');
    });

    it('written out day by day is held to the same', async () => {
      const { days } = (await reader.get('/calendar/2027')).body;
      const propose = (changed: unknown[]) =>
        proposer.post('/calendar-publications', { year: 2027, source: '甲', days: changed });
      const twice = await propose([...days.slice(0, 364), days[10]]);
      expect(twice.body.errors[0]).toMatchObject({ pointer: '/days/364/date' });
      const half = await propose(days.slice(0, 180));
      expect(half.body.errors[0].detail).toContain('缺少185天');
      const none = await propose([...days.slice(0, 364), { date: '2027-02-30', working: true }]);
      expect(none.body.errors[0]).toMatchObject({ pointer: '/days/364/date' });
      const swapped = await propose(
        days.map((day: { working: boolean }) => ({ ...day, working: !day.working })),
      );
      expect(swapped.status).toBe(422);
      for (const answer of [twice, half, none]) expect(answer.status).toBe(422);
      expect((await propose(days)).status).toBe(201);
    });

    it('of local days is held to the same, and needs no whole year', async () => {
      const propose = (local_days: unknown[], year = 2027) =>
        proposer.post('/calendar-publications', { year, source: '州政府', local_days });
      const day = { date: '2027-03-03', working: false, name: '州庆' };
      for (const [days, pointer] of [
        [[day, day], '/local_days/1/date'],
        [[{ ...day, date: '2027-02-30' }], '/local_days/0/date'],
        [[day, { ...day, date: '2026-03-03' }], '/local_days/1/date'],
      ] as const) {
        const { status, body } = await propose([...days]);
        expect([status, body.code, body.errors[0].pointer]).toEqual([422, 'notice_faulty', pointer]);
      }
      const unknown = await propose([{ ...day, date: '2031-03-03' }], 2031);
      expect([unknown.status, unknown.body.errors[0].pointer]).toEqual([422, '/year']);
      const { status, body } = await propose([day]);
      expect(status).toBe(201);
      expect(body).toMatchObject({ region: 'local', changes: [day] });
      // Proposed only: nothing holds yet.
      expect((await reader.get('/calendar/2027')).body.days).not.toContainEqual({ ...day, local: true });
    });

    it('is given in one form, neither none nor both', async () => {
      const { days } = (await reader.get('/calendar/2027')).body;
      for (const body of [
        { year: 2027, source: '甲' },
        { ...notice, days },
        { ...notice, local_days: [] },
      ]) {
        expect((await proposer.post('/calendar-publications', body)).status).toBe(400);
      }
    });

    describe('fault 22: changed in mid-flight', () => {
      let moving: string;
      let fixed: string;
      let closed: string;
      let proposal: { id: string };
      const lead = () => ({ lead_unit_id: unit.id });

      beforeAll(async () => {
        // Its bell lies three working days before, and the notice makes a Sunday in between work.
        const dated = await putItem(api.db, {
          at: now,
          by: officer(),
          facts: { ...lead(), due_on: localDate('2026-12-29') },
          commands: [{ command: 'assign' }],
        });
        moving = dated.id;
        fixed = (
          await putItem(api.db, {
            at: now,
            by: officer(),
            facts: { ...lead(), due_on: localDate('2026-11-20') },
            commands: [{ command: 'assign' }],
          })
        ).id;
        closed = (
          await putItem(api.db, {
            at: now,
            by: officer(),
            facts: { ...lead(), due_on: localDate('2026-12-29') },
          })
        ).id;
        await api.db
          .updateTable('supervision_item')
          .set({ stage: 'closed' })
          .where('id', '=', closed)
          .execute();
      });

      it('is previewed: which open items move, from when to when', async () => {
        const { status, body, headers } = await proposer.post('/calendar-publications', notice);
        expect(status).toBe(201);
        expect(headers['location']).toBe(`/api/v1/calendar-publications/${body.id}`);
        expect(body).toMatchObject({
          stage: 'proposed',
          moved: 1,
          calendar_version: null,
          allowed_commands: [],
        });
        expect(body.moves.map(({ id }: { id: string }) => id)).toEqual([moving]);
        // A dated item's day stays; its bell moves from the 24th to the 25th.
        expect(body.moves[0]).toMatchObject({
          old_due_at: '2026-12-30T00:00:00+08:00',
          new_due_at: '2026-12-30T00:00:00+08:00',
          deadlines: [{ kind: 'item' }],
        });
        expect(body.changes).toContainEqual({ date: '2026-12-27', working: true, name: '元旦' });
        proposal = body;
        expect((await reader.get('/calendar/2027')).body).toMatchObject({
          status: 'provisional',
          version: 1,
        });
      });

      it('is not applied by the one who proposed it', async () => {
        const { status, body } = await proposer.post(
          `/calendar-publications/${proposal.id}/commands/apply`,
          {},
        );
        expect(status).toBe(409);
        expect(body.code).toBe('same_person');
        expect(told).toEqual([]);
      });

      it('is applied by a second person, stops where a worker is missing, and goes on when asked again', async () => {
        const before = await second.get(`/calendar-publications/${proposal.id}`);
        expect(before.body).toMatchObject({ moved: 1, allowed_commands: ['apply'] });
        failAt = fixed;
        const cut = await second.post(`/calendar-publications/${proposal.id}/commands/apply`, {});
        expect(cut.status).toBe(503);
        const between = await second.get(`/calendar-publications/${proposal.id}`);
        expect(between.body).toMatchObject({ stage: 'applying', allowed_commands: ['apply'] });

        failAt = null;
        const { status, body } = await second.post(
          `/calendar-publications/${proposal.id}/commands/apply`,
          {},
        );
        expect(status).toBe(200);
        expect(body).toMatchObject({ stage: 'applied', calendar_version: 2, moved: 1, total: 2, done: 2 });
      });

      it('has told every open process and no closed one, each under an id of its own', () => {
        expect(new Set(told.map(({ id }) => id))).toEqual(new Set([moving, fixed]));
        expect(told.every(({ version }) => version === 2)).toBe(true);
        const perItem = new Set(told.map(({ id, commandId }) => `${id} ${commandId}`));
        expect(perItem.size).toBe(2);
      });

      it('holds from then on', async () => {
        expect((await reader.get('/calendar/2027')).body).toMatchObject({ status: 'official', version: 2 });
        const { body } = await reader.get('/calendar/deadline?from=2026-12-25&working_days=1');
        expect(body).toEqual({ due: '2026-12-27', calendar_version: 2 });
      });

      it('changes nothing when it is applied once more', async () => {
        const before = told.length;
        const { status, body } = await second.post(
          `/calendar-publications/${proposal.id}/commands/apply`,
          {},
        );
        expect(status).toBe(200);
        expect(body).toMatchObject({ stage: 'applied', done: 2 });
        expect(told).toHaveLength(before);
      });

      it('is refused when another notice has come in between', async () => {
        const late = (await proposer.post('/calendar-publications', notice)).body;
        const other = (await proposer.post('/calendar-publications', notice)).body;
        expect((await second.post(`/calendar-publications/${other.id}/commands/apply`, {})).status).toBe(200);
        const { status, body } = await second.post(`/calendar-publications/${late.id}/commands/apply`, {});
        expect(status).toBe(409);
        expect(body.code).toBe('preview_outdated');
      });

      it('fault 13: applied fifty times at once is one publication', async () => {
        const fresh = (await proposer.post('/calendar-publications', notice)).body;
        const before = (await reader.get('/calendar/2027')).body.version;
        const answers = await Promise.all(
          Array.from({ length: 50 }, () =>
            second.post(`/calendar-publications/${fresh.id}/commands/apply`, {}),
          ),
        );
        expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
        expect((await reader.get('/calendar/2027')).body.version).toBe(before + 1);
      });

      it('is listed, the newest first, page by page', async () => {
        const first = await second.get('/calendar-publications?limit=2');
        expect(first.body.items).toHaveLength(2);
        const next = await second.get(`/calendar-publications?limit=2&cursor=${first.body.next_cursor}`);
        const ids = [...first.body.items, ...next.body.items].map(({ id }: { id: string }) => id);
        expect(new Set(ids).size).toBe(4);
        expect((await second.get(`/calendar-publications/${randomUUID()}`)).status).toBe(404);
      });
    });
  });
});

describe('warning policies over HTTP', () => {
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

  it('are listed for everybody', async () => {
    const { body } = await reader.get('/warning-policies?limit=3');
    expect(body.items.map(({ name }: { name: string }) => name)).toEqual([
      'acknowledgement',
      'report',
      'review',
    ]);
    const rest = await reader.get(`/warning-policies?cursor=${body.next_cursor}`);
    expect(rest.body.items).toHaveLength(4);
    expect((await reader.get('/warning-policies/none')).status).toBe(404);
  });

  it('get a new version; the old one stays readable', async () => {
    const { version: _, created_at: __, ...policy } = (await reader.get('/warning-policies/standard')).body;
    const gentle = { ...policy, repeat: null };
    const { status, body, headers } = await admin.post('/warning-policies', gentle, { version: 1 });
    expect(status).toBe(201);
    expect(headers['etag']).toBe('"2"');
    expect(body).toMatchObject({ name: 'standard', version: 2, repeat: null });
    const { items } = (await reader.get('/warning-policies/standard/versions')).body;
    expect(items.map(({ version }: { version: number }) => version)).toEqual([2, 1]);
    expect((await admin.post('/warning-policies', gentle, { version: 1 })).status).toBe(412);
  });

  it('are refused with every fault that they have', async () => {
    const { version: _, created_at: __, ...policy } = (await reader.get('/warning-policies/standard')).body;
    const { status, body } = await admin.post('/warning-policies', {
      ...policy,
      levels: policy.levels.toReversed(),
      recipients: { ...policy.recipients, red_card: [] },
    });
    expect(status).toBe(422);
    expect(body.code).toBe('policy_faulty');
    expect(body.errors).toHaveLength(2);
    expect((await admin.post('/warning-policies', { ...policy, name: 'Ä' })).status).toBe(400);
  });

  it('are published by nobody but those who run the assessment', async () => {
    const { version: _, created_at: __, ...policy } = (await reader.get('/warning-policies/standard')).body;
    expect((await reader.post('/warning-policies', policy)).status).toBe(403);
  });
});
