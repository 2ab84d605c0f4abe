import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openServer } from '../../server-assembly.ts';
import { anonymous, testSettings } from '../support/api.ts';
import { underWay, usualPeople, type Matter } from '../support/matter.ts';
import { beginStory, RECEIPT_SECRET } from '../support/world.ts';

test('an administrator moves one process by days, is told what happened to it, and nothing else moves', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { office, officer, unit, reporter } = await usualPeople(city);
  const administrator = await city.someone(office, { role: 'system_admin' });
  const [moved, left] = [
    await underWay(city, officer, reporter, { due_on: '2026-09-24', lead_unit_id: unit.id }),
    await underWay(city, officer, reporter, { due_on: '2026-09-24', lead_unit_id: unit.id }),
  ];
  await city.travelTo('2026-09-14 10:10');
  await reporter.phone.expects('2项待办');
  const travel = (body: object) => administrator.client.post('/time-travel', body);
  const thing = ({ id }: Pick<Matter, 'id'>) => ({ kind: 'supervision_item', id });

  const { status, body } = await travel({ thing: thing(moved), days: 8 });
  expect([status, body.now.slice(0, 15)]).toEqual([200, '2026-09-22T10:1']);
  expect(body.events).toMatchObject([{ type: 'warning_given', title: expect.stringContaining('警铃') }]);
  expect(await moved.openedBy(officer)).toMatchObject({ card: 'bell' });
  expect(await left.openedBy(officer)).toMatchObject({ card: 'none', version: 3 });

  for (const nobody of [
    { kind: 'supervision_item', id: randomUUID() },
    { ...thing(moved), kind: 'indicator_task' },
  ])
    expect(await travel({ thing: nobody, days: 1 })).toMatchObject({
      status: 404,
      body: { code: 'not_found' },
    });
  await moved.gives(reporter, 'request-close', { result: '已完成' });
  await moved.gives(officer, 'approve', { rating: 'good' });
  expect(await travel({ thing: thing(moved), days: 1 })).toMatchObject({ status: 404 });
  expect((await officer.client.post('/time-travel', { days: 1 })).status).toBe(403);

  // Without a thing everything goes.
  const all = await travel({ days: 9.25 });
  expect([all.status, all.body.now.slice(0, 15), all.body.events]).toEqual([200, '2026-09-23T16:1', []]);
  expect(await left.openedBy(officer)).toMatchObject({ card: 'yellow_card' });
  city.phonesAreRead();
  await city.ends();
});

test('in production there is no such address', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00', withoutWorkers: true });
  const folder = await mkdtemp(join(tmpdir(), 'dukao-evidence-'));
  // As server.ts opens it, as far as time is concerned.
  const production = await openServer({
    databaseUrl: city.url,
    temporal: { ...city.workerSurroundings.temporal, uiUrl: null },
    taskQueues: city.taskQueues,
    settings: { ...testSettings, timeTravel: false },
    phones: city.phones,
    receiptSecret: RECEIPT_SECRET,
    evidence: { folder, uploadMaxBytes: 1024, unitQuotaBytes: 1024 ** 3, leastFreeBytes: 0 },
    log: city.workerSurroundings.log,
  });
  const asked = await anonymous(production.app).post('/time-travel', { days: 1 });
  expect(asked).toMatchObject({ status: 404, body: { code: 'not_found' } });
  const { body } = await anonymous(production.app).get('/openapi.json');
  expect(Object.keys(body.paths).filter((path) => path.includes('time-travel'))).toEqual([]);
  await production.close();
  await rm(folder, { recursive: true, force: true });
  await city.stop();
});
