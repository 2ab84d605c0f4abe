import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { brokenLines } from '../../db/audit.ts';
import { seed } from '../../db/seed.ts';
import { openTodo } from '../../db/todos.ts';
import { system as systemActor } from '../../domain/process.ts';
import { instantOn, localDate } from '../../domain/time.ts';
import { forEverybody } from '../../domain/todo.ts';
import { testApi, type Client, type TestApi } from '../support/api.ts';
import { createAccount, createPerson, createUnit } from '../support/people.ts';
import { putTask } from '../support/tasks.ts';

let api: TestApi;
let system: Client;
let security: Client;
beforeAll(async () => {
  api = await testApi();
  system = await api.signedIn(await createAccount(api.db, { roles: ['system_admin'] }));
  security = await api.signedIn(await createAccount(api.db, { roles: ['security_admin'] }));
});
afterAll(() => api.close());

test('an account is made without rights by one administrator and given roles by another', async () => {
  const person = await createPerson(api.db);
  const made = await system.post('/accounts', { account: 'wang.wu', person_id: person.id });
  expect([made.status, made.body.roles, made.body.password_is_one_time]).toEqual([201, [], true]);
  expect(made.body.one_time_password).toHaveLength(16);

  const path = `/accounts/${made.body.id}/roles`;
  expect((await system.put(path, { roles: ['reviewer_scorer'] }, { version: 1 })).status).toBe(403);
  const granted = await security.put(
    path,
    { roles: ['reviewer_scorer', 'undertaking_unit'] },
    { version: 1 },
  );
  expect([granted.status, granted.body.roles]).toEqual([200, ['reviewer_scorer', 'undertaking_unit']]);

  const entered = await api.anonymous.post('/sessions', {
    account: 'wang.wu',
    password: made.body.one_time_password,
    new_password: 'a-new-long-password',
  });
  expect(entered.status).toBe(201);
});

test('a reviewer reviews what lies in the scope given, at once, and sees the to-dos of no other', async () => {
  const water = await createUnit(api.db);
  const forests = await createUnit(api.db);
  const account = await createAccount(api.db, { roles: ['reviewer_scorer'] });
  const reviewer = await api.signedIn(account);
  const at = instantOn(localDate('2026-03-02'), '09:00');
  await seed(api.db, at);
  const tasks: string[] = [];
  for (const unit of [water, forests]) {
    const { id } = await putTask(api.db, {
      unit_id: unit.id,
      person_id: account.person.id,
      at,
      by: systemActor,
    });
    tasks.push(id);
    const todo = forEverybody('reviewer_scorer', 'review', `待评定${unit.name}`, null);
    await api.db.transaction().execute((tx) => openTodo(tx, { kind: 'indicator_task', id }, at, todo));
  }
  const todos = async () =>
    ((await reviewer.get('/todos')).body.items as { what: string }[]).map(({ what }) => what);
  expect(await todos()).toEqual(expect.arrayContaining([`待评定${water.name}`, `待评定${forests.name}`]));
  expect((await reviewer.get('/me')).body.scope).toBeNull();

  const path = `/accounts/${account.id}/scope`;
  const put = (scope: unknown, version: number, client = security) =>
    client.put(path, { scope }, { version });
  expect((await put({ units: [water.id], themes: [] }, 1, system)).status).toBe(403);
  const given = await put({ units: [water.id], themes: [] }, 1);
  expect(given.body).toMatchObject({ scope: { units: [water.id], themes: [] }, version: 2 });
  expect((await reviewer.get('/me')).body.scope).toEqual({ units: [water.id], themes: [] });
  expect(await todos()).toEqual([`待评定${water.name}`]);
  // No process runs behind this API: what gets past the door fails there, and not as forbidden.
  const denied = async (id: string | undefined) =>
    (await reviewer.post(`/indicator-tasks/${id}/commands/accept-report`, { period: '2026-01' })).status ===
    403;
  expect([await denied(tasks[0]), await denied(tasks[1])]).toEqual([false, true]);

  const byTheme = await put({ units: [], themes: ['ecological_protection'] }, 2);
  expect(byTheme.status).toBe(200);
  expect((await put({ units: [], themes: [] }, 3)).body.code).toBe('invalid_request');
  expect((await put({ units: [randomUUID()], themes: [] }, 3)).body.code).toBe('unknown_unit');
  expect((await put({ units: [], themes: ['nonsense'] }, 3)).body.code).toBe('unknown_theme');
  expect((await put(null, 3)).body).toMatchObject({ scope: null, version: 4 });
});

test('the one-time password is shown once: a repeat under the same key no longer has it, nor has the database', async () => {
  const person = await createPerson(api.db);
  const asked = { account: 'shown.once', person_id: person.id };
  const first = await system.post('/accounts', asked, { key: 'shown-once' });
  const repeat = await system.post('/accounts', asked, { key: 'shown-once' });
  expect(repeat.headers['idempotency-replayed']).toBe('true');
  expect(repeat.body).toEqual({ ...first.body, one_time_password: null });
  const stored = await api.db.selectFrom('idempotency').selectAll().execute();
  expect(JSON.stringify(stored)).not.toContain(first.body.one_time_password);
});

