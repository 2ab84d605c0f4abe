import { expect, test } from 'vitest';
import { endsOf, messagesTo } from '../support/messages.ts';
import { underWay, usualPeople, type Matter } from '../support/matter.ts';
import { outageUntil } from '../support/outage.ts';
import { beginStory } from '../support/world.ts';

test('after an outage over several thresholds each level is on record in its order, and one message names the highest', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { officer, unit, reporter, deputy, principal } = await usualPeople(city);
  const items: Matter[] = [];
  for (const due_on of ['2026-09-23', '2026-09-24', '2026-09-24']) {
    items.push(await underWay(city, officer, reporter, { due_on, lead_unit_id: unit.id }));
  }
  await city.travelTo('2026-09-17 16:00');
  await reporter.phone.expects('3项待办');
  // Told a moment before everything stops, and not yet sent.
  await items[2]?.gives(officer, 'urge');

  await outageUntil(city, '2026-09-28 10:00');
  await city.travelTo('2026-09-28 10:30');
  for (const { phone } of [reporter, deputy, principal]) {
    await phone.expects('3项待办，最近一项将于2026-09-23到期');
    phone.isSilent();
  }
  for (const item of items) {
    expect(await item.warnings()).toEqual(['item/1 bell', 'item/1 yellow_card', 'item/1 red_card']);
    expect(await item.openedBy(officer)).toMatchObject({ card: 'red_card' });
    expect((await endsOf(city, item)).filter((told) => !told.startsWith('notice')).toSorted()).toEqual([
      'bell reporter merged',
      'red_card deputy_leader merged',
      'red_card principal_leader merged',
      'red_card reporter merged',
      'yellow_card deputy_leader merged',
      'yellow_card reporter merged',
    ]);
  }
  for (const who of [reporter, deputy, principal]) {
    expect((await messagesTo(city, who)).at(-1)).toMatchObject({ level: 'red_card', state: 'delivered' });
  }
  // Each warning says when it was due, and when it was given after all.
  const { body } = await officer.client.get(`${items[0]?.path}/warnings`);
  const warnings = (body.items as { level: string; moment: string; given_at: string }[]).toSorted(
    (one, other) => one.moment.localeCompare(other.moment),
  );
  expect(warnings.map(({ level, moment }) => `${level} ${moment}`)).toEqual([
    'bell 2026-09-20T09:00:00+08:00',
    'yellow_card 2026-09-22T09:00:00+08:00',
    'red_card 2026-09-24T00:00:00+08:00',
  ]);
  for (const { given_at } of warnings) expect(given_at).toContain('2026-09-28T10:00');

  // The next day goes on as if nothing had been: the first item's red card is repeated on the third
  // working day after its deadline, and none climbs that somebody has opened.
  for (const item of items) await item.openedBy(principal);
  await city.travelTo('2026-09-29 12:00');
  for (const { phone } of [reporter, deputy, principal])
    await phone.expects('1项待办，最近一项将于2026-09-23到期');
  await city.ends();
});

test('an outage in the night: nobody is woken by what was missed in it', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { officer, unit, reporter, deputy, principal } = await usualPeople(city);
  await underWay(city, officer, reporter, { due_on: '2026-09-22', lead_unit_id: unit.id });
  await city.travelTo('2026-09-14 11:00');
  await reporter.phone.expects('2026-09-22');

  await outageUntil(city, '2026-09-23 03:00');
  await city.travelTo('2026-09-23 08:29');
  for (const { phone } of [reporter, deputy, principal]) phone.isSilent();
  await city.travelTo('2026-09-23 08:31');
  for (const { phone } of [reporter, deputy, principal]) await phone.expects('1项待办');
  await city.ends();
});
