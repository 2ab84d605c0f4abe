import { expect, test } from 'vitest';
import { todosOf, underWay, usualPeople } from '../support/matter.ts';
import { beginStory } from '../support/world.ts';

test('an item is withdrawn by two people: one asks, another confirms; what waited for the morning is not sent', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { officer, colleague, unit, reporter } = await usualPeople(city);
  const item = await underWay(city, officer, reporter, { due_on: '2026-09-24', lead_unit_id: unit.id });
  await city.travelTo('2026-09-18 21:00');
  await reporter.phone.expects('2026-09-24');
  // In the quiet hours: the message waits for the morning.
  await item.gives(officer, 'urge', { text: '请抓紧' });

  expect(await item.refuses(colleague, 'confirm-withdrawal')).toBe('no_withdrawal_pending');
  const asked = await item.gives(officer, 'withdraw', { reason: '上级已撤销任务' });
  expect(asked).toMatchObject({ stage: 'progress_reporting', withdrawal: { reason: '上级已撤销任务' } });
  expect(await item.refuses(officer, 'withdraw', { reason: '再次' })).toBe('already_withdrawing');
  expect(await item.refuses(officer, 'confirm-withdrawal')).toBe('same_person');
  expect(await item.refuses(reporter, 'confirm-withdrawal')).toBe('forbidden');
  expect(await todosOf(colleague)).toContain('待确认撤销');

  const confirmed = await item.gives(colleague, 'confirm-withdrawal');
  expect(confirmed).toMatchObject({
    stage: 'withdrawn',
    next_deadline: null,
    card: 'none',
    allowed_commands: [],
  });
  expect(await item.refuses(reporter, 'report-progress', { percent: 10, text: '已开工' })).toBe(
    'process_ended',
  );
  for (const who of [officer, colleague, reporter]) expect(await todosOf(who)).toEqual([]);
  await city.travelTo('2026-10-20 10:00');
  // It stays where everybody can see it.
  expect(await item.openedBy(reporter)).toMatchObject({ stage: 'withdrawn' });
  expect(await item.warnings()).toEqual([]);
  await city.ends();
});

test('a withdrawal that is turned down changes nothing: the warnings come as before', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { officer, colleague, unit, reporter } = await usualPeople(city);
  const item = await underWay(city, officer, reporter, { due_on: '2026-09-24', lead_unit_id: unit.id });
  await item.gives(officer, 'withdraw', { reason: '拟合并办理' });
  expect(await item.gives(colleague, 'reject-withdrawal', { reason: '仍须办理' })).toMatchObject({
    withdrawal: null,
  });
  await city.travelTo('2026-09-21 09:05');
  await reporter.phone.expects('2026-09-24', '2026-09-24');
  expect(await item.warnings()).toEqual(['item/1 bell']);
  await city.ends();
});

test('urging reminds the reporter once, and again only when 24 hours have passed', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { officer, colleague, unit, reporter, leader } = await usualPeople(city);
  const item = await underWay(city, officer, reporter, { due_on: '2026-09-30', lead_unit_id: unit.id });
  await city.travelTo('2026-09-15 10:00');
  await reporter.phone.expects('2026-09-30');

  await item.gives(leader, 'urge', { text: '请抓紧' });
  expect(await item.refuses(officer, 'urge')).toBe('urge_cooling_down');
  expect(await item.refuses(reporter, 'urge')).toBe('forbidden');
  await city.travelTo('2026-09-16 09:58');
  await reporter.phone.expects('1项待办，最近一项将于2026-09-30到期');
  expect(await item.refuses(colleague, 'urge')).toBe('urge_cooling_down');
  await city.travelTo('2026-09-16 10:01');
  await item.gives(colleague, 'urge');
  await city.travelTo('2026-09-16 10:10');
  await reporter.phone.expects('2026-09-30');
  await city.ends();
});

test('when the unit replaces its reporter the next message goes to the new one, even one that was waiting already', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { officer, unit, reporter, deputy } = await usualPeople(city);
  const successor = await city.someone(unit, { role: 'undertaking_unit' });
  const item = await underWay(city, officer, reporter, { due_on: '2026-09-24', lead_unit_id: unit.id });
  await city.travelTo('2026-09-17 21:00');
  await reporter.phone.expects('2026-09-24');
  await item.gives(officer, 'urge');

  const replaced = await item.gives(deputy, 'reassign-person', {
    role: 'reporter',
    person_id: successor.person.id,
  });
  expect(replaced.people).toEqual({ reporter: successor.person.id });
  expect(
    await item.refuses(deputy, 'reassign-person', { role: 'reporter', person_id: officer.person.id }),
  ).toBe('unknown_person');
  expect(
    await item.refuses(deputy, 'reassign-person', { role: 'city_leader', person_id: deputy.person.id }),
  ).toBe('not_allowed');
  await city.travelTo('2026-09-18 08:35');
  await successor.phone.expects('2026-09-24');
  await city.travelTo('2026-09-21 09:05');
  await successor.phone.expects('2026-09-24');
  expect(await item.warnings()).toEqual(['item/1 bell']);
  await city.ends();
});
