import { expect, test } from 'vitest';
import { createUnit } from '../support/people.ts';
import { beginStory } from '../support/world.ts';

test('R-058 an item moved to another class while the list is made is watched by that class’s policy', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const office = await createUnit(city.db, { name: '市督查办' });
  const officer = await city.someone(office, { role: 'supervision_officer' });
  const { unit } = await city.unitWithPeople('水利局');
  const created = await officer.client.post('/supervision-items', {
    title: '清理河道',
    aspect: 'key_work',
    source: { level: 'municipal', document: null, instructed_by: null },
    item_class: 'ordinary_item',
    lead_unit_id: unit.id,
  });
  const item = `/supervision-items/${created.body.id}`;

  const none = await officer.client.post(`${item}/commands/edit`, { warning_policy: 'no_such_policy' });
  expect(none).toMatchObject({
    status: 409,
    body: { code: 'unknown_policy', errors: [{ pointer: '/warning_policy' }] },
  });

  await officer.client.post(`${item}/commands/edit`, { item_class: 'dated', due_on: '2026-09-30' });
  const assigned = await officer.client.post(`${item}/commands/assign`, {});
  expect(assigned.body.due_at).toBe('2026-10-01T00:00:00+08:00');
  const events = await officer.client.get(`${item}/events`);
  // standard: the bell three working days before (25 to 27 September are the Mid-Autumn holiday).
  expect(events.body.items[2].deadlines.join()).toContain('预警策略standard第1版：警铃2026-09-24 09:00');
  await city.stop();
});
