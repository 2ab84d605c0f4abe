import { expect, test } from 'vitest';
import { todosOf, underWay, usualPeople } from '../support/matter.ts';
import { beginStory } from '../support/world.ts';

test('a pause stops the clock: no warning comes, the deadline moves by the pause, resuming arms the warnings again', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { officer, unit, reporter, deputy } = await usualPeople(city);
  const item = await underWay(city, officer, reporter, { due_on: '2026-09-24', lead_unit_id: unit.id });
  await city.travelTo('2026-09-21 09:05');
  await reporter.phone.expects('2026-09-24', '2026-09-24');

  const paused = await item.gives(officer, 'pause', { reason: '等待省里批复' });
  expect(paused).toMatchObject({ paused_on: '2026-09-21', next_deadline: null, card: 'bell' });
  expect(await todosOf(reporter)).toEqual([]);
  expect(await item.refuses(reporter, 'report-progress', { percent: 50, text: '过半' })).toBe('item_paused');
  expect(await item.refuses(officer, 'pause', { reason: '再停' })).toBe('already_paused');

  await city.travelTo('2026-10-08 10:00');
  for (const { phone } of [reporter, deputy]) phone.isSilent();
  const resumed = await item.gives(officer, 'resume', { reason: '批复已到' });
  // Seventeen days later than 24 September.
  expect(resumed).toMatchObject({
    paused_on: null,
    due_at: '2026-10-12T00:00:00+08:00',
    next_deadline: { at: '2026-10-10T09:00:00+08:00' },
  });
  expect(await item.refuses(officer, 'resume', {})).toBe('not_paused');
  await city.travelTo('2026-10-08 10:05');
  await reporter.phone.expects('最近一项将于2026-10-11到期');

  await city.travelTo('2026-10-10 09:05');
  for (const { phone } of [reporter, deputy]) await phone.expects('2026-10-11');
  expect(await item.warnings()).toEqual(['item/1 bell', 'item/2 yellow_card']);
  await item.gives(reporter, 'request-close', { result: '已完成' });
  expect(await item.gives(officer, 'approve', { rating: 'good' })).toMatchObject({
    outcome: { on_time: true },
  });
  await city.ends();
});
