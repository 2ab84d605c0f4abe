import { expect, test } from 'vitest';
import { todosOf, underWay, usualPeople } from '../support/matter.ts';
import { beginStory } from '../support/world.ts';

test('assisting units report their share; a close request says whose share is missing', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { officer, unit, reporter } = await usualPeople(city);
  const water = await city.unitWithPeople('水利局');
  const forestry = await city.unitWithPeople('林草局');
  const item = await underWay(city, officer, reporter, {
    due_on: '2026-10-30',
    lead_unit_id: unit.id,
    assisting_unit_ids: [water.unit.id, forestry.unit.id],
  });
  await city.travelTo('2026-09-14 10:10');
  for (const { phone } of [reporter, water.reporter, forestry.reporter]) await phone.expects('2026-10-30');
  expect(await todosOf(water.reporter)).toEqual(['待汇报协办情况']);

  const shared = await item.gives(water.reporter, 'report-progress', { percent: 100, text: '管线已迁改' });
  expect(shared.shares).toEqual([{ unit_id: water.unit.id, at: expect.any(String), percent: 100 }]);
  expect(shared.last_report).toBeNull();
  expect(await todosOf(water.reporter)).toEqual([]);
  expect(await item.refuses(water.reporter, 'request-close', { result: '代为办结' })).toBe('forbidden');

  const asked = await item.gives(reporter, 'request-close', { result: '已完成' });
  expect(asked.close_request.missing_shares).toEqual([forestry.unit.id]);
  await item.gives(officer, 'return', { reasons: '林草局尚未汇报' });
  await item.gives(forestry.reporter, 'report-progress', { percent: 100, text: '补植完成' });
  const again = await item.gives(reporter, 'request-close', { result: '已完成' });
  expect(again.close_request.missing_shares).toEqual([]);
  expect(await item.gives(officer, 'approve', { rating: 'excellent' })).toMatchObject({
    stage: 'closed',
    outcome: { on_time: true },
  });
  // The return was to be told; the item has ended before it was.
  await city.travelTo('2026-09-14 10:20');
  await city.ends();
});

test('weekly reports: each week by its last working day, also when a holiday cuts the week short or leaves none', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { officer, unit, reporter, deputy, principal } = await usualPeople(city);
  const item = await underWay(city, officer, reporter, {
    due_on: '2026-11-30',
    lead_unit_id: unit.id,
    report_cycle: { kind: 'weekly' },
  });
  expect(await item.openedBy(reporter)).toMatchObject({
    next_deadline: { at: '2026-09-17T09:00:00+08:00', kind: 'report' },
  });
  await city.travelTo('2026-09-16 10:00');
  await reporter.phone.expects('2026-11-30');
  // Filed for this week: the next is due on Thursday, for the Mid-Autumn holiday begins on Friday.
  const reported = await item.gives(reporter, 'report-progress', { percent: 10, text: '已开工' });
  expect(reported).toMatchObject({ next_deadline: { at: '2026-09-23T09:00:00+08:00', kind: 'report' } });

  await city.travelTo('2026-09-23 09:05');
  await reporter.phone.expects('最近一项将于2026-09-24到期');
  // Missed: a yellow card with the end of Thursday, told on the next working day; red one working day later.
  await city.travelTo('2026-09-28 08:35');
  for (const { phone } of [reporter, deputy]) await phone.expects('2026-09-24');
  await city.travelTo('2026-09-29 08:35');
  for (const { phone } of [reporter, deputy, principal]) await phone.expects('2026-09-24');
  expect(await item.warnings()).toEqual(['report/2 bell', 'report/2 yellow_card', 'report/2 red_card']);

  // Late, it answers for all that was missed; the week of National Day asks for none after the 30th.
  await city.travelTo('2026-09-29 10:00');
  await item.gives(reporter, 'report-progress', { percent: 30, text: '路基完成' });
  expect(await todosOf(reporter)).toEqual(['待汇报进度', '待办结']);
  await city.travelTo('2026-09-30 10:00');
  const caughtUp = await item.gives(reporter, 'report-progress', { percent: 35, text: '节前进度' });
  expect(caughtUp).toMatchObject({ next_deadline: { at: '2026-10-08T09:00:00+08:00', kind: 'report' } });
  await city.travelTo('2026-10-08 09:05');
  await reporter.phone.expects('最近一项将于2026-10-09到期');
  await item.gives(reporter, 'report-progress', { percent: 40, text: '复工' });
  expect(await item.openedBy(reporter)).toMatchObject({
    counts: { bell: 2, yellow_card: 1, red_card: 1 },
    last_report: { percent: 40 },
  });
  await city.travelTo('2026-10-12 10:00');
  await city.ends();
});
