import { expect, test } from 'vitest';
import { underWay, usualPeople } from '../support/matter.ts';
import { beginStory } from '../support/world.ts';

test('R-058 an ordinary item of 28 September ends on 4 October: the cards come in the holiday, the messages when they may', async () => {
  const city = await beginStory({ at: '2026-09-28 10:00' });
  const { officer, unit, reporter, deputy, principal } = await usualPeople(city);
  const item = await underWay(city, officer, reporter, {
    item_class: 'ordinary_item',
    lead_unit_id: unit.id,
  });
  const begun = await item.openedBy(officer);
  expect(begun).toMatchObject({
    due_at: '2026-10-05T00:00:00+08:00',
    next_deadline: { at: '2026-10-02T09:00:00+08:00' },
  });
  await city.travelTo('2026-09-28 10:05');
  await reporter.phone.expects('最近一项将于2026-10-04到期');

  for (const [time, card] of [
    ['2026-10-02 09:05', 'bell'],
    ['2026-10-03 09:05', 'yellow_card'],
    ['2026-10-05 00:05', 'red_card'],
  ] as const) {
    await city.travelTo(time);
    expect(await item.openedBy(reporter)).toMatchObject({ card });
    for (const { phone } of [reporter, deputy, principal]) phone.isSilent();
  }

  // Only a red card passes on a day off; what was held goes along in the same message.
  await city.travelTo('2026-10-05 08:35');
  for (const { phone } of [reporter, deputy, principal])
    await phone.expects('1项待办，最近一项将于2026-10-04到期');
  expect(await item.warnings()).toEqual(['item/1 bell', 'item/1 yellow_card', 'item/1 red_card']);
  await item.openedBy(reporter);
  await city.travelTo('2026-10-08 12:00');
  await city.ends();
});

test('R-058 a complex item of 31 August ends on 30 September, with the warnings of its policy', async () => {
  const city = await beginStory({ at: '2026-08-31 10:00' });
  const { officer, unit, reporter, deputy } = await usualPeople(city);
  const item = await underWay(city, officer, reporter, { item_class: 'complex_item', lead_unit_id: unit.id });
  const begun = await item.openedBy(officer);
  expect(begun).toMatchObject({
    due_at: '2026-10-01T00:00:00+08:00',
    next_deadline: { at: '2026-09-24T09:00:00+08:00' },
  });
  await city.travelTo('2026-09-24 09:05');
  await reporter.phone.expects('2026-09-30', '2026-09-30');
  await city.travelTo('2026-09-29 09:05');
  for (const { phone } of [reporter, deputy]) await phone.expects('2026-09-30');
  expect(await item.warnings()).toEqual(['item/1 bell', 'item/1 yellow_card']);
  await item.gives(reporter, 'request-close', { result: '已有结果' });
  expect(await item.gives(officer, 'approve', { rating: 'good' })).toMatchObject({
    outcome: { on_time: true },
  });
  await city.ends();
});

test('R-058 what the year began with is cleared by 31 December: bell 30 days before, yellow 10, red with the new year', async () => {
  const city = await beginStory({ at: '2026-11-16 10:00' });
  const { officer, unit, reporter, deputy, principal } = await usualPeople(city);
  const item = await underWay(city, officer, reporter, {
    item_class: 'year_end_clear',
    lead_unit_id: unit.id,
  });
  expect(await item.openedBy(officer)).toMatchObject({ due_at: '2027-01-01T00:00:00+08:00' });
  await city.travelTo('2026-12-01 09:05');
  await reporter.phone.expects('2026-12-31', '2026-12-31');
  await city.travelTo('2026-12-21 09:05');
  for (const { phone } of [reporter, deputy]) await phone.expects('2026-12-31');
  await city.travelTo('2027-01-01 08:35');
  for (const { phone } of [reporter, deputy, principal]) await phone.expects('2026-12-31');
  expect(await item.warnings()).toEqual(['item/1 bell', 'item/1 yellow_card', 'item/1 red_card']);
  await item.openedBy(principal);
  await city.ends();
});
