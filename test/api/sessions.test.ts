import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { createAccount as insertAccount } from '../../db/accounts.ts';
import { hashPassword } from '../../db/passwords.ts';
import { testApi, testSettings, type TestApi } from '../support/api.ts';
import { createAccount, createPerson } from '../support/people.ts';

let api: TestApi;
const changed: string[] = [];
beforeAll(async () => {
  api = await testApi({ onPasswordChanged: async (account) => void changed.push(account) });
});
afterAll(() => api.close());
beforeEach(async () => {
  await api.db.deleteFrom('sign_in_throttle').execute();
});

let count = 0;
async function withPassword(password: string, { oneTime = false } = {}) {
  const person = await createPerson(api.db);
  const account = `user${++count}`;
  const id = await insertAccount(api.db, {
    account,
    person_id: person.id,
    password_hash: await hashPassword(password),
  });
  await api.db.updateTable('account').set({ password_is_one_time: oneTime }).where('id', '=', id).execute();
  return { id, account };
}

const signIn = (account: string, password: string, more: object = {}) =>
  api.anonymous.post('/sessions', { account, password, ...more });

test('a one-time password opens nothing until it is replaced, and is then of no use', async () => {
  const { account } = await withPassword('once-only-1234', { oneTime: true });
  const asked = await signIn(account, 'once-only-1234');
  expect([asked.status, asked.body.code]).toEqual([403, 'password_change_required']);

  const weak = await signIn(account, 'once-only-1234', { new_password: 'short' });
  expect([weak.status, weak.body.code, weak.body.errors[0].pointer]).toEqual([
    422,
    'password_too_weak',
    '/new_password',
  ]);

  const inside = await signIn(account, 'once-only-1234', { new_password: '草原上的新密码2026' });
  expect(inside.status).toBe(201);
  expect(changed).toEqual([account]);
  expect((await signIn(account, 'once-only-1234')).status).toBe(401);
  expect((await signIn(account, '草原上的新密码2026')).status).toBe(201);
});

test('a wrong password and an unknown account are answered alike', async () => {
  const { account } = await withPassword('the-right-one-1');
  const wrong = await signIn(account, 'the-wrong-one-1');
  const unknown = await signIn('nobody-here', 'the-wrong-one-1');
  const { request_id: _a, ...first } = wrong.body;
  const { request_id: _b, ...second } = unknown.body;
  expect([wrong.status, unknown.status]).toEqual([401, 401]);
  expect(first).toEqual(second);
});

test('an unknown account costs as much time as a wrong password', async () => {
  const { account } = await withPassword('the-right-one-1');
  await signIn('nobody-at-all', 'warm-up-the-decoy');
  const took = async (name: string) => {
    await api.db.deleteFrom('sign_in_throttle').execute();
    const from = performance.now();
    await signIn(name, 'the-wrong-one-1');
    return performance.now() - from;
  };
  const median = (times: number[]) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
  const known: number[] = [];
  const unknown: number[] = [];
  for (let i = 0; i < 9; i++) {
    known.push(await took(account));
    unknown.push(await took('nobody-at-all'));
  }
  // Without the decoy it is a tenth.
  expect(median(unknown) / median(known)).toBeGreaterThan(0.5);
  expect(median(unknown) / median(known)).toBeLessThan(2);
});

test('guessing is slowed down more and more, also many at once, and never locks', async () => {
  const { account } = await withPassword('the-right-one-1');
  const began = Date.now();
  vi.spyOn(Date, 'now').mockImplementation(() => began);
  const all = await Promise.all(Array.from({ length: 20 }, (_, i) => signIn(account, `guess-number-${i}`)));
  const throttled = all.filter(({ status }) => status === 429);
  expect(all.filter(({ status }) => status === 401).length).toBeLessThanOrEqual(6);
  expect(throttled.length).toBeGreaterThanOrEqual(14);
  expect(Number(throttled[0]?.headers['retry-after'])).toBeGreaterThanOrEqual(1);
  // Even the right password waits; when the time has come it opens and the count is forgotten.
  expect((await signIn(account, 'the-right-one-1')).status).toBe(429);
  const later = began + 20_000;
  vi.spyOn(Date, 'now').mockImplementation(() => later);
  expect((await signIn(account, 'the-right-one-1')).status).toBe(201);
  vi.restoreAllMocks();
  const rows = await api.db.selectFrom('sign_in_throttle').select('subject').execute();
  expect(rows.map(({ subject }) => subject)).not.toContain(`account:${account}`);
});

test('whoever tries many accounts from one network is slowed down there, and nobody elsewhere', async () => {
  const behind = await testApi({ settings: { ...testSettings, trustProxy: '127.0.0.1' } });
  const person = await createPerson(behind.db);
  const id = await insertAccount(behind.db, {
    account: 'never-tried',
    person_id: person.id,
    password_hash: await hashPassword('the-right-one-1'),
  });
  await behind.db.updateTable('account').set({ password_is_one_time: false }).where('id', '=', id).execute();
  let now = Date.now();
  vi.spyOn(Date, 'now').mockImplementation(() => now);
  const from = (network: string, account: string, password: string) =>
    behind.anonymous.post('/sessions', { account, password }, { headers: { 'x-forwarded-for': network } });

  // A whole office mistypes at once: each may, and then the network waits a second, three, seven …
  const office = Array.from({ length: 61 }, (_, i) => from('10.1.2.3', `clerk-${i}`, 'the-wrong-one-1'));
  expect(new Set((await Promise.all(office)).map(({ status }) => status))).toEqual(new Set([401]));
  const throttled = await from('10.1.2.3', 'never-tried', 'the-right-one-1');
  expect([throttled.status, throttled.body.code, throttled.headers['retry-after']]).toEqual([
    429,
    'too_many_attempts',
    '1',
  ]);
  expect((await from('10.1.2.4', 'never-tried', 'the-right-one-1')).status).toBe(201);
  now += 1_000;
  expect((await from('10.1.2.3', 'clerk-0', 'the-wrong-one-1')).status).toBe(401);
  expect((await from('10.1.2.3', 'never-tried', 'x')).headers['retry-after']).toBe('3');
  now += 3_000;
  expect((await from('10.1.2.3', 'never-tried', 'the-right-one-1')).status).toBe(201);
  vi.restoreAllMocks();
  await behind.close();
});

