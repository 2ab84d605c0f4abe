import { connect as connectSocket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Validator } from '@seriousme/openapi-schema-validator';
import { testApi, type Client, type TestApi } from '../support/api.ts';
import { createAccount } from '../support/people.ts';

let api: TestApi;
let admin: Client;
beforeAll(async () => {
  api = await testApi();
  admin = await api.signedIn(await createAccount(api.db, { roles: ['system_admin'] }));
});
afterAll(() => api.close());

const unit = { code: 'C-1', name: '单位', short_name: '单位', kind: 'department' };

test('the OpenAPI document is valid 3.1 and every operation has its own id', async () => {
  const { body } = await api.anonymous.get('/openapi.json');
  const result = await new Validator().validate(body);
  expect(result.errors ?? []).toEqual([]);
  expect(body.openapi).toBe('3.1.0');
  const ids = Object.values(body.paths as Record<string, Record<string, { operationId: string }>>)
    .flatMap(Object.values)
    .map(({ operationId }) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
});

test('the schemas of every route can be compiled', async () => {
  const whole = testApi({ compileAtOnce: true });
  await expect(whole.then(({ close }) => close())).resolves.toBeUndefined();
});

test('every kind of problem has a page that says what it is', async () => {
  const { body } = await api.anonymous.get('/nothing-here');
  const page = await api.anonymous.get(body.type);
  expect(page.body).toEqual({ code: 'not_found', status: 404, title: '没有找到' });
});

test('an address that leads nowhere is 404, a wrong method 405 with what is allowed', async () => {
  const nowhere = await api.anonymous.get('/nothing-here');
  expect([nowhere.status, nowhere.body.code]).toEqual([404, 'not_found']);
  for (const [method, path, allow] of [
    ['DELETE', '/units', 'GET, HEAD, POST'],
    ['PUT', '/units/00000000-0000-4000-8000-000000000000', 'GET, HEAD, PATCH'],
    ['TRACE', '/me', 'GET, HEAD'],
  ] as const) {
    const { status, headers, body } = await api.anonymous.send(method, path);
    expect([status, headers['allow'], body.code]).toEqual([405, allow, 'method_not_allowed']);
  }
});

test('a malformed address is a problem like any other', async () => {
  const { status, body } = await api.anonymous.get('/units/%zz');
  expect([status, body.code]).toEqual([400, 'malformed_url']);
});

test('fault 15: whatever a body holds that it must not is named with its place, and nothing is kept', async () => {
  const cases: [body: unknown, pointer: string][] = [
    [{ ...unit, colour: 'red' }, '/colour'],
    [{ ...unit, code: 7 }, '/code'],
    [{ ...unit, name: undefined }, '/name'],
    [{ ...unit, name: 'a\0b' }, '/name'],
    [{ ...unit, name: 'a\ud800b' }, '/name'],
    [{ ...unit, name: '   ' }, '/name'],
    [{ ...unit, name: 'x'.repeat(61) }, '/name'],
    [{ ...unit, kind: 'castle' }, '/kind'],
    [{ ...unit, parent_id: 'not-a-uuid' }, '/parent_id'],
    ['{"code":"C","__proto__":{"admin":true}}', '/__proto__'],
    ['{"code":"C","constructor":{"prototype":{"admin":true}}}', '/constructor'],
    [[], ''],
    [`${'['.repeat(400_000)}${']'.repeat(400_000)}`, '/0'.repeat(32)],
    [`{"a":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`, '/a'.repeat(32)],
    [`[${'1,'.repeat(100_000)}1]`, ''],
  ];
  for (const [body, pointer] of cases) {
    const answer = await admin.post('/units', body);
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request']);
    expect(answer.body.errors.map((fault: { pointer: string }) => fault.pointer)).toContain(pointer);
  }
  expect(await api.db.selectFrom('unit').select('id').execute()).toEqual([]);
});

test('fault 15: all faults of a body are told at once', async () => {
  const { body } = await admin.post('/units', { code: '!', kind: 'castle', extra: 1 });
  const pointers = body.errors.map((fault: { pointer: string }) => fault.pointer);
  expect(pointers.toSorted()).toEqual(['/code', '/extra', '/kind', '/name', '/short_name']);
});

test('of a field that may be null, only what is wrong with its value is told', async () => {
  const { body } = await admin.post('/units', { ...unit, parent_id: 'x' });
  expect(body.errors).toEqual([{ pointer: '/parent_id', detail: '须为 UUID。', in: 'body' }]);
});

test('fault 15: dates that do not exist, numbers out of range and NUL in an address are 400', async () => {
  const paths = [
    '/posts?on=2026-02-30',
    '/posts?on=0000-01-01',
    '/units?limit=201',
    '/units?limit=0',
    '/units?limit=1e99',
    '/units?limit=9007199254740993',
    '/units?limit=2&limit=3',
    '/units?colour=red',
    '/units?name=%00',
    '/units/%00',
    '/units/7',
    '/units?cursor=nonsense',
    '/posts?cursor=WyJ4IiwieSJd',
    '/units?parent_id=urn:uuid:00000000-0000-4000-8000-000000000000',
  ];
  for (const path of paths) {
    const { status, body } = await admin.get(path);
    expect([path, status]).toEqual([path, 400]);
    expect(body.type).toBe(`/problems/${body.code}`);
  }
});

test('what Postgres cannot keep though the schema allows it is 400, not 500', async () => {
  const auditor = await api.signedIn(await createAccount(api.db, { roles: ['audit_admin'] }));
  const cursor = Buffer.from('["99999999999999999999"]').toString('base64url');
  const { status, body } = await auditor.get(`/audit?cursor=${cursor}`);
  expect([status, body.code]).toEqual([400, 'value_out_of_range']);
});

test('bodies that are no JSON, too large or of another type are told apart', async () => {
  const send = (body: string | Buffer, headers = {}) => admin.post('/units', body, { headers });
  expect((await send('{"code":')).body.code).toBe('malformed_json');
  expect((await send('')).body.code).toBe('malformed_json');
  expect((await send(Buffer.from([0x22, 0xff, 0x22]))).body.code).toBe('malformed_json');
  const large = await send(`"${'x'.repeat(1024 * 1024)}"`);
  expect([large.status, large.body.code]).toEqual([413, 'body_too_large']);
  const xml = await send('<unit/>', { 'content-type': 'application/xml' });
  expect([xml.status, xml.body.code]).toEqual([415, 'unsupported_media_type']);
});

test('every answer carries a request id, the caller’s own when it is fit for a log', async () => {
  const own = await api.anonymous.get('/nothing', { headers: { 'x-request-id': 'trace-1.a' } });
  expect([own.headers['x-request-id'], own.body.request_id]).toEqual(['trace-1.a', 'trace-1.a']);
  const unfit = await api.anonymous.get('/nothing', { headers: { 'x-request-id': 'a b{}"' } });
  expect(unfit.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
});

test('a line of the log has the request id and the trace, and the route instead of the address', async () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  await admin.get('/units?name=secret-name', { headers: { traceparent, 'x-request-id': 'log-1' } });
  const line = api.log.map((text) => JSON.parse(text)).find((one) => one.request_id === 'log-1');
  expect(line).toMatchObject({ traceparent, route: '/api/v1/units', method: 'GET', status: 200 });
  expect(api.log.join('')).not.toContain('secret-name');
});

test('a 500 says nothing of what went wrong inside and is logged with its request id', async () => {
  const broken = await testApi();
  const client = await broken.signedIn(await createAccount(broken.db, { roles: ['system_admin'] }));
  await broken.db.schema.alterTable('unit').renameTo('unit_gone').execute();
  const { status, body, headers } = await client.get('/units');
  expect([status, body.code]).toEqual([500, 'unforeseen']);
  expect(JSON.stringify(body)).not.toMatch(/relation|unit_gone|exist/);
  expect(broken.log.find((line) => line.includes(headers['x-request-id'] ?? '-'))).toMatch(/relation/);
  await broken.close();
});

test('what is no HTTP is answered as a problem, and the process lives on', async () => {
  await api.app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = api.app.server.address() as AddressInfo;
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connectSocket(port, '127.0.0.1', () => socket.write('NONSENSE\r\n\r\n'));
    let text = '';
    socket.on('data', (bytes) => (text += bytes.toString()));
    socket.on('end', () => resolve(text));
    socket.on('error', reject);
  });
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer).toContain('application/problem+json');
  expect(answer).toContain('malformed_request');
});

test('answers may not be framed, guessed, kept or run as script', async () => {
  const { headers } = await api.anonymous.get('/openapi.json');
  expect(headers['content-security-policy']).toContain("default-src 'self'");
  expect(headers['x-content-type-options']).toBe('nosniff');
  expect(headers['cache-control']).toBe('no-store');
});
