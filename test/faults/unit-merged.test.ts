/** Fault 25, the unit's part: 机构改革 while a unit's work is open: whoever stands in its place is told and may act. */
import { expect, test } from 'vitest';
import { todosOf, underWay, usualPeople } from '../support/matter.ts';
import { createUnit, givePost } from '../support/people.ts';
import { assessors, released } from '../support/task.ts';
import { beginStory } from '../support/world.ts';

test('fault 25: a unit is merged: from that day its open items and tasks are the other unit’s, cards and reminders reach the people of that one and nobody else', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { officer, unit: old, ...former } = await usualPeople(city);
  const next = await city.unitWithPeople('交通运输局');
  const stranger = await city.unitWithPeople('水务局');
  const office = await createUnit(city.db, { name: '市委编办' });
  const above = await city.someone(office, { role: 'city_leader' });
  const { admin, reviewer } = await assessors(city);
  await givePost(city.db, { person: above.person, unit: next.unit, role: 'city_leader' });
  const matter = await underWay(city, officer, former.reporter, {
    due_on: '2026-09-24',
    lead_unit_id: old.id,
  });
  const task = await released(city, admin, { unit: old, ...former }, {});
  await task.gives(former.reporter, 'acknowledge');
  for (const [period, value] of [
    ['2026-Q1', '1'],
    ['2026-Q2', '2'],
  ] as const) {
    await task.reports(former.reporter, period, value);
    await task.accepts(reviewer, period);
  }
  await city.travelTo('2026-09-14 11:00');
  await former.reporter.phone.expects('2项待办，最近一项将于2026-09-17到期');

  await city.travelTo('2026-09-21 09:05');
  await former.reporter.phone.expects('1项待办');

  const merge = { into: next.unit.id, from_date: '2026-09-23', reason: '机构改革方案' };
  expect(await admin.client.post(`/units/${old.id}/commands/merge`, merge)).toMatchObject({ status: 200 });
  // Not before its day.
  for (const { path } of [matter, task]) expect((await next.reporter.client.get(path)).status).toBe(404);
  // The yellow card comes on the first day of the other unit.
  await city.travelTo('2026-09-23 09:05');
  for (const { phone } of [next.reporter, next.deputy])
    await phone.expects('1项待办，最近一项将于2026-09-24到期');
  for (const { path } of [matter, task]) expect((await stranger.reporter.client.get(path)).status).toBe(404);
  const seen = await matter.openedBy(next.reporter);
  expect(seen).toMatchObject({ lead_unit_id: old.id });
  expect(seen.allowed_commands.map(({ name }: { name: string }) => name)).toContain('report_progress');
  expect(await todosOf(next.reporter)).toEqual(await todosOf(former.reporter));
  for (const list of ['/supervision-items', '/indicator-tasks'])
    for (const { client } of [next.reporter, above])
      expect((await client.get(list)).body.items).toHaveLength(1);
  await matter.gives(next.reporter, 'report-progress', { percent: 60, text: '接手后继续推进' });
  await matter.gives(next.reporter, 'reassign-person', {
    role: 'contact_person',
    person_id: next.reporter.person.id,
  });

  // A task names its people; the other unit names its own.
  const own = { role: 'reporter', person_id: next.reporter.person.id };
  await task.gives(next.reporter, 'reassign-person', own);
  await task.reports(next.reporter, '2026-Q3', '3');
  await task.gives(admin, 'urge', { text: '请继续按季填报' });

  await city.travelTo('2026-09-24 18:05');
  expect(await matter.warnings()).toEqual(['item/1 bell', 'item/1 yellow_card']);
  await next.reporter.phone.expects('1项待办');

  // Another merge later: its successor's successor.
  const last = await city.unitWithPeople('综合交通委');
  const again = { into: last.unit.id, reason: '再次改革' };
  expect(await admin.client.post(`/units/${next.unit.id}/commands/merge`, again)).toMatchObject({
    status: 200,
  });
  for (const { path } of [matter, task]) expect((await last.reporter.client.get(path)).status).toBe(200);
  await task.reports(last.reporter, '2026-Q3', '3');
  await matter.gives(last.reporter, 'report-progress', { percent: 100, text: '已完成' });

  const statistics = await officer.client.get('/statistics/units?year=2026');
  const counted = (statistics.body.items as { unit_id: string; items_assigned: number }[])
    .filter(({ items_assigned }) => items_assigned > 0)
    .map(({ unit_id }) => unit_id);
  expect(counted).toEqual([old.id]);
  await city.ends();
});