test('a browser gets a cookie that scripts cannot read, and its changes need the token besides', async () => {
  const { account } = await withPassword('the-right-one-1');
  const signed = await signIn(account, 'the-right-one-1');
  const cookie = signed.headers['set-cookie'] ?? '';
  expect(cookie).toMatch(/^dukao=[\w-]{43}; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Strict$/);
  const browser = { cookie: cookie.split(';', 1)[0] ?? '' };

  const me = await api.anonymous.get('/me', { headers: browser });
  expect([me.status, me.body.account, me.body.csrf_token]).toEqual([200, account, signed.body.csrf_token]);
  const forged = await api.anonymous.delete('/sessions/current', { headers: browser });
  expect([forged.status, forged.body.code]).toEqual([403, 'csrf_token_wrong']);
  const denied = await api.db.selectFrom('audit_log').selectAll().where('action', '=', 'signOut').execute();
  expect(denied.map(({ result }) => result)).toEqual(['denied:csrf_token_wrong']);
  const own = { ...browser, 'x-csrf-token': signed.body.csrf_token };
  expect((await api.anonymous.delete('/sessions/current', { headers: own })).status).toBe(204);
  expect((await api.anonymous.get('/me', { headers: browser })).status).toBe(401);
});

test('over TLS the cookie is bound to this host', async () => {
  const tls = await testApi({
    settings: { ...testSettings, publicUrl: 'https://dukao.example', secureCookies: true },
  });
  const person = await createPerson(tls.db);
  const id = await insertAccount(tls.db, {
    account: 'tls-user',
    person_id: person.id,
    password_hash: await hashPassword('right-password-1'),
  });
  await tls.db.updateTable('account').set({ password_is_one_time: false }).where('id', '=', id).execute();
  const { headers, body } = await tls.anonymous.post('/sessions', {
    account: 'tls-user',
    password: 'right-password-1',
  });
  expect(headers['set-cookie']).toMatch(/^__Host-dukao=.+; Path=\/; HttpOnly; Secure; SameSite=Strict$/);
  expect(headers['strict-transport-security']).toBeDefined();
  expect(body.token).toHaveLength(43);
  await tls.close();
});

test('signing in again in the same browser ends the session before', async () => {
  const { account } = await withPassword('the-right-one-1');
  const first = await signIn(account, 'the-right-one-1');
  const cookie = first.headers['set-cookie']?.split(';', 1)[0] ?? '';
  const second = await api.anonymous.post(
    '/sessions',
    { account, password: 'the-right-one-1' },
    { headers: { cookie } },
  );
  const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
  expect((await api.anonymous.get('/me', bearer(first.body.token))).status).toBe(401);
  expect((await api.anonymous.get('/me', bearer(second.body.token))).status).toBe(200);
});

test('a session ends after idling and, used or not, after its full time', async () => {
  const client = await api.signedIn(await createAccount(api.db));
  const start = Date.now();
  const at = (minutes: number) => vi.spyOn(Date, 'now').mockImplementation(() => start + minutes * 60_000);
  for (let minutes = 20; minutes < 720; minutes += 20) {
    at(minutes);
    expect((await client.get('/me')).status).toBe(200);
  }
  at(721);
  expect((await client.get('/me')).status).toBe(401);
  vi.restoreAllMocks();
  const idle = await api.signedIn(await createAccount(api.db));
  at(31);
  expect((await idle.get('/me')).status).toBe(401);
});

test('a password is changed by giving a new one at sign-in, and the sessions of the old one end', async () => {
  const { id, account } = await withPassword('the-right-one-1');
  const before = await api.signedIn({ id });
  expect((await signIn(account, 'the-right-one-1', { new_password: 'another-long-one' })).status).toBe(201);
  expect((await before.get('/me')).status).toBe(401);
});

test('sign-ins, failures and sign-outs are in the audit log, passwords are not', async () => {
  const { id, account } = await withPassword('the-right-one-1');
  await signIn(account, 'my-wrong-secret-9');
  await signIn('my-typed-secret-9', 'x');
  await signIn(account, 'the-right-one-1');
  const lines = await api.db.selectFrom('audit_log').selectAll().execute();
  const results = lines
    .filter((line) => line.account_id === id)
    .map((line) => `${line.action} ${line.result}`);
  expect(results).toEqual(['signIn failed:credentials_wrong', 'signIn ok']);
  expect(JSON.stringify([lines, api.log])).not.toMatch(/my-wrong-secret-9|my-typed-secret-9|the-right-one-1/);
});

test('a right taken away or an account disabled holds with the very next request', async () => {
  const account = await createAccount(api.db, { roles: ['audit_admin'] });
  const client = await api.signedIn(account);
  expect((await client.get('/audit')).status).toBe(200);
  await api.db.deleteFrom('account_role').where('account_id', '=', account.id).execute();
  expect((await client.get('/audit')).status).toBe(403);
  await api.db.updateTable('account').set({ disabled_at: new Date() }).where('id', '=', account.id).execute();
  expect((await client.get('/me')).status).toBe(401);
});
