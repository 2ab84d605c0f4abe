/** GET /events over real connections: the stream as a browser reads it. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { buildApp } from '../../api/app.ts';
import type { BoardTimes } from '../../api/deps.ts';
import { stamp, type Db, type Tx } from '../../db/client.ts';
import { wallNow } from '../../db/clock.ts';
import { lastSeq } from '../../db/event-feed.ts';
import { brokenEvents } from '../../db/auditor-chains.ts';
import { chainBegins, eventsOf, following, type Thing } from '../../db/process-event.ts';
import { seed } from '../../db/seed.ts';
import { endSessionsOf, openSession } from '../../db/sessions.ts';
import { system } from '../../domain/process.ts';
import { instantOn, localDate } from '../../domain/time.ts';
import { freshDatabase, type FreshDatabase } from '../support/database.ts';
import { createAccount, createUnit, givePost, type Account, type Unit } from '../support/people.ts';
import { insertItem } from '../support/supervision-item-rows.ts';
import { testDeps } from '../support/api.ts';
import { putTask } from '../support/tasks.ts';

type Told = { readonly id: number; readonly event: string; readonly data: Record<string, unknown> };

let database: FreshDatabase;
let db: Db;
let server: Awaited<ReturnType<typeof listening>>;
let own: Unit;
let officer: Account;
let item: string;
let left: AbortController;

beforeAll(async () => {
  database = await freshDatabase();
  ({ db } = database);
  await seed(db, wallNow());
  own = await createUnit(db);
  officer = await createAccount(db, { roles: ['supervision_officer'] });
  item = await insertItem(db, { lead: own });
});
afterAll(() => database.drop());
beforeEach(async () => {
  left = new AbortController();
  server = await listening();
});
afterEach(async () => {
  left.abort();
  await server.app.close();
});

async function listening(boards: Partial<BoardTimes> = {}) {
  const app = await buildApp(testDeps(db, [], { boards: { pollMs: 20, ...boards } }));
  return { app, url: await app.listen({ host: '127.0.0.1', port: 0 }) };
}

async function ask(account: Account, { after = '', headers = {}, url = server.url } = {}) {
  const { token } = await openSession(db, account.id, wallNow());
  return fetch(`${url}/api/v1/events${after === '' ? '' : `?after=${after}`}`, {
    headers: { authorization: `Bearer ${token}`, ...headers },
    signal: left.signal,
  });
}

async function follow(account: Account, asked: Parameters<typeof ask>[1] = {}) {
  const response = await ask(account, asked);
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
  const told: Told[] = [];
  const seen = { beats: 0, ended: false };
  const read = async () => {
    let text = '';
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        if (block === ':') seen.beats += 1;
        const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s, 2)));
        if (fields.event === undefined) continue;
        told.push({ id: Number(fields.id), event: fields.event, data: JSON.parse(fields.data) });
      }
    }
  };
  void read()
    .catch(() => undefined)
    .finally(() => (seen.ended = true));
  return { told, seen, headers: response.headers };
}

/**
 * From this moment on, exactly. Without a number a board may be told once more of what was told before: where
 * a number was rolled back and anything at all runs on the shared PostgreSQL.
 */
const followFromNow = async (account: Account) => follow(account, { after: String(await lastSeq(db)) });

const until = (holds: () => boolean) => expect.poll(holds, { timeout: 5_000, interval: 10 }).toBe(true);

let versions = 0;
/** An event of any kind: what its body says is nobody's business here. */
async function happen(
  to: Db | Tx,
  thing_id: string,
  type = 'progress_reported',
  thing_kind: Thing['kind'] = 'supervision_item',
): Promise<number> {
  const row = await to
    .insertInto('process_event')
    .values({
      thing_kind,
      thing_id,
      version: (versions += 1),
      at: stamp(wallNow()),
      actor_id: null,
      type,
      body: JSON.stringify({ type, words: '正文' }),
      command_id: null,
      prev_hash: '',
      hash: '',
    })
    .returning('seq')
    .executeTakeFirstOrThrow();
  return Number(row.seq);
}

/** A transaction that has written an event and waits. */
async function holdOpen(thing: string) {
  const [told, end] = [Promise.withResolvers<number>(), Promise.withResolvers<boolean>()];
  const whole = db
    .transaction()
    .execute(async (tx) => {
      told.resolve(await happen(tx, thing));
      if (!(await end.promise)) throw new Error('rolled back');
    })
    .catch(() => undefined);
  const close = async (commits: boolean) => {
    end.resolve(commits);
    await whole;
  };
  return { seq: await told.promise, commit: () => close(true), rollBack: () => close(false) };
}

