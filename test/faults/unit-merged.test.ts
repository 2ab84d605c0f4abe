/** Fault 25, the unit's part: 机构改革 while a unit's work is open: whoever stands in its place is told and may act. */
import { expect, test } from 'vitest';
import { todosOf, underWay, usualPeople } from '../support/matter.ts';
import { createUnit, givePost } from '../support/people.ts';
import { beginStory } from '../support/world.ts';

test('fault 25: a unit is merged: from that day its open items are the other unit’s, cards reach the people of that one and nobody else', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { officer, unit: old, ...former } = await usualPeople(city);
  const next = await city.unitWithPeople('交通运输局');
  const stranger = await city.unitWithPeople('水务局');
  const office = await createUnit(city.db, { name: '市委编办' });
  const admin = await city.someone(office, { role: 'assessment_admin' });
  const above = await city.someone(office, { role: 'city_leader' });
  await givePost(city.db, { person: above.person, unit: next.unit, role: 'city_leader' });
  const matter = await underWay(city, officer, former.reporter, {
    due_on: '2026-09-24',
    lead_unit_id: old.id,
  });
  await city.travelTo('2026-09-14 11:00');
  await former.reporter.phone.expects('2026-09-24');

  await city.travelTo('2026-09-21 09:05');
  await former.reporter.phone.expects('1项待办');

  const merge = { into: next.unit.id, from_date: '2026-09-23', reason: '机构改革方案' };
  expect(await admin.client.post(`/units/${old.id}/commands/merge`, merge)).toMatchObject({ status: 200 });
  // Not before its day.
  expect((await next.reporter.client.get(matter.path)).status).toBe(404);
  await city.travelTo('2026-09-23 09:00');
  expect((await stranger.reporter.client.get(matter.path)).status).toBe(404);
  const seen = await matter.openedBy(next.reporter);
  expect(seen).toMatchObject({ lead_unit_id: old.id });
  expect(seen.allowed_commands.map(({ name }: { name: string }) => name)).toContain('report_progress');
  expect(await todosOf(next.reporter)).toEqual(await todosOf(former.reporter));
  expect((await next.reporter.client.get('/supervision-items')).body.items).toHaveLength(1);
  expect((await above.client.get('/supervision-items')).body.items).toHaveLength(1);
  await matter.gives(next.reporter, 'report-progress', { percent: 60, text: '接手后继续推进' });
  await matter.gives(next.reporter, 'reassign-person', {
    role: 'contact_person',
    person_id: next.reporter.person.id,
  });

  // The yellow card.
  await city.travelTo('2026-09-24 18:05');
  expect(await matter.warnings()).toEqual(['item/1 bell', 'item/1 yellow_card']);
  await next.reporter.phone.expects('1项待办');
  await next.deputy.phone.expects('1项待办');

  // Another merge later: its successor's successor.
  const last = await city.unitWithPeople('综合交通委');
  const again = { into: last.unit.id, reason: '再次改革' };
  expect(await admin.client.post(`/units/${next.unit.id}/commands/merge`, again)).toMatchObject({
    status: 200,
  });
  expect((await last.reporter.client.get(matter.path)).status).toBe(200);
  await matter.gives(last.reporter, 'report-progress', { percent: 100, text: '已完成' });

  const statistics = await officer.client.get('/statistics/units?year=2026');
  const counted = (statistics.body.items as { unit_id: string; items_assigned: number }[])
    .filter(({ items_assigned }) => items_assigned > 0)
    .map(({ unit_id }) => unit_id);
  expect(counted).toEqual([old.id]);
  await city.ends();
});
