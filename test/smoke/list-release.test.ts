/** From the office's workbook to running tasks, paused, resumed, and after a crash. */
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { writeWorkbook } from '../../sample/write-workbook.ts';
import { workflowIdOf } from '../../workflows/client.ts';
import { annualListOf, indicatorRow } from '../domain/annual-list-rows.ts';
import { upload } from '../support/forms.ts';
import { todosOf } from '../support/matter.ts';
import { createPerson, createUnit, givePost } from '../support/people.ts';
import { beginStory, eventually, type Someone, type World } from '../support/world.ts';

async function aList(city: World, indicators: number) {
  const office = await createUnit(city.db, { name: '市考核办' });
  const admin = await city.someone(office, { role: 'assessment_admin' });
  const unit = await createUnit(city.db, { name: '水利局' });
  for (const [role, name] of [
    ['reporter', '水利局甲'],
    ['direct_lead', '水利局乙'],
    ['contact_person', '水利局丙'],
  ] as const) {
    const person = await createPerson(city.db, { name, unit_id: unit.id, office: '工程科' });
    await givePost(city.db, { person, unit, role });
  }
  const rows = Array.from({ length: indicators }, (_, n) =>
    indicatorRow({
      单位: '水利局',
      指标: `重点任务第${n + 1}项`,
      分值: 100 / indicators,
      填报责任人: '水利局甲',
      直接负责人: '水利局乙',
      联系人: '水利局丙',
    }),
  );
  const content = await writeWorkbook(annualListOf(...rows));
  const { body, status } = await upload(
    admin.client,
    '/imports',
    { name: '清单.xlsx', content },
    { kind: 'annual_list' },
  );
  expect([status, body.faults]).toEqual([201, []]);
  expect(await admin.client.post(`/imports/${body.id}/commands/apply`, {})).toMatchObject({ status: 200 });
  return { office, admin, unit };
}

const released = (admin: Someone) =>
  eventually(async () => {
    const { body } = await admin.client.get('/annual-lists/2026/release');
    return body.stage === 'released' ? body : null;
  }, 'the list is released');

async function runsOf(city: World): Promise<number> {
  const ids = (await city.db.selectFrom('indicator_task').select('id').execute()).map(({ id }) => id);
  const runs = await Promise.all(
    ids.map(async (id) => {
      const handle = city.server.client.workflow.getHandle(workflowIdOf('indicator_task', id));
      return (await handle.describe()).status.name === 'RUNNING' ? 1 : 0;
    }),
  );
  return runs.reduce<number>((sum, one) => sum + one, 0);
}

test('R-031 a draft without faults becomes a running task for each indicator, once', async () => {
  const city = await beginStory({ at: '2026-01-12 10:00' });
  const { admin } = await aList(city, 20);
  expect(await admin.client.get('/annual-lists/2026/release')).toMatchObject({ status: 404 });
  expect(await admin.client.post('/annual-lists/2026/commands/release', {})).toMatchObject({ status: 200 });
  expect(await released(admin)).toMatchObject({ total: 20, written: 20, done: 20, eta: null });
  expect(await runsOf(city)).toBe(20);
  // Released again: nothing is lacking, nothing begins twice.
  expect(await admin.client.post('/annual-lists/2026/commands/release', {})).toMatchObject({ status: 200 });
  expect(await released(admin)).toMatchObject({ total: 20, done: 20 });
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from process_event where thing_kind = 'indicator_task'`.execute(city.db);
  expect(rows).toEqual([{ n: 20 }]);
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
  await admin.client.post('/annual-lists/2026/commands/release', {});
  expect(await released(admin)).toMatchObject({ total: 10, done: 10 });
  expect(await runsOf(city)).toBe(10);
});

test('what was written and is not known to run is started by the next release, and nothing twice', async () => {
  const city = await beginStory({ at: '2026-01-12 10:00' });
  const { admin } = await aList(city, 4);
  await admin.client.post('/annual-lists/2026/commands/release', {});
  await released(admin);
  const [lost] = await city.db.selectFrom('indicator_task').select('id').limit(1).execute();
  await city.db
    .updateTable('indicator_task')
    .set({ started_at: null })
    .where('id', '=', lost?.id ?? '')
    .execute();
  expect((await admin.client.get('/annual-lists/2026/release')).body).toMatchObject({ total: 4, done: 3 });
  await admin.client.post('/annual-lists/2026/commands/release', {});
  expect(await released(admin)).toMatchObject({ total: 4, done: 4 });
  expect(await runsOf(city)).toBe(4);
});

test('a release that is paused waits between two batches until it is resumed', async () => {
  const gate = Promise.withResolvers<void>();
  const city = await beginStory({
    at: '2026-01-12 10:00',
    around: (activities) => {
      const { releaseBatch } = activities as unknown as Record<
        string,
        (...args: unknown[]) => Promise<unknown>
      >;
      return {
        ...activities,
        releaseBatch: async (...args: unknown[]) => {
          await gate.promise;
          return releaseBatch?.(...args);
        },
      };
    },
  });
  const { admin } = await aList(city, 10);
  await admin.client.post('/annual-lists/2026/commands/release', {});
  expect((await admin.client.post('/annual-lists/2026/commands/pause-release', {})).body).toMatchObject({
    stage: 'paused',
    done: 0,
    eta: null,
  });
  gate.resolve();
  await eventually(async () => {
    const { body } = await admin.client.get('/annual-lists/2026/release');
    return body.done === 10 ? body : null;
  }, 'the batch under way comes to its end');
  expect((await admin.client.get('/annual-lists/2026/release')).body.stage).toBe('paused');
  await admin.client.post('/annual-lists/2026/commands/resume-release', {});
  expect(await released(admin)).toMatchObject({ done: 10 });
});

test('R-022 weights change by two people, a unit’s all at once; what a task weighed on 15 May has an answer', async () => {
  const city = await beginStory({ at: '2026-05-04 10:00' });
  const { office, admin, unit } = await aList(city, 2);
  const second = await city.someone(office, { role: 'assessment_admin' });
  await admin.client.post('/annual-lists/2026/commands/release', {});
  await released(admin);
  const tasks = await city.db
    .selectFrom('indicator_task')
    .select(['id', 'number'])
    .orderBy('number')
    .execute();
  const [one, two] = tasks.map(({ id }) => id);
  const proposed = await admin.client.post('/annual-lists/2026/weight-changes', {
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
  const confirm = `/annual-lists/2026/weight-changes/${proposed.body.id}/commands/confirm`;
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
  // A change that weighs no running task anew keeps no release from its end.
  await sql`
    update weight_change set told = false, weights = '[]' where id = ${proposed.body.id}`.execute(city.db);
  await admin.client.post('/annual-lists/2026/commands/release', {});
  await released(admin);
});
