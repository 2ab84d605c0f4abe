/** What changes in a released list during the year, and what its tasks learn of it. */
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { listFaults } from '../../db/auditor-lists.ts';
import {
  aList,
  decided,
  give,
  released,
  riverPatrols,
  tasksOf,
  untilRelease,
} from '../support/annual-list.ts';
import { runs } from '../support/cadences.ts';
import { handled } from '../support/handled.ts';
import { heldBack } from '../support/held-back.ts';
import { todosOf } from '../support/matter.ts';
import { assessmentPeople, byMonth, released as oneTask } from '../support/task.ts';
import { at, beginStory, eventually, type Someone } from '../support/world.ts';

const WEIGHTS = '/annual-lists/2026/weight-changes';

test('R-022 weights change by two people, a unit’s all at once; what a task weighed on 15 May has an answer', async () => {
  const city = await beginStory({ at: '2026-05-04 10:00' });
  const { admin, second, unit } = await aList(city, 2);
  await give(admin, 'release');
  await released(admin);
  const [one, two] = (await tasksOf(city)).map(({ id }) => id);
  const proposed = await admin.client.post(WEIGHTS, {
    from_date: '2026-05-15',
    reason: '年中调整',
    unit_id: unit.id,
    weights: [
      { indicator_id: one, points: '70' },
      { indicator_id: two, points: '30' },
    ],
  });
  expect(proposed, JSON.stringify(proposed.body)).toMatchObject({ status: 201 });
  expect(await todosOf(second)).toContain('待确认2026年度清单的权重调整');
  const confirm = `${WEIGHTS}/${proposed.body.id}/commands/confirm`;
  expect(await second.client.post(confirm, {})).toMatchObject({ status: 200 });
  await released(admin);
  const opened = async (on: string) => (await admin.client.get(`/indicator-tasks/${one}?on=${on}`)).body;
  expect((await opened('2026-05-14')).weight).toEqual({ on: '2026-05-14', points: '50' });
  expect(await opened('2026-05-15')).toMatchObject({
    weight: { on: '2026-05-15', points: '70' },
    weights: [{ points: '70', proposed_by: admin.person.id, approved_by: second.person.id }],
  });
  const { body: list } = await admin.client.get('/indicator-tasks?year=2026&on=2026-05-15');
  const weighs = (list.items as { weight: { points: string } }[]).map(({ weight }) => weight.points);
  expect(weighs.toSorted()).toEqual(['30', '70']);
  // One task alone cannot be weighed anew: the list would not stay at 100.
  const alone = { points: '80', effective_from: '2026-05-20', reason: '单独调整' };
  expect((await admin.client.post(`/indicator-tasks/${one}/commands/change-weight`, alone)).status).toBe(404);
  // A change that weighs no running task anew keeps no release from its end, nor does one that is told again.
  await sql`update weight_change set told = false`.execute(city.db);
  await give(admin, 'release');
  await released(admin);
  await sql`update weight_change set told = false, weights = '[]'`.execute(city.db);
  await give(admin, 'release');
  await released(admin);
  expect((await opened('2026-05-15')).weights).toHaveLength(1);
  await city.ends();
});

test('R-022 a task that comes after a change of weights begins with what the list began with, and is told of the change', async () => {
  const batches = heldBack('releaseBatch');
  const city = await beginStory({ at: '2026-05-04 10:00', around: batches.around });
  const { admin, second, unit } = await aList(city, 4);
  batches.hold();
  await give(admin, 'release');
  const { rows: listed } = await sql<{ id: string }>`select id from indicator order by number`.execute(
    city.db,
  );
  const [first, odd] = listed.map(({ id }) => id);
  const plansFor = (value: string) =>
    sql`update indicator set plan = jsonb_set(plan, '{3,value}', ${JSON.stringify(value)}) where id = ${odd}`.execute(
      city.db,
    );
  await plansFor('9');
  const weights = listed.map(({ id }, index) => ({ indicator_id: id, points: index < 2 ? '30' : '20' }));
  const change = { unit_id: unit.id, from_date: '2026-07-01', reason: '年中调整', weights };
  await decided(admin, second, WEIGHTS, change);
  batches.letGo();
  expect(await released(admin)).toMatchObject({ done: 3, refused_total: 1 });
  await plansFor('4');
  await give(admin, 'release');
  expect(await released(admin)).toMatchObject({ done: 4, refused_total: 0 });

  for (const id of [first, odd]) {
    expect(await weighs(admin, id, '2026-05-15')).toBe('25');
    const { body: task } = await admin.client.get(`/indicator-tasks/${id}?on=2026-07-01`);
    expect(task).toMatchObject({
      weight: { points: '30' },
      weights: [
        { effective_from: '2026-07-01', proposed_by: admin.person.id, approved_by: second.person.id },
      ],
    });
  }
  expect(await listFaults(city.db, at('2026-05-05 03:00'))).toEqual([]);
  await city.ends();
});

