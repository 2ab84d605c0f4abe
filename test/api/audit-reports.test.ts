/** The report page: what the auditor and the reconciler found, by page and one by one. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { beginRun, endRun, keepReport } from '../../db/cadence-runs.ts';
import { instant, localDate } from '../../domain/time.ts';
import { testApi, type Client, type TestApi } from '../support/api.ts';
import { createAccount } from '../support/people.ts';
import { noProcesses } from '../support/stand-ins.ts';

let api: TestApi;
let admin: Client;
let asked: unknown[] = [];
const runId = randomUUID();

beforeAll(async () => {
  api = await testApi({
    processes: {
      ...noProcesses,
      runCadence: (name, date) => {
        asked.push([name, date]);
        return Promise.resolve(runId);
      },
    },
  });
  admin = await api.signedIn(await createAccount(api.db, { roles: ['system_admin'] }));
});
afterAll(() => api.close());

const begun = instant(Date.parse('2026-09-14T03:00:00+08:00'));

async function audited(
  minute: number,
  faults: readonly { what: string; mended: boolean }[],
  kind: 'audit' | 'reconcile' = 'audit',
): Promise<string> {
  const id = randomUUID();
  const at = instant(begun + minute * 60_000);
  await beginRun(api.db, { id, name: kind, for_date: localDate('2026-09-14'), at });
  await keepReport(api.db, { run_id: id, kind, at, made_at: instant(at + 1_000), faults });
  await endRun(api.db, id, { outcome: 'done', numbers: { overdue: 2 }, at: instant(at + 1_500) });
  return id;
}

test('reports come newest first, page by page, and one tells each fault, what is left before what was mended', async () => {
  const old = await audited(0, []);
  const other = await audited(1, [], 'reconcile');
  const last = await audited(2, [
    { what: 'first', mended: true },
    { what: 'second', mended: false },
  ]);
  const first = await admin.get('/audit-reports?limit=2');
  expect(first.body.items.map(({ id }: { id: string }) => id)).toEqual([last, other]);
  expect(first.headers['link']).toContain('rel="next"');
  const next = await admin.get(`/audit-reports?limit=2&cursor=${first.body.next_cursor}`);
  expect(next.body).toMatchObject({ items: [{ id: old, found: 0, left: 0 }], next_cursor: null });
  const audits = await admin.get('/audit-reports?kind=audit');
  expect(audits.body.items.map(({ id }: { id: string }) => id)).toEqual([last, old]);
  expect((await admin.get(`/audit-reports/${last}`)).body).toEqual({
    id: last,
    kind: 'audit',
    for: '2026-09-14',
    at: '2026-09-14T03:02:00+08:00',
    started_at: '2026-09-14T03:02:00+08:00',
    duration_ms: 1_500,
    found: 2,
    mended: 1,
    left: 1,
    numbers: { overdue: 2 },
    faults: [
      { what: 'second', mended: false },
      { what: 'first', mended: true },
    ],
  });
  expect((await admin.get(`/audit-reports/${randomUUID()}`)).status).toBe(404);
});

test('an audit is run for today, or for a day that has been; a run that no worker has begun is 503', async () => {
  asked = [];
  const nobody = await admin.post('/audit-reports/commands/run', { for: '2026-09-01' });
  expect([nobody.status, nobody.body.code]).toEqual([503, 'unavailable']);
  await beginRun(api.db, { id: runId, name: 'audit', for_date: localDate('2026-09-02'), at: begun });
  const running = await admin.post('/audit-reports/commands/run', { for: '2026-09-02' });
  expect(running.body).toMatchObject({ id: runId, name: 'audit', for: '2026-09-02', outcome: 'running' });
  expect(asked).toEqual([
    ['audit', '2026-09-01'],
    ['audit', '2026-09-02'],
  ]);
  for (const wrong of ['2026-02-30', '9999-01-01', 7]) {
    const { status, body } = await admin.post('/audit-reports/commands/run', { for: wrong });
    expect([wrong, status, body.errors?.[0]?.pointer]).toEqual([wrong, 400, '/for']);
  }
  expect((await admin.post('/cadences/never/commands/run', {})).status).toBe(400);
});

test('the office of assessment may run it, the e-monitor may read it, and a unit neither', async () => {
  const office = await api.signedIn(await createAccount(api.db, { roles: ['assessment_admin'] }));
  const monitor = await api.signedIn(await createAccount(api.db, { roles: ['e_monitor'] }));
  const unit = await api.signedIn(await createAccount(api.db, { roles: ['undertaking_unit'] }));
  expect((await office.post('/audit-reports/commands/run', {})).status).toBe(200);
  expect((await monitor.get('/audit-reports')).status).toBe(200);
  expect((await monitor.post('/audit-reports/commands/run', {})).status).toBe(403);
  expect((await unit.get('/audit-reports')).status).toBe(403);
});
