import { sql } from 'kysely';
import { Registry } from 'prom-client';
import { pino } from 'pino';
import { afterAll, expect, test } from 'vitest';
import { buildApp } from '../../api/app.ts';
import { buildInternalApp } from '../../api/internal-app.ts';
import { connect } from '../../db/client.ts';
import { testApi, testDeps, type TestApi } from '../support/api.ts';

const metrics = new Registry();
let temporal: 'up' | 'down' | 'silent' = 'up';
const checks = {
  postgres: () => Promise.resolve(),
  temporal: () =>
    temporal === 'up'
      ? Promise.resolve()
      : temporal === 'down'
        ? Promise.reject(new Error('connect ECONNREFUSED 10.0.0.7:7233'))
        : new Promise<void>(() => undefined),
};
const api: TestApi = await testApi({ checks, metrics });
afterAll(() => api.close());

test('a living process says so whatever else is down', async () => {
  temporal = 'down';
  expect((await api.anonymous.send('GET', '/livez')).body).toEqual({ alive: true });
});

test('readiness names the part that is not ready, and not why', async () => {
  temporal = 'up';
  const ready = await api.anonymous.send('GET', '/readyz');
  expect([ready.status, ready.body]).toEqual([
    200,
    { ready: true, checks: { postgres: 'ok', temporal: 'ok' } },
  ]);
  for (const trouble of ['down', 'silent'] as const) {
    temporal = trouble;
    const { status, body } = await api.anonymous.send('GET', '/readyz');
    expect([status, body]).toEqual([503, { ready: false, checks: { postgres: 'ok', temporal: 'failed' } }]);
  }
  expect(api.log.join('')).toContain('ECONNREFUSED');
});

test('metrics are counted by route and served on the internal port alone', async () => {
  await api.anonymous.get('/units/%20');
  await api.anonymous.get('/units/00000000-0000-4000-8000-000000000000');
  const internal = await buildInternalApp({ log: pino({ level: 'silent' }), checks, metrics });
  const { body, headers } = await internal.inject('/metrics');
  expect(headers['content-type']).toContain('text/plain');
  expect(body).toContain(
    'dukao_http_request_duration_seconds_count{method="GET",route="/api/v1/units/:id",status="401"} 2',
  );
  expect((await api.anonymous.send('GET', '/metrics')).status).toBe(404);
  temporal = 'up';
  expect((await internal.inject('/readyz')).json()).toMatchObject({ ready: true });
  await internal.close();
});

test('while the database is away answers are 503 with Retry-After, and the process lives', async () => {
  const gone = connect({ url: 'postgres://nobody@127.0.0.1:1/nothing', onError: () => undefined });
  const app = await buildApp(testDeps(gone, []));
  const answer = await app.inject({ url: '/api/v1/me', headers: { authorization: 'Bearer abc' } });
  expect([answer.statusCode, answer.headers['retry-after'], answer.json().code]).toEqual([
    503,
    '5',
    'unavailable',
  ]);
  expect(answer.body).not.toMatch(/ECONNREFUSED|127\.0\.0\.1/);
  await app.close();
  await gone.destroy();
});

test('fault 4: a connection that breaks while a request uses it is 503, and soon requests work again', async () => {
  const token = 'x'.repeat(43);
  const ask = () => api.app.inject({ url: '/api/v1/me', headers: { authorization: `Bearer ${token}` } });
  expect((await ask()).statusCode).toBe(401);
  const breaker = connect({ url: api.url, onError: () => undefined });
  const breakAll = sql`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`;
  for (let round = 0; round < 10; round++) {
    const [answer] = await Promise.all([ask(), breakAll.execute(breaker)]);
    expect([401, 503]).toContain(answer.statusCode);
  }
  await breaker.destroy();
  // A connection of the pool may still be found broken; once each is found, it is replaced.
  await expect.poll(async () => (await ask()).statusCode).toBe(401);
});
