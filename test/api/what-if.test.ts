import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seed } from '../../db/seed.ts';
import type { Actor } from '../../domain/process.ts';
import { instantOn, localDate } from '../../domain/time.ts';
import { notice2027 } from '../db/notices.ts';
import { testApi, type Client, type TestApi } from '../support/api.ts';
import { putItem } from '../support/items.ts';
import { createAccount, createUnit, type Account, type Unit } from '../support/people.ts';
import { putTask } from '../support/tasks.ts';

const now = instantOn(localDate('2026-11-09'), '10:00');

describe('what would be', () => {
  let api: TestApi;
  let unit: Unit;
  let admin: Account;
  let officer: Client;
  let by: Actor;
  let dated: string;
  let task: Awaited<ReturnType<typeof putTask>>;

  const assigned = { command: 'assign' } as const;

  beforeAll(async () => {
    api = await testApi({ clock: { now: () => Promise.resolve(now) } });
    await seed(api.db, now);
    unit = await createUnit(api.db);
    admin = await createAccount(api.db, { roles: ['assessment_admin'], unit });
    officer = await api.signedIn(await createAccount(api.db, { roles: ['supervision_officer'], unit }));
    by = { kind: 'person', person_id: admin.person.id, unit_id: unit.id, role: 'supervision_officer' };
    const item = (due_on: string) => ({ due_on: localDate(due_on), lead_unit_id: unit.id });
    dated = (await putItem(api.db, { facts: item('2026-11-20'), at: now, by, commands: [assigned] })).id;
    await putItem(api.db, { facts: item('2026-12-18'), at: now, by, commands: [assigned] });
    await putItem(api.db, { facts: item('2026-12-18'), at: now, by });
    await sql`update supervision_item set started_at = created_at`.execute(api.db);
    const acknowledged = { command: 'acknowledge' } as const;
    task = await putTask(api.db, {
      unit_id: unit.id,
      person_id: admin.person.id,
      at: now,
      by,
      commands: [acknowledged],
    });
  });
  afterAll(() => api.close());

  const ask = (things: unknown, change: unknown) => officer.post('/what-if', { things, change });
  const one = () => ({ kind: 'supervision_item', id: dated });
  const moved = (thing: { moves: { what: string; old_at: string | null; new_at: string | null }[] }) =>
    thing.moves.map(({ what, old_at, new_at }) => `${what} ${old_at?.slice(0, 10)} ${new_at?.slice(0, 10)}`);

  it('with another day of one item is told with every warning, and the item stays as it was', async () => {
    const before = (await officer.get(`/supervision-items/${dated}`)).body;
    const { status, body } = await ask(one(), { due: { deadline: 'item', on: '2026-11-27' } });
    expect(status).toBe(200);
    expect(body).toMatchObject({ checked: 1, moving: 1, cannot: 0, cannot_move: [] });
    expect(moved(body.things[0]).slice(0, 4)).toEqual([
      'bell 2026-11-17 2026-11-24',
      'yellow_card 2026-11-19 2026-11-26',
      'due 2026-11-21 2026-11-28',
      'red_card 2026-11-21 2026-11-28',
    ]);
    expect((await officer.get(`/supervision-items/${dated}`)).body).toEqual(before);
  });

  it('with stricter warnings is told of every open thing that has them', async () => {
    const { body } = await officer.get('/warning-policies/standard');
    const { version: _, created_at: __, ...standard } = body;
    const [bell, ...others] = standard.levels;
    const policy = { ...standard, levels: [{ ...bell, moment: { ...bell.moment, amount: -5 } }, ...others] };
    const answer = await ask({ kind: 'supervision_item' }, { policy: { policy } });
    // What is still being listed has no deadline.
    expect(answer.body).toMatchObject({ checked: 3, moving: 2 });
    expect(answer.body.things.map(moved)).toEqual([
      ['bell 2026-11-17 2026-11-13'],
      ['bell 2026-12-15 2026-12-11'],
    ]);
    const same = await ask({ kind: 'supervision_item' }, { policy: { policy: standard } });
    expect(same.body).toMatchObject({ checked: 3, moving: 0, things: [] });
  });

  it('under another policy by progress is told by the card of the next checkpoint', async () => {
    const { body } = await officer.get('/progress-policies/progress');
    const { version: _, created_at: __, ...progress } = body;
    const bands = [{ level: 'red_card', behind: { points: '1', included: true } }];
    const things = { kind: 'indicator_task', id: task.id };
    const answer = await ask(things, { progress_policy: { policy: { ...progress, bands } } });
    expect(answer.body).toMatchObject({ checked: 1, moving: 1 });
    expect(answer.body.things[0].moves).toContainEqual(
      expect.objectContaining({
        what: 'red_card',
        old_at: null,
        deadline: expect.stringMatching(/^progress/),
      }),
    );
    const faulty = await ask(things, { progress_policy: { policy: { ...progress, bands: [] } } });
    expect([faulty.status, faulty.body.errors[0].pointer]).toEqual([422, '/change/progress_policy/policy']);
  });

  it('on another calendar is told by days that one tries out', async () => {
    const days = [{ date: '2026-11-19', working: false }];
    const { body } = await ask(one(), { calendar: { days } });
    expect(moved(body.things[0])).toContain('yellow_card 2026-11-19 2026-11-18');
  });

  it('on the calendar of a notice that somebody has proposed is told before it is published', async () => {
    const proposer = await api.signedIn(admin);
    const notice = { year: 2027, source: '国办发明电〔2026〕9号', csv: notice2027 };
    const { id } = (await proposer.post('/calendar-publications', notice)).body;
    const { status, body } = await ask({ kind: 'indicator_task' }, { calendar: { publication_id: id } });
    expect(status).toBe(200);
    expect(body).toMatchObject({ checked: 1, cannot: 0 });
    const nowhere = { calendar: { publication_id: randomUUID() } };
    expect((await ask(one(), nowhere)).status).toBe(404);
  });

  it('of a whole annual list is told task by task', async () => {
    const year = { kind: 'indicator_task', year: 2026 };
    const { body } = await ask(year, { calendar: { days: [{ date: '2026-11-16', working: false }] } });
    expect(body).toMatchObject({ checked: 1, moving: 1 });
    expect(body.things[0].number).toBe(task.number);
    expect(body.things[0].moves.length).toBeGreaterThan(0);
    const none = await ask(
      { ...year, year: 2025 },
      { due: { deadline: 'report/2026-12', on: '2026-12-29' } },
    );
    expect(none.body).toMatchObject({ checked: 0, moving: 0, things: [] });
    const id = { kind: 'indicator_task', id: task.id };
    const year_end = { due: { deadline: 'year_end', on: '2026-12-25' } };
    const earlier = (await ask(id, year_end)).body.things[0];
    expect(earlier.moves.map(({ deadline }: { deadline: string }) => deadline)).toContain('year_end');
  });

  it('with another day of a report that is not asked for yet is told of every task of the list', async () => {
    expect(task.state.deadlines.map(({ kind }) => kind)).not.toContain('report/2026-12');
    const year = { kind: 'indicator_task', year: 2026 };
    const { body } = await ask(year, { due: { deadline: 'report/2026-12', on: '2026-12-29' } });
    expect(body).toMatchObject({ checked: 1, moving: 1 });
    expect(body.things[0].moves).toContainEqual({
      deadline: 'report/2026-12',
      what: 'due',
      repeat: 0,
      old_at: '2027-01-01T00:00:00+08:00',
      new_at: '2026-12-30T00:00:00+08:00',
    });
  });

  it('with a deadline that nothing of the kind can have is refused with its place', async () => {
    const tasks = { kind: 'indicator_task', year: 2025 };
    const on = '2026-12-01';
    for (const [things, deadline] of [
      [tasks, 'report'],
      [tasks, 'item'],
      [tasks, 'report/2026-13'],
      [one(), 'report/2026-11'],
      [one(), 'year_end'],
      [one(), 'nonsense'],
    ] as const) {
      const { status, body } = await ask(things, { due: { deadline, on } });
      expect([deadline, status, body.code]).toEqual([deadline, 400, 'invalid_request']);
      expect(body.errors[0].pointer).toBe('/change/due/deadline');
    }
    // A quarter is a period of some tasks, and of none of these.
    const { status, body } = await ask({ ...tasks, year: 2026 }, { due: { deadline: 'report/2026-Q4', on } });
    expect([status, body.code, body.errors[0].pointer]).toEqual([
      409,
      'period_unknown',
      '/change/due/deadline',
    ]);
    const { version: _, created_at: __, ...policy } = (await officer.get('/warning-policies/review')).body;
    for (const [things, deadline] of [
      [tasks, 'item'],
      [one(), 'year_end'],
    ] as const) {
      const answer = await ask(things, { policy: { deadline, policy } });
      expect([answer.status, answer.body.errors[0].pointer]).toEqual([400, '/change/policy/deadline']);
    }
  });

  it('on a day that has passed is refused, and so is a question without a change', async () => {
    const past = await ask(one(), { due: { deadline: 'item', on: '2026-11-01' } });
    expect([past.status, past.body.code]).toEqual([409, 'due_in_past']);
    for (const [change, pointer] of [
      [{}, '/change'],
      [{ calendar: {} }, '/change/calendar'],
    ] as const) {
      const { status, body } = await ask(one(), change);
      expect([status, body.errors[0].pointer]).toEqual([400, pointer]);
    }
    const nobody = await ask(
      { kind: 'supervision_item', id: randomUUID() },
      { calendar: { days: [{ date: '2026-11-19', working: false }] } },
    );
    expect(nobody.status).toBe(404);
  });

  it('that no calendar reaches is told with the thing that cannot be computed', async () => {
    const { body } = await ask(one(), { due: { deadline: 'item', on: '2029-12-30' } });
    expect(body).toMatchObject({ checked: 1, moving: 0, cannot: 1 });
    expect(body.cannot_move[0].detail).toContain('2029');
  });

  it('is asked by those who may bring it about, and by nobody else', async () => {
    const reader = await api.signedIn(await createAccount(api.db, { roles: ['undertaking_unit'], unit }));
    const question = { things: one(), change: { due: { deadline: 'item', on: '2026-11-27' } } };
    expect((await reader.post('/what-if', question)).status).toBe(403);
    expect((await api.anonymous.post('/what-if', question)).status).toBe(401);
  });
});
