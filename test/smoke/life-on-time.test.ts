import { expect, test } from 'vitest';
import { createUnit } from '../support/people.ts';
import { beginStory } from '../support/world.ts';

test('R-085 an item is listed, assigned, acknowledged, reported, closed on time, and nobody is warned', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const office = await createUnit(city.db, { name: '市督查办' });
  const officer = await city.someone(office, { role: 'supervision_officer' });
  const { unit, reporter } = await city.unitWithPeople('交通局');

  const created = await officer.client.post('/supervision-items', {
    title: '完成城东路改造',
    aspect: 'key_work',
    sub_aspect: 'major_project',
    source: { level: 'municipal', document: null, instructed_by: null },
    item_class: 'dated',
    due_on: '2026-09-30',
    lead_unit_id: unit.id,
  });
  expect(created.status).toBe(201);
  expect(created.body).toMatchObject({
    number: '督〔2026〕0001',
    stage: 'list_making',
    card: 'none',
    version: 1,
  });
  const item = `/supervision-items/${created.body.id}`;
  expect(created.headers['location']).toBe(`/api/v1${item}`);
  // Nobody of the unit sees what is not yet assigned to do anything about it.
  expect(
    (await reporter.client.get(item)).body.allowed_commands.map(({ name }: { name: string }) => name),
  ).toEqual(['comment']);

  const assigned = await officer.client.post(`${item}/commands/assign`, {});
  expect(assigned.body).toMatchObject({ stage: 'task_assignment', due_at: '2026-10-01T00:00:00+08:00' });
  await city.travelTo('2026-09-14 10:30');
  await reporter.phone.expects('1项待办，最近一项将于2026-09-30到期');

  const acknowledged = await reporter.client.post(`${item}/commands/acknowledge`, {});
  expect(acknowledged.body).toMatchObject({ stage: 'progress_reporting', version: 3 });
  const listed = await officer.client.get('/supervision-items?stage=progress_reporting');
  expect(listed.body.items).toMatchObject([{ id: created.body.id, version: 3 }]);

  await city.travelTo('2026-09-20 15:00');
  const reported = await reporter.client.post(`${item}/commands/report-progress`, {
    percent: 60,
    text: '路基完成',
  });
  expect(reported.body.last_report).toEqual({ at: expect.stringContaining('2026-09-20T15:00'), percent: 60 });

  await city.travelTo('2026-09-22 09:00');
  const asked = await reporter.client.post(`${item}/commands/request-close`, { result: '已通车' });
  expect(asked.body).toMatchObject({ stage: 'review_rating', close_request: { missing_shares: [] } });
  expect((await officer.client.get('/todos')).body.items).toMatchObject([
    { what: '待审核评定', number: '督〔2026〕0001' },
  ]);

  const approved = await officer.client.post(`${item}/commands/approve`, { rating: 'good' });
  expect(approved.body).toMatchObject({
    stage: 'closed',
    outcome: { rating: 'good', on_time: true },
    counts: { bell: 0, yellow_card: 0, red_card: 0, extensions: 0, returns: 0 },
    allowed_commands: [],
  });
  const late = await reporter.client.post(`${item}/commands/comment`, { text: '谢谢' });
  expect(late).toMatchObject({ status: 409, body: { code: 'process_ended' } });
  await city.ends();
});
