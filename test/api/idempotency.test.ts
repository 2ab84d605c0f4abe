import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testApi, type Client, type TestApi } from '../support/api.ts';
import { createAccount } from '../support/people.ts';

let api: TestApi;
let admin: Client;
beforeAll(async () => {
  api = await testApi();
  admin = await api.signedIn(await createAccount(api.db, { roles: ['system_admin'] }));
});
afterAll(() => api.close());

let count = 0;
const newUnit = () => {
  const code = `I-${++count}`;
  return { code, name: `单位${code}`, short_name: code, kind: 'department' };
};
const unitsWith = async (code: string) =>
  (await api.db.selectFrom('unit').select('id').where('code', '=', code).execute()).length;

test('the same key with the same request gets the first answer again, to the byte', async () => {
  const unit = newUnit();
  const first = await admin.post('/units', unit, { key: 'same' });
  const reordered = Object.fromEntries(Object.entries(unit).toReversed());
  const again = await admin.post('/units', reordered, { key: 'same' });
  expect([again.status, again.body, again.headers['location'], again.headers['etag']]).toEqual([
    201,
    first.body,
    first.headers['location'],
    first.headers['etag'],
  ]);
  expect([first.headers['idempotency-replayed'], again.headers['idempotency-replayed']]).toEqual([
    undefined,
    'true',
  ]);
  expect(await unitsWith(unit.code)).toBe(1);
});

test('a key may be written with or without quotes', async () => {
  const unit = newUnit();
  await admin.post('/units', unit, { headers: { 'idempotency-key': 'bare-key' } });
  const again = await admin.post('/units', unit, { headers: { 'idempotency-key': '"bare-key"' } });
  expect(again.headers['idempotency-replayed']).toBe('true');
});

test('the same key with another request is refused', async () => {
  await admin.post('/units', newUnit(), { key: 'taken' });
  const { status, body } = await admin.post('/units', newUnit(), { key: 'taken' });
  expect([status, body.code]).toEqual([422, 'idempotency_key_reused']);
});

test('two accounts may use the same key', async () => {
  const other = await api.signedIn(await createAccount(api.db, { roles: ['system_admin'] }));
  const answers = [
    await admin.post('/units', newUnit(), { key: 'mine' }),
    await other.post('/units', newUnit(), { key: 'mine' }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([201, 201]);
});

test('a missing key and a malformed one are told apart, before anything else of the request is looked at', async () => {
  const missing = await admin.post('/units', {}, { headers: { 'idempotency-key': '' } });
  expect([missing.status, missing.body.code]).toEqual([400, 'idempotency_key_missing']);
  const wrong = await admin.post('/units', {}, { headers: { 'idempotency-key': '"a"b"' } });
  expect([wrong.status, wrong.body.code]).toEqual([400, 'idempotency_key_invalid']);
});

test('fault 13: the same request 50 times in parallel makes one thing and gives one answer', async () => {
  const unit = newUnit();
  const key = randomUUID();
  const ask = () => admin.post('/units', unit, { key });
  const answers = await Promise.all(Array.from({ length: 50 }, ask));
  expect(await unitsWith(unit.code)).toBe(1);
  const made = answers.filter(({ status }) => status === 201);
  const running = answers.filter(({ status }) => status === 409);
  expect(made.length + running.length).toBe(50);
  expect(new Set(made.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  for (const { body, headers } of running) {
    expect([body.code, headers['retry-after']]).toEqual(['idempotency_in_progress', '1']);
  }
  const last = await ask();
  expect([last.status, last.headers['idempotency-replayed']]).toEqual([201, 'true']);
});

test('a refusal is an answer and is repeated; a malformed or forbidden request leaves the key usable', async () => {
  const unit = newUnit();
  await admin.post('/units', unit);
  const refused = await admin.post('/units', { ...newUnit(), code: unit.code }, { key: 'refused' });
  expect(refused.status).toBe(409);

  const malformed = await admin.post('/units', { ...newUnit(), kind: 'castle' }, { key: 'again' });
  expect(malformed.status).toBe(400);
  expect((await admin.post('/units', newUnit(), { key: 'again' })).status).toBe(201);
});

test('a request whose process died is taken over after a minute, and makes the very same thing', async () => {
  const unit = newUnit();
  const first = await admin.post('/units', unit, { key: 'died' });
  // As if the process had died between its commit and keeping the answer.
  const orphan = api.db.updateTable('idempotency').where('key', '=', 'died');
  await orphan.set({ state: 'running', status: null, body: null, headers: null }).execute();
  expect((await admin.post('/units', unit, { key: 'died' })).body.code).toBe('idempotency_in_progress');
  await orphan.set({ at: new Date(Date.now() - 61_000) }).execute();
  const other = await admin.post('/units', newUnit(), { key: 'died' });
  expect(other.body.code).toBe('idempotency_key_reused');
  const again = await admin.post('/units', unit, { key: 'died' });
  expect([again.status, again.body.id]).toEqual([201, first.body.id]);
  expect(await unitsWith(unit.code)).toBe(1);
});

test('after thirty days a key is forgotten', async () => {
  await admin.post('/units', newUnit(), { key: 'old' });
  const month = new Date(Date.now() - 30 * 86_400_000 - 1_000);
  await api.db.updateTable('idempotency').where('key', '=', 'old').set({ at: month }).execute();
  expect((await admin.post('/units', newUnit(), { key: 'old' })).status).toBe(201);
});
