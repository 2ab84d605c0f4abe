import { expect, test } from 'vitest';
import { listed, todosOf, usualPeople } from '../support/matter.ts';
import { beginStory } from '../support/world.ts';

test('a disputed assignment is upheld: the unit must acknowledge by the next working day from then', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { officer, unit, reporter } = await usualPeople(city);
  const item = await listed(city, officer, { due_on: '2026-10-30', lead_unit_id: unit.id });
  await item.gives(officer, 'assign');
  const disputed = await item.gives(reporter, 'dispute', { reason: '不属本局职责' });
  expect(disputed).toMatchObject({ stage: 'task_assignment', dispute: { reason: '不属本局职责' } });
  expect(await item.refuses(reporter, 'acknowledge')).toBe('already_disputed');
  expect(await todosOf(officer)).toContain('待裁定异议');
  expect(await todosOf(reporter)).toEqual([]);
  await city.travelTo('2026-09-14 10:10');
  await reporter.phone.expects('2026-10-30');

  // The bell and the yellow card of the first assignment would have come by now.
  await city.travelTo('2026-09-16 08:50');
  const upheld = await item.gives(officer, 'uphold', { reason: '依三定方案属你局' });
  expect(upheld).toMatchObject({
    stage: 'task_assignment',
    dispute: null,
    next_deadline: { at: '2026-09-17T11:30:00+08:00', kind: 'acknowledgement' },
  });
  await city.travelTo('2026-09-17 11:35');
  await reporter.phone.expects('最近一项将于2026-10-30到期', '最近一项将于2026-09-17到期');
  expect(await item.warnings()).toEqual(['acknowledgement/2 bell']);
  expect(await item.gives(reporter, 'acknowledge')).toMatchObject({ stage: 'progress_reporting' });
  await city.travelTo('2026-09-24 10:00');
  await city.ends();
});

test('a disputed item is given to another unit: its people are told, the first unit hears no more of it', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { officer, unit, reporter } = await usualPeople(city);
  const other = await city.unitWithPeople('住建局');
  const item = await listed(city, officer, { due_on: '2026-10-15', lead_unit_id: unit.id });
  await item.gives(officer, 'assign');
  expect(await item.refuses(officer, 'assign', { lead_unit_id: other.unit.id })).toBe('no_dispute_pending');
  await item.gives(reporter, 'dispute', { reason: '不属本局职责' });
  const assigned = await item.gives(officer, 'assign', { lead_unit_id: other.unit.id });
  expect(assigned).toMatchObject({ stage: 'task_assignment', lead_unit_id: other.unit.id, dispute: null });
  expect((await reporter.client.get(item.path)).status).toBe(404);
  await city.travelTo('2026-09-14 10:10');
  await other.reporter.phone.expects('2026-10-15');

  await item.gives(other.reporter, 'acknowledge');
  await city.travelTo('2026-10-12 09:05');
  await other.reporter.phone.expects('2026-10-15');
  expect(await item.warnings()).toEqual(['item/2 bell']);
  await city.ends();
});

test('a dispute that the office leaves lying warns the office itself', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { office, officer, unit, reporter } = await usualPeople(city);
  const deputy = await city.someone(office, { role: 'supervision_officer', post: 'deputy_leader' });
  const item = await listed(city, officer, { due_on: '2026-10-30', lead_unit_id: unit.id });
  await item.gives(officer, 'assign');
  await item.gives(reporter, 'dispute', { reason: '不属本局职责' });
  await city.travelTo('2026-09-16 09:05');
  await reporter.phone.expects('2026-10-30');
  await officer.phone.expects('最近一项将于2026-09-17到期');
  await city.travelTo('2026-09-17 09:05');
  for (const { phone } of [officer, deputy]) await phone.expects('2026-09-17');
  await item.gives(deputy, 'uphold', { reason: '依三定方案属该局' });
  await item.gives(reporter, 'acknowledge');
  expect(await item.openedBy(reporter)).toMatchObject({ card: 'none', counts: { bell: 0, yellow_card: 0 } });
  await city.travelTo('2026-09-17 09:15');
  await reporter.phone.expects('2026-10-30');
  await city.ends();
});
