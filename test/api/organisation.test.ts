import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testApi, type Client, type TestApi } from '../support/api.ts';
import { createAccount, createPerson, createUnit, givePost } from '../support/people.ts';

let api: TestApi;
let admin: Client;
let officer: Client;
beforeAll(async () => {
  api = await testApi();
  admin = await api.signedIn(await createAccount(api.db, { roles: ['system_admin'] }));
  officer = await api.signedIn(await createAccount(api.db, { roles: ['supervision_officer'] }));
});
afterAll(() => api.close());

test('a unit is made, read and renamed; each change names the version that it was made for', async () => {
  const made = await admin.post('/units', {
    code: 'JT01',
    name: '市交通运输局',
    short_name: '交通局',
    kind: 'department',
  });
  expect(made.status).toBe(201);
  expect(made.headers['location']).toBe(`/api/v1/units/${made.body.id}`);

  const read = await officer.get(`/units/${made.body.id}`);
  expect([read.headers['etag'], read.body.name]).toEqual(['"1"', '市交通运输局']);

  const blind = await admin.patch(`/units/${made.body.id}`, { short_name: '交运局' });
  expect([blind.status, blind.body.code]).toEqual([428, 'if_match_missing']);
  const renamed = await admin.patch(`/units/${made.body.id}`, { short_name: '交运局' }, { version: 1 });
  expect([renamed.status, renamed.headers['etag'], renamed.body.short_name]).toEqual([200, '"2"', '交运局']);
  const late = await admin.patch(`/units/${made.body.id}`, { short_name: '局' }, { version: 1 });
  expect([late.status, late.body.code, late.headers['etag']]).toEqual([412, 'if_match_failed', '"2"']);
});

test('two units never share a code or a name, and the answer says which', async () => {
  const unit = { code: 'SW01', name: '市水务局', short_name: '水务局', kind: 'department' };
  await admin.post('/units', unit);
  const again = await admin.post('/units', { ...unit, code: 'SW02' });
  expect([again.status, again.body.code, again.body.errors[0].pointer]).toEqual([
    409,
    'already_exists',
    '/name',
  ]);
});

test('a unit never becomes its own superior, not even by way of others', async () => {
  const top = await createUnit(api.db);
  const middle = await createUnit(api.db, { parent_id: top.id });
  const below = await createUnit(api.db, { parent_id: middle.id });
  const { status, body } = await admin.patch(`/units/${top.id}`, { parent_id: below.id }, { version: 1 });
  expect([status, body.code]).toEqual([409, 'unit_cycle']);
});

test('a superior that does not exist is named as the fault', async () => {
  const { status, body } = await admin.post('/units', {
    code: 'X9',
    name: '某单位',
    short_name: '某',
    kind: 'park',
    parent_id: '00000000-0000-4000-8000-000000000000',
  });
  expect([status, body.code, body.errors[0].pointer]).toEqual([409, 'unknown_unit', '/parent_id']);
});

test('a phone number is shown masked; revealing it needs a reason and is recorded', async () => {
  const unit = await createUnit(api.db);
  const made = await admin.post('/people', {
    staff_no: 'P-1',
    name: '张三',
    unit_id: unit.id,
    phone: '138 1234 5678',
  });
  expect([made.status, made.body.phone_masked]).toEqual([201, '138****5678']);

  const refused = await admin.post(`/people/${made.body.id}/reveal-phone`, {});
  expect([refused.status, refused.body.errors[0].pointer]).toEqual([400, '/reason']);
  const revealed = await admin.post(`/people/${made.body.id}/reveal-phone`, { reason: '核对号码' });
  expect(revealed.body).toEqual({ phone: '13812345678' });

  const auditor = await api.signedIn(await createAccount(api.db, { roles: ['audit_admin'] }));
  const { body } = await auditor.get(`/audit?action=revealPhone&subject=person/${made.body.id}`);
  expect(body.items.map((line: { result: string; detail: unknown }) => [line.result, line.detail])).toEqual([
    ['ok', { reason: '核对号码' }],
  ]);
});

test('a number is nowhere in the database in plain, nor in the log', async () => {
  const phone = '13911112222';
  const made = await admin.post('/people', { staff_no: 'P-2', name: '李四', phone });
  await admin.patch(`/people/${made.body.id}`, { phone: '13933334444' }, { version: 1 });
  await admin.patch(`/people/${made.body.id}`, { phone: '139333' }, { version: 2 });
  const rows = [
    await api.db.selectFrom('person').selectAll().execute(),
    await api.db.selectFrom('audit_log').selectAll().execute(),
    await api.db.selectFrom('idempotency').selectAll().execute(),
    api.log,
  ];
  expect(JSON.stringify(rows)).not.toMatch(/13911112222|13933334444/);
});

test('a person moves to another unit', async () => {
  const [old, fresh] = [await createUnit(api.db), await createUnit(api.db)];
  const person = await createPerson(api.db, { unit_id: old.id });
  const moved = await admin.patch(`/people/${person.id}`, { unit_id: fresh.id }, { version: 1 });
  expect([moved.status, moved.body.unit_id]).toEqual([200, fresh.id]);
  const there = await officer.get(`/people?unit_id=${fresh.id}`);
  expect(there.body.items).toHaveLength(1);
});

