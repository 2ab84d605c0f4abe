import { expect, test } from 'vitest';
import { createUnit } from '../support/people.ts';
import { beginStory } from '../support/world.ts';

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
    events: [{ version: 1 }, { version: 2 }],
  });
  const steps = history.body.steps.map(({ what }: { what: string }) => what);
  expect(steps[0]).toBe('流程开始：督〔2026〕0001');
  expect(steps).toContain('受理办理：assign');
  expect(steps.join()).toContain('设定定时：2026-09-15 11:30 签收警铃预警');
  expect(history.body.raw).toHaveLength(1);

  expect((await officer.client.get(page)).status).toBe(403);
  const nobody = await administrator.client.get(
    '/workflows/supervision_item/00000000-0000-4000-8000-000000000000/history',
  );
  expect(nobody).toMatchObject({ status: 404, body: { code: 'not_found' } });
  await city.stop();
});