test('what happens is told within a moment, in ids and words only', async () => {
  const board = await follow(officer);
  const seq = await happen(db, item);
  await until(() => board.told.length === 1);
  expect(board.told[0]).toEqual({
    id: seq,
    event: 'progress_reported',
    data: {
      kind: 'supervision_item',
      id: item,
      number: expect.stringMatching(/^督/),
      type: 'progress_reported',
      version: versions,
      at: expect.stringMatching(/\+08:00$/),
      stage: 'list_making',
      card: 'none',
      unit_id: own.id,
    },
  });
  expect(board.headers.get('cache-control')).toBe('no-store');
  expect(board.headers.get('x-accel-buffering')).toBe('no');
  expect(board.headers.get('x-request-id')).not.toBeNull();
});

test('a board that comes back goes on after the last event it has seen: none is lost, none repeated', async () => {
  const seqs: number[] = [];
  for (let n = 0; n < 4; n += 1) seqs.push(await happen(db, item));
  const board = await follow(officer, { after: '0', headers: { 'last-event-id': String(seqs[0]) } });
  for (let n = 0; n < 700; n += 1) seqs.push(await happen(db, item));
  await until(() => board.told.length === seqs.length - 1);
  expect(board.told.map(({ id }) => id)).toEqual(seqs.slice(1));

  const again = await follow(officer, { after: String(seqs[0]) });
  await until(() => again.told.length === seqs.length - 1);
  expect(again.told).toEqual(board.told);
});

test('a number that is not there yet, or is too old, begins anew with a reset', async () => {
  const before = await happen(db, item);
  await sql`
    insert into process_event (thing_kind, thing_id, version, at, type, body, prev_hash, hash)
    select 'supervision_item', ${randomUUID()}, n, now(), 'closed', '{}', '', ''
      from generate_series(1, 10001) n`.execute(db);
  const boards = [
    await follow(officer, { headers: { 'last-event-id': '999999999' } }),
    await follow(officer, { headers: { 'last-event-id': String(before) } }),
  ];
  const seq = await happen(db, item);
  for (const board of boards) {
    await until(() => board.told.length === 2);
    expect(board.told.map(({ event, id }) => [event, id])).toEqual([
      ['reset', seq - 1],
      ['progress_reported', seq],
    ]);
  }
  expect((await ask(officer, { headers: { 'last-event-id': 'x' } })).status).toBe(400);
});

test('an event that commits after later ones is not lost, and what is rolled back holds nobody up', async () => {
  const board = await follow(officer);
  const [late, never] = [await holdOpen(item), await holdOpen(item)];
  const after = await happen(db, item);
  await pause(150);
  expect(board.told).toEqual([]);
  await late.commit();
  await until(() => board.told.length === 1);
  // Whoever comes in between waits as well.
  const second = await follow(officer, { after: String(late.seq) });
  await pause(100);
  expect(second.told).toEqual([]);
  await never.rollBack();
  await until(() => board.told.length === 2 && second.told.length === 1);
  expect(board.told.map(({ id }) => id)).toEqual([late.seq, after]);
  expect(second.told.map(({ id }) => id)).toEqual([after]);
});

test('a transaction that ran when the first board came is told of when it commits', async () => {
  const late = await holdOpen(item);
  await happen(db, item);
  const board = await follow(officer);
  await late.commit();
  await until(() => board.told.some(({ id }) => id === late.seq));
});

test('everybody is told of what they may see, and of nothing else', async () => {
  const other = await createUnit(db);
  const helper = await createAccount(db, { roles: ['undertaking_unit'], unit: other });
  const stranger = await createAccount(db, { roles: ['undertaking_unit'], unit: await createUnit(db) });
  const owner = await createAccount(db, { roles: ['undertaking_unit'], unit: own });
  const leader = await createAccount(db, { roles: ['city_leader'], unit: other });
  await givePost(db, { person: leader.person, unit: own, role: 'city_leader' });
  const shared = await insertItem(db, { lead: own, assisting: [other] });
  const foreign = await insertItem(db, { lead: other });
  const [ownTask, foreignTask] = [await aTaskOf(own), await aTaskOf(other)];
  const boards: Awaited<ReturnType<typeof follow>>[] = [];
  for (const account of [officer, owner, helper, leader, stranger]) boards.push(await followFromNow(account));
  for (const id of [item, shared, foreign]) await happen(db, id);
  for (const { id } of [ownTask, foreignTask]) await happen(db, id, 'report_accepted', 'indicator_task');
  await until(() => boards[0]?.told.length === 5);
  expect(boards.map(({ told }) => told.map(({ data }) => data['id']))).toEqual([
    [item, shared, foreign, ownTask.id, foreignTask.id],
    [item, shared, ownTask.id],
    [shared, foreign, foreignTask.id],
    [item, shared, ownTask.id],
    [],
  ]);
});

