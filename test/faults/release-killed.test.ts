/** Fault 1, of a list's release: its worker is killed on the way; another one takes over, and no task is there twice. */
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { aList, give, released, runsOf } from '../support/annual-list.ts';
import { beginStory, eventually, type World } from '../support/world.ts';
import { startDyingWorker } from './dying-worker.ts';

describe.concurrent('a worker is killed while it releases a list', { timeout: 120_000 }, () => {
  test('after a batch is done: every indicator has one task', async ({ onTestFinished: atEnd }) => {
    const city = await beginStory({ at: '2026-01-12 10:00', atEnd });
    const { admin } = await aList(city, 20);
    await city.stopWorkers();
    const { dead } = await startDyingWorker(city, { when: 'after', what: 'releaseBatch' });
    await give(admin, 'release');
    await dead;
    await goesOn(city, admin, 20);
  });

  test('between two starts: every indicator has one task', async ({ onTestFinished: atEnd }) => {
    const city = await beginStory({ at: '2026-01-12 10:00', atEnd });
    const { admin } = await aList(city, 100);
    await city.stopWorkers();
    const { kill } = await startDyingWorker(city, null);
    await give(admin, 'release');
    await eventually(() => written(city), 'the first tasks are written', 20_000);
    await kill();
    await goesOn(city, admin, 100);
  });
});

async function goesOn(city: World, admin: Parameters<typeof released>[0], indicators: number) {
  await city.startWorkers();
  // That the worker is dead is noticed by its silence.
  expect(await released(admin, 60_000)).toMatchObject({
    total: indicators,
    written: indicators,
    done: indicators,
    refused_total: 0,
  });
  expect(await runsOf(city)).toBe(indicators);
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from process_event where thing_kind = 'indicator_task'`.execute(city.db);
  expect(rows).toEqual([{ n: indicators }]);
  await city.ends();
}

async function written({ db }: World): Promise<true | null> {
  const row = await db.selectFrom('indicator_task').select('id').executeTakeFirst();
  return row === undefined ? null : true;
}