test('R-020 R-022 several dynamic indicators begin on one day: what was confirmed last holds, in the list as in the tasks', async () => {
  const batches = heldBack('releaseBatch');
  const city = await beginStory({ at: '2026-06-10 10:00', around: batches.around });
  const { admin, second, unit, people } = await aList(city, 2);
  await give(admin, 'release');
  await released(admin);
  const joins = (name: string) =>
    decided(admin, second, '/indicators', {
      ...riverPatrols,
      name,
      unit_id: unit.id,
      ...people,
      from_date: '2026-06-15',
    });
  await joins('河长制巡河');
  await released(admin);
  batches.hold();
  await joins('河道清淤');
  await joins('节水宣传');
  batches.letGo();
  expect(await released(admin)).toMatchObject({ total: 5, done: 5, refused_total: 0 });

  const tasks = await tasksOf(city);
  const on = async (day: string) => Promise.all(tasks.map(async ({ id }) => weighs(admin, id, day)));
  expect(await on('2026-06-14')).toEqual(['50', '50', null, null, null]);
  expect(await on('2026-06-15')).toEqual(['38.94', '38.93', '6.77', '7.36', '8']);
  const { body: list } = await admin.client.get('/indicators?year=2026&on=2026-06-15');
  expect(list.items.map(({ points }: { points: string }) => Number(points))).toEqual([
    38.94, 38.93, 6.77, 7.36, 8,
  ]);
  expect(await listFaults(city.db, at('2026-06-16 03:00'))).toEqual([]);
  // Told once more, they know it: what held for an hour does not come back.
  await sql`update weight_change set told = false`.execute(city.db);
  await give(admin, 'release');
  await released(admin);
  expect(await on('2026-06-15')).toEqual(['38.94', '38.93', '6.77', '7.36', '8']);
  const { body: one } = await admin.client.get(`/indicator-tasks/${tasks[0]?.id}`);
  expect(one.weights).toHaveLength(3);
  await city.ends();
});

test('R-022 a weight that a task is told a day late holds from the day on which two people decided it', async () => {
  const batches = heldBack('releaseBatch');
  const city = await beginStory({ at: '2026-05-14 16:00', around: batches.around });
  const { admin, second, unit } = await aList(city, 2);
  await give(admin, 'release');
  await released(admin);
  const [one, two] = (await tasksOf(city)).map(({ id }) => id);
  batches.hold();
  await decided(admin, second, WEIGHTS, {
    from_date: '2026-05-14',
    reason: '年中调整',
    unit_id: unit.id,
    weights: [
      { indicator_id: one, points: '70' },
      { indicator_id: two, points: '30' },
    ],
  });
  await give(admin, 'pause-release');
  batches.letGo();
  await city.travelTo('2026-05-15 09:00');
  await give(admin, 'resume-release');
  await released(admin);
  const { body: task } = await admin.client.get(`/indicator-tasks/${one}?on=2026-05-14`);
  expect(task).toMatchObject({
    weight: { points: '70' },
    weights: [{ effective_from: '2026-05-14', points: '70', approved_by: second.person.id }],
  });
  await city.ends();
});

