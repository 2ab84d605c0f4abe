import { expect, test } from 'vitest';
import { localDate } from '../../domain/time.ts';
import { endsOf, tellingsOf } from '../support/messages.ts';
import { listed, underWay, usualPeople } from '../support/matter.ts';
import { givePost } from '../support/people.ts';
import { beginStory } from '../support/world.ts';

test('quiet hours hold the message, not the card; over days off they hold yellow, and let red pass in the morning', async () => {
  const city = await beginStory({ at: '2026-09-23 10:00' });
  const { officer, unit, reporter, deputy, principal } = await usualPeople(city);
  const water = await city.unitWithPeople('水务局');
  const late = await underWay(city, officer, reporter, { due_on: '2026-09-24', lead_unit_id: unit.id });
  const unanswered = await listed(city, officer, { due_on: '2026-10-30', lead_unit_id: water.unit.id });
  await unanswered.gives(officer, 'assign');
  await city.travelTo('2026-09-24 19:00');
  await reporter.phone.expects('2026-09-24');
  await water.reporter.phone.expects('2026-10-30', '2026-09-24');

  // Friday to Sunday are Mid-Autumn. Both cards are there at midnight, and no phone rings.
  await city.travelTo('2026-09-25 00:05');
  expect(await late.openedBy(officer)).toMatchObject({ card: 'red_card' });
  expect(await unanswered.openedBy(officer)).toMatchObject({ card: 'yellow_card' });
  await city.travelTo('2026-09-25 08:29');
  for (const { phone } of [reporter, deputy, principal, water.reporter, water.deputy]) phone.isSilent();
  await city.travelTo('2026-09-25 08:31');
  for (const { phone } of [reporter, deputy, principal]) await phone.expects('2026-09-24');

  await city.travelTo('2026-09-28 08:29');
  for (const { phone } of [water.reporter, water.deputy]) phone.isSilent();
  await city.travelTo('2026-09-28 08:31');
  for (const { phone } of [water.reporter, water.deputy]) await phone.expects('2026-09-24');
  expect(await endsOf(city)).not.toContainEqual(expect.stringMatching(/failed|suppressed|unconfirmed/));
  await city.ends();
});

test('fault 25: a message held overnight goes to whoever holds the post in the morning, and back again after a mistake', async () => {
  const city = await beginStory({ at: '2026-09-22 10:00' });
  const { officer, unit, reporter, deputy, principal } = await usualPeople(city);
  const item = await underWay(city, officer, reporter, { due_on: '2026-09-22', lead_unit_id: unit.id });
  await city.travelTo('2026-09-23 00:05');
  await reporter.phone.expects('2026-09-22');
  expect(await tellingsOf(city, item)).toContain('red_card deputy_leader pending');

  // Before the messages go out the unit names another reporter, the deputy leader is replaced, and, by
  // mistake, the principal leader as well.
  const someoneElse = () => city.someone(unit, { role: 'undertaking_unit' });
  const [newReporter, newDeputy, mistaken] = [await someoneElse(), await someoneElse(), await someoneElse()];
  await item.gives(deputy, 'reassign-person', { role: 'reporter', person_id: newReporter.person.id });
  await hasEnded(deputy, 'deputy_leader');
  await givePost(city.db, {
    person: newDeputy.person,
    unit,
    role: 'deputy_leader',
    from: localDate('2026-09-23'),
  });
  await hasEnded(principal, 'principal_leader');
  const mistake = await givePost(city.db, { person: mistaken.person, unit, role: 'principal_leader' });
  // The provider stands still, so that the mistake is seen before its message goes out.
  city.standIn.misbehave({ do: 'reject', code: 'isv.OUT_OF_SERVICE' });
  await city.travelTo('2026-09-23 08:32');
  await city.db.deleteFrom('post').where('id', '=', mistake).execute();
  await givePost(city.db, {
    person: principal.person,
    unit,
    role: 'principal_leader',
    from: localDate('2026-09-23'),
  });
  city.standIn.behave();
  await city.travelTo('2026-09-23 08:50');

  for (const { phone } of [newReporter, newDeputy, principal]) await phone.expects('2026-09-22');
  for (const { phone } of [reporter, deputy, mistaken]) phone.isSilent();
  expect((await endsOf(city, item)).filter((told) => told.includes('red_card')).toSorted()).toEqual([
    'red_card deputy_leader delivered',
    'red_card deputy_leader suppressed(post_changed_hands)',
    'red_card principal_leader delivered',
    'red_card principal_leader suppressed(post_changed_hands)',
    'red_card principal_leader suppressed(post_changed_hands)',
    'red_card reporter delivered',
    'red_card reporter suppressed(post_changed_hands)',
  ]);
  await city.ends();

  async function hasEnded({ person }: typeof deputy, role: 'deputy_leader' | 'principal_leader') {
    await city.db
      .updateTable('post')
      .set({ to_date: localDate('2026-09-22') })
      .where('person_id', '=', person.id)
      .where('role', '=', role)
      .execute();
  }
});

test('an item closed, withdrawn or given to another unit while its messages are held: suppressed, and nobody is woken for it', async () => {
  const city = await beginStory({ at: '2026-09-22 10:00' });
  const { officer, colleague, unit, reporter } = await usualPeople(city);
  const water = await city.unitWithPeople('水务局');
  const closed = await underWay(city, officer, reporter, { due_on: '2026-09-22', lead_unit_id: unit.id });
  const withdrawn = await underWay(city, officer, reporter, { due_on: '2026-10-30', lead_unit_id: unit.id });
  const moved = await listed(city, officer, { due_on: '2026-10-30', lead_unit_id: water.unit.id });
  await city.travelTo('2026-09-22 20:30');
  await reporter.phone.expects('2项待办');

  await withdrawn.gives(officer, 'urge');
  await moved.gives(officer, 'assign');
  await moved.gives(water.reporter, 'dispute', { reason: '不属本单位职责' });
  await moved.gives(officer, 'assign', { lead_unit_id: unit.id });
  await withdrawn.gives(officer, 'withdraw', { reason: '重复' });
  await withdrawn.gives(colleague, 'confirm-withdrawal');
  await city.travelTo('2026-09-23 07:00');
  await closed.gives(reporter, 'request-close', { result: '已完成' });
  await closed.gives(officer, 'approve', { rating: 'qualified' });
  await city.travelTo('2026-09-23 09:00');

  await reporter.phone.expects('1项待办，最近一项将于2026-10-30到期');
  expect((await endsOf(city, closed)).filter((told) => told.includes('red_card'))).toEqual([
    'red_card deputy_leader suppressed(thing_ended)',
    'red_card principal_leader suppressed(thing_ended)',
    'red_card reporter suppressed(thing_ended)',
  ]);
  expect(await endsOf(city, withdrawn)).toContain('notice reporter suppressed(thing_ended)');
  expect(await endsOf(city, moved)).toEqual([
    'notice reporter suppressed(unit_changed)',
    'notice reporter delivered',
  ]);
  await city.ends();
});
