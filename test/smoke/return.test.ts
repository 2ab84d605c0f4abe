import { expect, test } from 'vitest';
import { underWay, usualPeople } from '../support/matter.ts';
import { beginStory } from '../support/world.ts';

test('an item that is returned arms its warnings again: bell, yellow and red come after the return', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { officer, unit, reporter, deputy, principal } = await usualPeople(city);
  const item = await underWay(city, officer, reporter, { due_on: '2026-09-24', lead_unit_id: unit.id });
  await city.travelTo('2026-09-17 10:00');
  await reporter.phone.expects('2026-09-24');
  const asked = await item.gives(reporter, 'request-close', { result: '已完成' });
  expect(asked.next_deadline).toMatchObject({ kind: 'review' });

  const returned = await item.gives(officer, 'return', { reasons: '缺少验收报告' });
  expect(returned).toMatchObject({
    stage: 'progress_reporting',
    due_at: '2026-09-25T00:00:00+08:00',
    counts: { returns: 1 },
    next_deadline: { at: '2026-09-21T09:00:00+08:00', kind: 'item' },
  });
  await city.travelTo('2026-09-17 10:05');
  await reporter.phone.expects('2026-09-24');
  await city.travelTo('2026-09-21 09:05');
  await reporter.phone.expects('2026-09-24');
  await city.travelTo('2026-09-23 09:05');
  for (const { phone } of [reporter, deputy]) await phone.expects('2026-09-24');
  await city.travelTo('2026-09-25 08:35');
  for (const { phone } of [reporter, deputy, principal]) await phone.expects('2026-09-24');
  expect(await item.warnings()).toEqual(['item/2 bell', 'item/2 yellow_card', 'item/2 red_card']);
  await item.openedBy(principal);
  await city.ends();
});

test('an item returned after its deadline gets the red card at once, with its repeats', async () => {
  const city = await beginStory({ at: '2026-09-22 10:00' });
  const { officer, unit, reporter, deputy, principal } = await usualPeople(city);
  const item = await underWay(city, officer, reporter, { due_on: '2026-09-24', lead_unit_id: unit.id });
  await city.travelTo('2026-09-23 08:50');
  await reporter.phone.expects('2026-09-24');
  await item.gives(reporter, 'request-close', { result: '已完成' });

  // Asked for in time, so the unit's yellow and red card stay away; the reviewer's bell does not.
  await city.travelTo('2026-09-28 10:00');
  await officer.phone.expects('最近一项将于2026-09-29到期');
  for (const { phone } of [reporter, deputy, principal]) phone.isSilent();
  const returned = await item.gives(officer, 'return', { reasons: '缺少验收报告' });
  expect(returned).toMatchObject({ stage: 'progress_reporting', due_at: '2026-09-25T00:00:00+08:00' });
  await city.travelTo('2026-09-28 10:05');
  for (const { phone } of [reporter, deputy, principal])
    await phone.expects('1项待办，最近一项将于2026-09-24到期');
  expect(await item.openedBy(principal)).toMatchObject({
    card: 'red_card',
    counts: { red_card: 1, returns: 1 },
  });

  // The third working day after the return, over the National Day holiday.
  await city.travelTo('2026-10-08 09:05');
  for (const { phone } of [reporter, deputy, principal]) await phone.expects('2026-09-24');
  expect(await item.warnings()).toEqual(['review/1 bell', 'item/2 red_card', 'item/2 red_card+1']);
  await item.openedBy(principal);

  await item.gives(reporter, 'request-close', { result: '补齐验收报告' });
  const closed = await item.gives(officer, 'approve', { rating: 'qualified' });
  expect(closed).toMatchObject({
    stage: 'closed',
    outcome: { on_time: false },
    counts: { red_card: 1, returns: 1 },
  });
  await city.ends();
});

test('a rating below qualified is a return: the item opens again and is watched again', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { officer, unit, reporter } = await usualPeople(city);
  const item = await underWay(city, officer, reporter, { due_on: '2026-09-24', lead_unit_id: unit.id });
  await item.gives(reporter, 'request-close', { result: '已完成' });
  const rated = await item.gives(officer, 'approve', { rating: 'unqualified', opinion: '路面开裂' });
  expect(rated).toMatchObject({ stage: 'progress_reporting', outcome: null, counts: { returns: 1 } });
  await city.travelTo('2026-09-21 09:05');
  await reporter.phone.expects('2026-09-24', '2026-09-24');

  // Judged by the request that was finally approved.
  await item.gives(reporter, 'request-close', { result: '已返工' });
  expect(await item.gives(officer, 'approve', { rating: 'qualified' })).toMatchObject({
    stage: 'closed',
    outcome: {
      rating: 'qualified',
      on_time: true,
      requested_at: expect.stringContaining('2026-09-21T09:05'),
    },
  });
  expect(await item.warnings()).toEqual(['item/2 bell']);
  await city.ends();
});

test('who filed does not review: an officer who also reports for the unit leaves the decision to a colleague', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { officer, unit, reporter } = await usualPeople(city);
  await city.db
    .insertInto('account_role')
    .values({ account_id: reporter.account.id, role: 'supervision_officer', granted_by: null })
    .execute();
  const item = await underWay(city, officer, reporter, { due_on: '2026-09-24', lead_unit_id: unit.id });
  await item.gives(reporter, 'report-progress', { percent: 100, text: '全部完成' });
  const asked = await item.gives(reporter, 'request-close', { result: '已完成' });
  expect(asked.allowed_commands.map(({ name }: { name: string }) => name)).not.toContain('approve');
  expect(await item.refuses(reporter, 'approve', { rating: 'excellent' })).toBe('same_person');
  expect(await item.refuses(reporter, 'return', { reasons: '自己退回' })).toBe('same_person');
  expect(await item.gives(officer, 'approve', { rating: 'good' })).toMatchObject({ stage: 'closed' });
  await city.travelTo('2026-09-14 10:10');
  await city.ends();
});