test('one person has one account', async () => {
  const { person } = await createAccount(api.db);
  const { status, body } = await system.post('/accounts', { account: 'second.one', person_id: person.id });
  expect([status, body.code, body.errors[0].pointer]).toEqual([409, 'already_exists', '/person_id']);
});

test('the three administrators exclude each other and every business role, also for the database', async () => {
  const account = await createAccount(api.db, { roles: ['supervision_officer'] });
  for (const roles of [
    ['system_admin', 'security_admin'],
    ['audit_admin', 'supervision_officer'],
  ]) {
    const { status, body } = await security.put(`/accounts/${account.id}/roles`, { roles }, { version: 1 });
    expect([status, body.code]).toEqual([409, 'roles_exclude_each_other']);
  }
  const direct = api.db
    .insertInto('account_role')
    .values({ account_id: account.id, role: 'system_admin', granted_by: null });
  await expect(direct.execute()).rejects.toMatchObject({ constraint: 'administrators_are_exclusive' });
  const read = await security.get(`/accounts/${account.id}`);
  expect(read.body.roles).toEqual(['supervision_officer']);
});

test('nobody changes or disables their own account', async () => {
  const account = await createAccount(api.db, { roles: ['security_admin'] });
  const self = await api.signedIn(account);
  const roles = await self.put(`/accounts/${account.id}/roles`, { roles: [] }, { version: 1 });
  const disabled = await self.post(`/accounts/${account.id}/commands/disable`, { reason: '试' });
  expect([roles.body.code, disabled.body.code]).toEqual(['same_person', 'same_person']);
});

test('disabling an account ends its sessions at once; enabling lets it sign in again', async () => {
  const account = await createAccount(api.db);
  const client = await api.signedIn(account);
  expect((await client.get('/me')).status).toBe(200);
  const off = await security.post(`/accounts/${account.id}/commands/disable`, { reason: '调离' });
  expect([off.status, typeof off.body.disabled_at]).toEqual([200, 'string']);
  expect((await client.get('/me')).status).toBe(401);
  const twice = await security.post(`/accounts/${account.id}/commands/disable`, { reason: '调离' });
  expect([twice.status, twice.body.code]).toEqual([409, 'nothing_changed']);
  const on = await security.post(`/accounts/${account.id}/commands/enable`, { reason: '回任' });
  expect(on.body.disabled_at).toBeNull();
  // The sessions of before stay ended.
  expect((await client.get('/me')).status).toBe(401);
});

test('a forgotten password is replaced by a one-time password', async () => {
  const account = await createAccount(api.db);
  const client = await api.signedIn(account);
  const reset = await system.post(`/accounts/${account.id}/commands/reset-password`, { reason: '遗忘' });
  expect(reset.status).toBe(200);
  expect((await client.get('/me')).status).toBe(401);
  const asked = await api.anonymous.post('/sessions', {
    account: account.account,
    password: reset.body.one_time_password,
  });
  expect(asked.body.code).toBe('password_change_required');
});

test('a command names a version and is told when another was faster', async () => {
  const account = await createAccount(api.db);
  const path = `/accounts/${account.id}/commands/disable`;
  const { status, headers } = await security.post(path, { reason: '调离' }, { version: 7 });
  expect([status, headers['etag']]).toEqual([412, '"1"']);
  const weak = await security.post(path, { reason: '调离' }, { headers: { 'if-match': 'W/"1"' } });
  expect(weak.status).toBe(412);
  const nonsense = await security.post(path, { reason: '调离' }, { headers: { 'if-match': '1' } });
  expect([nonsense.status, nonsense.body.errors[0]]).toMatchObject([
    400,
    { pointer: '/if-match', in: 'header' },
  ]);
});

test('accounts are found by role, by person and by being disabled', async () => {
  const account = await createAccount(api.db, { roles: ['e_monitor'] });
  const found = await security.get(`/accounts?role=e_monitor&person_id=${account.person.id}&disabled=false`);
  expect(found.body.items.map(({ id }: { id: string }) => id)).toEqual([account.id]);
});

test('denials and administrative acts are recorded in an unbroken chain that refuses changes', async () => {
  const { id } = await createAccount(api.db);
  await system.put(`/accounts/${id}/roles`, { roles: [] }, { version: 1 });
  await Promise.all(
    Array.from({ length: 10 }, () => security.put(`/accounts/${id}/roles`, { roles: [] }, { version: 99 })),
  );
  const auditor = await api.signedIn(await createAccount(api.db, { roles: ['audit_admin'] }));
  const denied = await auditor.get(`/audit?action=replaceRoles&subject=/api/v1/accounts/${id}/roles`);
  expect(denied.body.items.map(({ result }: { result: string }) => result)).toEqual(['denied:forbidden']);
  expect(await brokenLines(api.db, { after: 0, upTo: Number.MAX_SAFE_INTEGER })).toEqual([]);
  await expect(api.db.updateTable('audit_log').set({ result: 'ok' }).execute()).rejects.toThrow(
    /append-only/,
  );
  await expect(api.db.deleteFrom('audit_log').execute()).rejects.toThrow(/append-only/);
});
