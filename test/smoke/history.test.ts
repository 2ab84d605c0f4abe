import { expect, inject, test } from 'vitest';
import { historyOf } from '../../workflows/history.ts';
import { underWay, usualPeople, type Matter } from '../support/matter.ts';
import { createUnit } from '../support/people.ts';
import { beginStory, eventually, TEMPORAL_UI, type World } from '../support/world.ts';
import { withShortRuns } from '../workflows/short-runs-bundle.ts';

test('an administrator reads what happened to an item, and every step of its engine, in plain words', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const office = await createUnit(city.db, { name: '市督查办' });
  const officer = await city.someone(office, { role: 'supervision_officer' });
  const administrator = await city.someone(office, { role: 'system_admin' });
  const { unit } = await city.unitWithPeople('林草局');
  const { body } = await officer.client.post('/supervision-items', {
    title: '完成造林任务',
    aspect: 'key_work',
    source: { level: 'provincial', document: null, instructed_by: null },
    item_class: 'dated',
    due_on: '2026-09-30',
    lead_unit_id: unit.id,
  });
  await officer.client.post(`/supervision-items/${body.id}/commands/assign`, {});

  const page = `/workflows/supervision_item/${body.id}/history`;
  const history = await administrator.client.get(page);
  expect(history.body).toMatchObject({
    workflow_id: `supervision_item/${body.id}`,
    temporal_ui: `${TEMPORAL_UI}/namespaces/${inject('temporalNamespace')}/workflows/supervision_item%2F${body.id}/${history.body.run_id}/history`,
    note: null,
    events: [{ version: 1 }, { version: 2 }],
  });
  const steps = history.body.steps.map(({ what }: { what: string }) => what);
  expect(steps[0]).toBe('流程开始：督〔2026〕0001');
  expect(steps).toContain('受理办理：交办');
  expect(steps.join()).toContain('设定定时：2026-09-15 11:30 签收警铃预警');
  expect(history.body.raw).toHaveLength(1);

  // An id is the same in capitals.
  const capitals = `/workflows/supervision_item/${(body.id as string).toUpperCase()}/history`;
  expect((await administrator.client.get(capitals)).body.raw).toHaveLength(1);
  expect((await officer.client.get(page)).status).toBe(403);
  const nobody = await administrator.client.get(
    '/workflows/supervision_item/00000000-0000-4000-8000-000000000000/history',
  );
  expect(nobody).toMatchObject({ status: 404, body: { code: 'not_found' } });
  await city.stop();
});

test(
  'runs that the engine no longer keeps are named as missing; what happened is told from events all the same',
  { timeout: 180_000 },
  async () => {
    const city = await beginStory({ at: '2026-09-14 10:00', workflows: await withShortRuns() });
    const { office, officer, unit, reporter } = await usualPeople(city);
    const administrator = await city.someone(office, { role: 'system_admin' });
    const historyOfItem = async ({ id }: Matter) =>
      (await administrator.client.get(`/workflows/supervision_item/${id}/history`)).body;
    const facts = { due_on: '2026-10-15', lead_unit_id: unit.id };

    const closed = await underWay(city, officer, reporter, facts);
    await closed.gives(reporter, 'request-close', { result: '已完成' });
    await closed.gives(officer, 'approve', { rating: 'good' });
    const open = await underWay(city, officer, reporter, facts);
    const runs = await reportsThroughRuns(open, reporter, 4);

    const whole = await historyOfItem(open);
    expect(whole.raw).toHaveLength(4);
    expect(whole.steps[0]).toMatchObject({ run: 1, type: 'WORKFLOW_EXECUTION_STARTED' });
    const latest = await historyOf(city.server.client, open.workflowId, { mostRuns: 2 });
    // The run that still lives goes on meanwhile.
    expect([latest?.raw.length, latest?.raw[0]]).toEqual([2, whole.raw[2]]);
    expect(latest?.told.slice(0, 2)).toMatchObject([
      { run: 0, type: 'EARLIER_RUNS_NOT_READ', what: expect.stringContaining('只读取最近2段') },
      { run: 1, type: 'WORKFLOW_EXECUTION_STARTED' },
    ]);

    await outlivesRetention(city, closed);
    await outlivesRetention(city, open, runs[1]);
    const half = await eventually(
      async () => {
        const now = await historyOfItem(open);
        return now.raw.length === 2 ? now : null;
      },
      'the second run is removed',
      REMOVED_WITHIN_MS,
    );
    expect(half.steps.slice(0, 2)).toMatchObject([
      { run: 0, type: 'EARLIER_RUNS_REMOVED', what: expect.stringContaining('已过保留期') },
      { run: 1, type: 'WORKFLOW_EXECUTION_STARTED' },
    ]);
    expect(half).toMatchObject({ run_id: runs[3], note: null, events: whole.events });

    const nothing = await eventually(
      async () => {
        const now = await historyOfItem(closed);
        return now.run_id === null ? now : null;
      },
      'the only run is removed',
      REMOVED_WITHIN_MS,
    );
    expect(nothing).toMatchObject({
      temporal_ui: null,
      note: expect.stringContaining('保留期'),
      steps: [],
      raw: [],
    });
    const told = nothing.events.map(({ type }: { type: string }) => type);
    expect(told).toEqual(await closed.events());
    await city.travelTo('2026-09-14 10:10');
    await reporter.phone.expects('1项待办');
    await city.ends();
  },
);

/** The server does so once it has written down how far it has come with what it does when a run closes. */
const REMOVED_WITHIN_MS = 120_000;

/** @returns the runs in their order. */
async function reportsThroughRuns(
  item: Matter,
  reporter: Parameters<Matter['gives']>[0],
  count: number,
): Promise<readonly string[]> {
  const runs = [await item.runId()];
  for (let reports = 1; runs.length < count; reports += 1) {
    expect(reports).toBeLessThan(200);
    await item.gives(reporter, 'report-progress', { percent: 1, text: `第${reports}次汇报` });
    const run = await item.runId();
    if (run !== runs.at(-1)) runs.push(run);
  }
  return runs;
}

/** What the server does by itself when a run has been closed for as long as the namespace retains it. */
async function outlivesRetention({ server }: World, item: Matter, run?: string): Promise<void> {
  await server.client.workflowService.deleteWorkflowExecution({
    namespace: server.client.options.namespace,
    workflowExecution: { workflowId: item.workflowId, ...(run === undefined ? {} : { runId: run }) },
  });
}