test('what happens to an indicator task is told in the same words as of an item', async () => {
  const task = await aTaskOf(own);
  const board = await followFromNow(officer);
  const before = await happen(db, item);
  const seq = await happen(db, task.id, 'report_accepted', 'indicator_task');
  await until(() => board.told.length === 2);
  expect(board.told.map(({ id }) => id)).toEqual([before, seq]);
  expect(board.told[1]).toEqual({
    id: seq,
    event: 'report_accepted',
    data: {
      kind: 'indicator_task',
      id: task.id,
      number: task.number,
      type: 'report_accepted',
      version: versions,
      at: expect.stringMatching(/\+08:00$/),
      stage: 'assigned',
      card: 'none',
      unit_id: own.id,
    },
  });
});

const aTaskOf = (unit: Unit) =>
  putTask(db, {
    unit_id: unit.id,
    person_id: officer.person.id,
    at: instantOn(localDate('2026-03-02'), '09:00'),
    by: system,
  });

test('where nothing happens the line is kept alive, and whoever signs out is not told any more', async () => {
  await server.app.close();
  server = await listening({ heartbeatMs: 20, recheckMs: 50 });
  const leaving = await createAccount(db, { roles: ['e_monitor'] });
  const [board, other] = [await follow(leaving), await follow(officer)];
  await until(() => board.seen.beats > 2);
  expect(board.seen.ended).toBe(false);
  await endSessionsOf(db, leaving.id, wallNow());
  await until(() => board.seen.ended);
  expect(other.seen.ended).toBe(false);
});

test('listening does not keep a session alive', async () => {
  await server.app.close();
  server = await listening({ recheckMs: 20 });
  const idle = await createAccount(db, { roles: ['e_monitor'] });
  const board = await follow(idle);
  const seen = stamp((wallNow() - 20 * 60_000) as ReturnType<typeof wallNow>);
  await db.updateTable('session').set({ last_seen_at: seen }).where('account_id', '=', idle.id).execute();
  await pause(150);
  const { last_seen_at } = await db
    .selectFrom('session')
    .select('last_seen_at')
    .where('account_id', '=', idle.id)
    .executeTakeFirstOrThrow();
  expect(last_seen_at).toBe(seen.getTime());
  await db
    .updateTable('session')
    .set({ last_seen_at: stamp((wallNow() - 31 * 60_000) as ReturnType<typeof wallNow>) })
    .where('account_id', '=', idle.id)
    .execute();
  await until(() => board.seen.ended);
});

test('seats are bounded, and who leaves makes room', async () => {
  await server.app.close();
  server = await listening({ seats: 1 });
  await follow(officer);
  const refused = await ask(officer);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '30']);
  expect(await refused.json()).toMatchObject({ code: 'unavailable' });
  left.abort();
  left = new AbortController();
  await expect.poll(async () => (await ask(officer)).status).toBe(200);
});

test('whoever does not read is dropped, and the others are told on', async () => {
  const [asleep, board] = [await ask(officer), await followFromNow(officer)];
  const type = `long_${'x'.repeat(20_000)}`;
  const count = 600;
  for (let n = 0; n < count; n += 1) await happen(db, item, type);
  await until(() => board.told.length === count);
  await expect(asleep.text()).rejects.toThrow('terminated');
});

test('a server that closes ends its streams and is not held up by them, nor by who does not read', async () => {
  const [board] = [await follow(officer), await ask(officer)];
  const begun = Date.now();
  await server.app.close();
  expect(Date.now() - begun).toBeLessThan(3_000);
  await until(() => board.seen.ended);
});

test('events written before there were numbers get theirs, and their chains hold', async () => {
  const filled = await freshDatabase();
  try {
    const thing = { kind: 'supervision_item', id: randomUUID() } as const;
    const event = { type: 'closed', at: wallNow(), by: { kind: 'system' } } as const;
    const numbered = [1, 2, 3].map((version) => ({ version, event, command_id: null }));
    const rows = following({ version: 0, hash: chainBegins }, thing, numbered);
    await sql`alter table process_event drop column seq`.execute(filled.db);
    for (const row of rows)
      await filled.db
        .insertInto('process_event')
        .values({ ...row, body: JSON.stringify(row.body) })
        .execute();
    const migration = new URL('../../db/migrations/0007-event-feed.sql', import.meta.url);
    await sql.raw(await readFile(migration, 'utf8')).execute(filled.db);
    expect((await eventsOf(filled.db, thing)).map(({ seq }) => seq)).toEqual(['1', '2', '3']);
    expect(await brokenEvents(filled.db, { after: 0, upTo: 3 })).toEqual([]);
  } finally {
    await filled.drop();
  }
});
