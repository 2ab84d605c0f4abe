import { expect, test } from 'vitest';
import { todosOf, underWay, usualPeople } from '../support/matter.ts';
import { beginStory } from '../support/world.ts';

test('an extension before the bell moves the bell: the old day passes in silence, the new one warns', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { officer, unit, reporter, deputy } = await usualPeople(city);
  const item = await underWay(city, officer, reporter, { due_on: '2026-09-24', lead_unit_id: unit.id });
  await city.travelTo('2026-09-18 10:00');
  await reporter.phone.expects('2026-09-24');

  const asked = await item.gives(reporter, 'request-extension', {
    new_due_on: '2026-10-15',
    reason: '连续降雨',
  });
  expect(asked.extension).toEqual({ new_due_on: '2026-10-15', reason: '连续降雨' });
  expect(await todosOf(officer)).toContain('待审批延期');
  expect(
    await item.refuses(reporter, 'request-extension', { new_due_on: '2026-10-16', reason: '再议' }),
  ).toBe('extension_pending');
  const granted = await item.gives(officer, 'decide-extension', { granted: true, reason: '同意' });
  expect(granted).toMatchObject({
    due_at: '2026-10-16T00:00:00+08:00',
    extension: null,
    counts: { extensions: 1 },
    next_deadline: { at: '2026-10-12T09:00:00+08:00', kind: 'item' },
  });
  await city.travelTo('2026-09-18 10:05');
  await reporter.phone.expects('最近一项将于2026-10-15到期');

  // Bell, yellow and red of the first date would have come by now.
  await city.travelTo('2026-10-09 12:00');
  reporter.phone.isSilent();
  await city.travelTo('2026-10-12 09:05');
  await reporter.phone.expects('2026-10-15');
  await city.travelTo('2026-10-14 09:05');
  for (const { phone } of [reporter, deputy]) await phone.expects('2026-10-15');
  expect(await item.warnings()).toEqual(['item/2 bell', 'item/2 yellow_card']);

  await item.gives(reporter, 'request-close', { result: '已完成' });
  const closed = await item.gives(officer, 'approve', { rating: 'good' });
  expect(closed).toMatchObject({
    outcome: { on_time: true },
    counts: { bell: 1, yellow_card: 1, red_card: 0, extensions: 1 },
  });
  await city.ends();
});

test('an extension asked for after 17:00 of the last day, or after the deadline, is refused as too late', async () => {
  const city = await beginStory({ at: '2026-09-22 10:00' });
  const { officer, unit, reporter, deputy, principal } = await usualPeople(city);
  const item = await underWay(city, officer, reporter, { due_on: '2026-09-24', lead_unit_id: unit.id });
  const extension = { new_due_on: '2026-10-15', reason: '连续降雨' };

  await city.travelTo('2026-09-24 16:58');
  await reporter.phone.expects('2026-09-24', '2026-09-24');
  await deputy.phone.expects('2026-09-24');
  expect(await item.gives(reporter, 'request-extension', extension)).toMatchObject({ extension });
  expect(
    await item.gives(officer, 'decide-extension', { granted: false, reason: '请按期办结' }),
  ).toMatchObject({ extension: null });

  await city.travelTo('2026-09-24 17:01');
  await reporter.phone.expects('2026-09-24');
  expect(await item.refuses(reporter, 'request-extension', extension)).toBe('extension_too_late');
  await city.travelTo('2026-09-25 08:35');
  for (const { phone } of [reporter, deputy, principal]) await phone.expects('2026-09-24');
  expect(await item.refuses(reporter, 'request-extension', extension)).toBe('extension_too_late');

  expect(await item.openedBy(principal)).toMatchObject({
    due_at: '2026-09-25T00:00:00+08:00',
    card: 'red_card',
    counts: { extensions: 0 },
  });
  await city.ends();
});

test('a second extension is for the city leader, not for the supervision office', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { officer, unit, reporter, leader } = await usualPeople(city);
  const item = await underWay(city, officer, reporter, { due_on: '2026-09-24', lead_unit_id: unit.id });
  await item.gives(reporter, 'request-extension', { new_due_on: '2026-10-15', reason: '连续降雨' });
  await item.gives(officer, 'decide-extension', { granted: true, reason: '同意' });

  await item.gives(reporter, 'request-extension', { new_due_on: '2026-10-30', reason: '设备未到' });
  expect(await todosOf(officer)).not.toContain('待审批延期');
  expect(await todosOf(leader)).toContain('待审批延期');
  expect(await item.refuses(officer, 'decide-extension', { granted: true, reason: '同意' })).toBe(
    'extension_needs_city_leader',
  );
  const granted = await item.gives(leader, 'decide-extension', { granted: true, reason: '同意，下不为例' });
  expect(granted).toMatchObject({ due_at: '2026-10-31T00:00:00+08:00', counts: { extensions: 2 } });

  // The assignment and both answers within one minute: one message, with the last date.
  await city.travelTo('2026-09-14 10:10');
  await reporter.phone.expects('1项待办');
  await city.ends();
});

test('R-058 an item to be cleared by the end of the year is extended by the city leader only', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { officer, unit, reporter, leader } = await usualPeople(city);
  const item = await underWay(city, officer, reporter, {
    item_class: 'year_end_clear',
    lead_unit_id: unit.id,
  });
  await item.gives(reporter, 'request-extension', { new_due_on: '2027-01-29', reason: '资金未到' });
  expect(await item.refuses(officer, 'decide-extension', { granted: true, reason: '同意' })).toBe(
    'extension_needs_city_leader',
  );
  expect(
    await item.gives(leader, 'decide-extension', { granted: false, reason: '年底前必须清零' }),
  ).toMatchObject({
    due_at: '2027-01-01T00:00:00+08:00',
    counts: { extensions: 0 },
  });
  await city.travelTo('2026-09-14 10:10');
  await reporter.phone.expects('2026-12-31');
  await city.ends();
});
