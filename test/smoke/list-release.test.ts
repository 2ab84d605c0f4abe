/** From the office's workbook to running tasks, paused, resumed, and after a crash. */
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import {
  aList,
  decided,
  give,
  isAtRest,
  processOf,
  released,
  releaseOf,
  riverPatrols,
  runsOf,
  tasksOf,
  untilRelease,
} from '../support/annual-list.ts';
import { heldBack } from '../support/held-back.ts';
import { at, beginStory } from '../support/world.ts';

const WEIGHTS = '/annual-lists/2026/weight-changes';

test('R-031 a draft without faults becomes a running task for each indicator, once', async () => {
  const city = await beginStory({ at: '2026-01-12 10:00' });
  const { admin } = await aList(city, 20);
  expect(await admin.client.get('/annual-lists/2026/release')).toMatchObject({ status: 404 });
  await give(admin, 'release');
  expect(await released(admin)).toMatchObject({
    total: 20,
    written: 20,
    done: 20,
    refused_total: 0,
    eta: null,
  });
  expect(await runsOf(city)).toBe(20);
  // Released again: nothing is lacking, nothing begins twice.
  await give(admin, 'release');
  expect(await released(admin)).toMatchObject({ total: 20, done: 20 });
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from process_event where thing_kind = 'indicator_task'`.execute(city.db);
  expect(rows).toEqual([{ n: 20 }]);
  await city.ends();
});

test('a release that dies between writing and starting goes on where the tables say that it is', async () => {
  let dies = 3;
  const city = await beginStory({
    at: '2026-01-12 10:00',
    around: (activities) => {
      const { releaseBatch } = activities as unknown as Record<
        string,
        (...args: unknown[]) => Promise<unknown>
      >;
      if (releaseBatch === undefined) return activities;
      return {
        ...activities,
        releaseBatch: async (...args: unknown[]) => {
          const done = await releaseBatch(...args);
          dies -= 1;
          if (dies >= 0) throw new Error('the answer was lost');
          return done;
        },
      };
    },
  });
  const { admin } = await aList(city, 10);
  await give(admin, 'release');
  expect(await released(admin)).toMatchObject({ total: 10, done: 10 });
  expect(await runsOf(city)).toBe(10);
  await city.ends();
});

test('what was written and is not known to run is started by the next release, and nothing twice', async () => {
  const city = await beginStory({ at: '2026-01-12 10:00' });
  const { admin } = await aList(city, 4);
  await give(admin, 'release');
  await released(admin);
  const [lost] = await tasksOf(city);
  await city.db
    .updateTable('indicator_task')
    .set({ started_at: null })
    .where('id', '=', lost?.id ?? '')
    .execute();
  expect(await releaseOf(admin)).toMatchObject({ total: 4, done: 3 });
  await give(admin, 'release');
  expect(await released(admin)).toMatchObject({ total: 4, done: 4 });
  expect(await runsOf(city)).toBe(4);
  await city.ends();
});

test('a release that is paused waits between two batches until it is resumed', async () => {
  const batches = heldBack('releaseBatch');
  const city = await beginStory({ at: '2026-01-12 10:00', around: batches.around });
  const { admin } = await aList(city, 10);
  batches.hold();
  await give(admin, 'release');
  expect(await give(admin, 'pause-release')).toMatchObject({ stage: 'paused', done: 0, eta: null });
  batches.letGo();
  await untilRelease(admin, ({ done }) => done === 10, 'the batch under way comes to its end');
  expect((await releaseOf(admin)).stage).toBe('paused');
  await give(admin, 'resume-release');
  expect(await released(admin)).toMatchObject({ done: 10 });
  await city.ends();
});

test('a release that is paused stays so through another release, a confirmed change and the loss of its process', async () => {
  const batches = heldBack('releaseBatch');
  const city = await beginStory({ at: '2026-05-04 10:00', around: batches.around });
  const { admin, second, unit } = await aList(city, 2);
  batches.hold();
  await give(admin, 'release');
  await give(admin, 'pause-release');
  batches.letGo();
  await untilRelease(admin, ({ done }) => done === 2, 'the batch under way comes to its end');
  expect(await give(admin, 'release')).toMatchObject({ stage: 'paused' });

  const [one, two] = (await tasksOf(city)).map(({ id }) => id);
  const weights = [
    { indicator_id: one, points: '70' },
    { indicator_id: two, points: '30' },
  ];
  const change = { unit_id: unit.id, from_date: '2026-05-15', reason: '年中调整', weights };
  await decided(admin, second, WEIGHTS, change);
  await isAtRest(city);
  expect(await releaseOf(admin)).toMatchObject({ stage: 'paused', eta: null });

  await (await processOf(city)).terminate('lost, for this test');
  await city.server.startLost();
  await isAtRest(city);
  expect(await releaseOf(admin)).toMatchObject({ stage: 'paused' });
  const weighs = async () =>
    (await admin.client.get(`/indicator-tasks/${one}?on=2026-05-15`)).body.weight.points as string;
  expect(await weighs()).toBe('50');

  // Lost once more, with nobody to notice but who resumes it.
  await (await processOf(city)).terminate('lost, for this test');
  await give(admin, 'resume-release');
  await released(admin);
  expect(await weighs()).toBe('70');
  await city.ends();
});

test('when a release will have ended is told by its rate since it was last let run', async () => {
  const tellings = heldBack('tellWeights');
  const batches = heldBack('releaseBatch');
  const city = await beginStory({
    at: '2026-01-12 10:00',
    around: (activities) => tellings.around(batches.around(activities)),
  });
  const { admin, second, unit, people } = await aList(city, 4);
  tellings.hold();
  await give(admin, 'release');
  await untilRelease(admin, ({ done }) => done === 4, 'the tasks run');
  await city.travelTo('2026-01-12 10:10');
  const patrols = { ...riverPatrols, unit_id: unit.id, ...people };
  await decided(admin, second, '/indicators', { ...patrols, from_date: '2026-01-12' });
  // Four in ten minutes, and one is left.
  const { eta, total, done, begun_at } = await releaseOf(admin);
  expect([total, done, begun_at.slice(0, 16)]).toEqual([5, 4, '2026-01-12T10:00']);
  expect(Date.parse(eta as string)).toBeGreaterThan(at('2026-01-12 10:12'));
  expect(Date.parse(eta as string)).toBeLessThan(at('2026-01-12 10:14'));
  tellings.letGo();
  expect(await released(admin)).toMatchObject({ done: 5, eta: null });

  // What comes later is another release: nobody counts from the first one.
  await city.travelTo('2026-01-13 10:00');
  batches.hold();
  const more = { ...patrols, name: '河道清淤', from_date: '2026-01-13' };
  await decided(admin, second, '/indicators', more);
  const begun = await releaseOf(admin);
  expect(begun).toMatchObject({ stage: 'releasing', total: 6, done: 5, ended_at: null, eta: null });
  expect(begun.begun_at.slice(0, 13)).toBe('2026-01-13T10');
  batches.letGo();
  expect(await released(admin)).toMatchObject({ done: 6 });
  await city.ends();
});

test('an indicator that can have no task is named with why, keeps no other from its task, and is tried again', async () => {
  const batches = heldBack('releaseBatch');
  const city = await beginStory({ at: '2026-05-04 10:00', around: batches.around });
  const { admin, second, unit } = await aList(city, 4);
  batches.hold();
  await give(admin, 'release');
  const { rows: listed } = await sql<{ id: string; number: string }>`
    select id, number from indicator order by number`.execute(city.db);
  const [first, odd] = listed;
  // As a version that checked less has let it in.
  const plansFor = (value: string) =>
    sql`update indicator set plan = jsonb_set(plan, '{3,value}', ${JSON.stringify(value)}) where id = ${odd?.id}`.execute(
      city.db,
    );
  await plansFor('9');
  batches.letGo();
  const refused = [{ indicator_id: odd?.id, number: odd?.number, why: '最后一期的计划值9不等于目标4。' }];
  expect(await released(admin)).toMatchObject({ total: 4, done: 3, refused, refused_total: 1 });

  // Nor does it keep a task from hearing of its weight.
  const weights = listed.map(({ id }, index) => ({ indicator_id: id, points: index < 2 ? '30' : '20' }));
  const change = { unit_id: unit.id, from_date: '2026-05-04', reason: '年中调整', weights };
  await decided(admin, second, WEIGHTS, change);
  expect(await released(admin)).toMatchObject({ done: 3, refused });
  const { body: task } = await admin.client.get(`/indicator-tasks/${first?.id}`);
  expect(task.weight.points).toBe('30');

  await plansFor('4');
  await give(admin, 'release');
  expect(await released(admin)).toMatchObject({ done: 4, refused: [], refused_total: 0 });
  expect(await runsOf(city)).toBe(4);
  await city.ends();
});