test('a task that was lost while it was to be told a weight keeps the release until it is found', async () => {
  const city = await beginStory({ at: '2026-05-14 10:00' });
  const { admin, second, unit } = await aList(city, 2);
  await give(admin, 'release');
  await released(admin);
  const [one, two] = (await tasksOf(city)).map(({ id }) => handled(city, { kind: 'indicator_task', id }));
  await city.server.client.workflow.getHandle(one?.workflowId ?? '').terminate('lost, for this test');
  await decided(admin, second, WEIGHTS, {
    from_date: '2026-05-14',
    reason: '年中调整',
    unit_id: unit.id,
    weights: [
      { indicator_id: one?.id, points: '70' },
      { indicator_id: two?.id, points: '30' },
    ],
  });
  await eventually(async () => {
    const { weight } = (await two?.openedBy(admin)) ?? {};
    return weight.points === '30' ? true : null;
  }, 'the other one has been told');
  await untilRelease(admin, ({ stage }) => stage === 'releasing', 'the release does not end');
  await runs(admin.client, 'reconcile');
  await released(admin, 40_000);
  expect((await one?.openedBy(admin))?.weight.points).toBe('70');
  await city.ends();
});

test('R-015 R-020 R-021 a dynamic indicator counts from its day; promoted, its task is common, under its theme, for its reviewers', async () => {
  const city = await beginStory({ at: '2026-06-10 10:00' });
  const { admin, second, reviewer, ...chain } = await assessmentPeople(city);
  const { reporter, deputy, principal, unit } = chain;
  const before = await oneTask(city, admin, chain, { ...byMonth, 省级目标: 110 });
  expect((await before.openedBy(admin)).target.levels).toEqual([
    { level: 'provincial', value: '110', holds: false },
    { level: 'municipal', value: '120', holds: true },
  ]);
  await decided(admin, second, '/indicators', {
    ...riverPatrols,
    unit_id: unit.id,
    reporter_id: reporter.person.id,
    direct_lead_id: deputy.person.id,
    contact_person_id: principal.person.id,
    from_date: '2026-06-10',
  });
  await released(admin);
  const id = (await tasksOf(city)).find((task) => task.id !== before.id)?.id ?? '';
  const patrols = handled(city, { kind: 'indicator_task', id });
  const on = async (day: string) => (await admin.client.get(`${patrols.path}?on=${day}`)).body.weight;
  expect(await on('2026-06-09')).toEqual({ on: '2026-06-09', points: null });
  expect(await on('2026-06-10')).toEqual({ on: '2026-06-10', points: '8' });

  const theme = 'river_chief_system';
  await city.db
    .insertInto('review_scope')
    .values({ account_id: reviewer.account.id, unit_id: null, theme })
    .execute();
  await patrols.gives(reporter, 'acknowledge');
  await patrols.gives(reporter, 'report-progress', { period: '2026-Q2', value: '6', text: '已巡六次' });
  expect(await patrols.refuses(reviewer, 'accept-report', { period: '2026-Q2' })).toBe('forbidden');
  const themed = async () =>
    (
      (await admin.client.get(`/indicator-tasks?theme=${theme}&kind=common`)).body.items as { id: string }[]
    ).map((task) => task.id);
  expect(await themed()).toEqual([]);

  await decided(admin, second, `/indicators/${id}/commands/promote`, {
    theme,
    from_date: '2026-06-11',
    reason: '全市推开',
  });
  await released(admin);
  expect(await patrols.openedBy(admin)).toMatchObject({ kind: 'common', theme });
  expect(await themed()).toEqual([id]);
  const { body: themes } = await admin.client.get('/statistics/themes?year=2026');
  expect(themes.items).toMatchObject([
    { theme, tasks: 1 },
    { theme: null, tasks: 1 },
  ]);
  await patrols.gives(reviewer, 'accept-report', { period: '2026-Q2' });
  const { body: told } = await admin.client.get(`${patrols.path}/events`);
  expect(told.items.map(({ title }: { title: string }) => title)).toContain(
    '经另一人确认，转为共性指标，主题：河长制',
  );
  city.phonesAreRead();
  await city.ends();
});

const weighs = async (admin: Someone, task: string | undefined, on: string) =>
  (await admin.client.get(`/indicator-tasks/${task}?on=${on}`)).body.weight.points as string | null;