test('a post is given and ended; who held it in March is still known in November', async () => {
  const unit = await createUnit(api.db);
  const person = await createPerson(api.db, { unit_id: unit.id });
  const post = { person_id: person.id, unit_id: unit.id, role: 'reporter', from_date: '2026-01-01' };
  const made = await admin.post('/posts', post);
  expect([made.status, made.body.to_date, made.body.rank]).toEqual([201, null, 1]);

  const twice = await admin.post('/posts', { ...post, from_date: '2026-02-01' });
  expect([twice.status, twice.body.code]).toEqual([409, 'already_exists']);

  const backwards = await admin.patch(`/posts/${made.body.id}`, { to_date: '2025-12-31' }, { version: 0 });
  expect([backwards.status, backwards.body.errors[0].pointer]).toEqual([400, '/to_date']);
  const ended = await admin.patch(`/posts/${made.body.id}`, { to_date: '2026-06-30' }, { version: 0 });
  expect([ended.status, ended.body.to_date]).toEqual([200, '2026-06-30']);

  const march = await officer.get(`/posts?unit_id=${unit.id}&on=2026-03-15`);
  const november = await officer.get(`/posts?unit_id=${unit.id}&on=2026-11-15`);
  expect([march.body.items.length, november.body.items.length]).toEqual([1, 0]);
  const next = await admin.post('/posts', { ...post, from_date: '2026-07-01' });
  expect(next.status).toBe(201);
});

test('a list is read page by page in a stable order, each thing once', async () => {
  for (let i = 0; i < 5; i++) await createUnit(api.db, { code: `ZZ-${i}`, kind: 'township' });
  const codes: string[] = [];
  let path: string | undefined = '/units?kind=township&limit=2';
  while (path !== undefined) {
    const { body, headers }: Awaited<ReturnType<Client['get']>> = await officer.get(path);
    codes.push(...body.items.map((unit: { code: string }) => unit.code));
    path = /<(.+)>; rel="next"/.exec(headers['link'] ?? '')?.[1];
  }
  expect(codes).toEqual(['ZZ-0', 'ZZ-1', 'ZZ-2', 'ZZ-3', 'ZZ-4']);
});

test('a unit is merged into another one once, never into itself, into a merged one, or in the past', async () => {
  const [a, b, c] = [await createUnit(api.db), await createUnit(api.db), await createUnit(api.db)];
  const reason = '机构改革方案';
  const merge = (unit: { id: string }, body: object) =>
    admin.post(`/units/${unit.id}/commands/merge`, { reason, ...body });
  const codeOf = async (answer: ReturnType<typeof merge>) => {
    const { status, body } = await answer;
    return [status, body.code];
  };
  expect(await codeOf(merge(a, { into: a.id }))).toEqual([409, 'merge_into_itself']);
  expect(await codeOf(merge(a, { into: randomUUID() }))).toEqual([409, 'unknown_unit']);
  expect(await codeOf(merge({ id: randomUUID() }, { into: a.id }))).toEqual([404, 'not_found']);
  expect(await codeOf(merge(a, { into: b.id, from_date: '2020-01-01' }))).toEqual([409, 'merge_in_past']);
  expect(await codeOf(merge(a, { into: b.id, reason: '' }))).toEqual([400, 'invalid_request']);

  const merged = await merge(a, { into: b.id });
  expect([merged.status, merged.headers['etag'], merged.body.merged_into]).toEqual([200, '"2"', b.id]);
  expect((await officer.get(`/units/${a.id}`)).body).toEqual(merged.body);
  expect(await codeOf(merge(a, { into: c.id }))).toEqual([409, 'unit_merged']);
  expect(await codeOf(merge(c, { into: a.id }))).toEqual([409, 'merge_into_merged']);
  expect(await codeOf(merge(b, { into: a.id }))).toEqual([409, 'merge_into_merged']);
  // The same once more changes nothing.
  const again = await merge(a, { into: b.id });
  expect([again.status, again.body]).toEqual([200, merged.body]);

  const auditor = await api.signedIn(await createAccount(api.db, { roles: ['audit_admin'] }));
  const { body } = await auditor.get(`/audit?action=mergeUnit&subject=unit/${a.id}`);
  expect(body.items.map(({ detail }: { detail: unknown }) => detail)).toEqual([
    { into: b.id, from_date: merged.body.merged_from, reason },
  ]);
});

test('the posts of a merged unit end with the day before; its history stays', async () => {
  const [a, b] = [await createUnit(api.db), await createUnit(api.db)];
  const person = await createPerson(api.db, { unit_id: a.id });
  await givePost(api.db, { person, unit: a, role: 'reporter' });
  const from_date = '2099-07-01';
  await admin.post(`/units/${a.id}/commands/merge`, { into: b.id, from_date, reason: '机构改革' });
  const { body } = await officer.get(`/posts?unit_id=${a.id}`);
  expect(body.items.map(({ to_date }: { to_date: string }) => to_date)).toEqual(['2099-06-30']);
});
