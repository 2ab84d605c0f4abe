import { expect, test } from 'vitest';
import { defaultRecipientRules } from '../../domain/recipient.ts';
import { endsOf, messagesTo } from '../support/messages.ts';
import { listed, usualPeople, type Matter } from '../support/matter.ts';
import { at, beginStory } from '../support/world.ts';

test('five items due for one person make one message, and each of its warnings ends in exactly one record', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { officer, unit, reporter, deputy, principal } = await usualPeople(city);
  const items: Matter[] = [];
  for (let nth = 1; nth <= 5; nth += 1) {
    const item = await listed(city, officer, { due_on: '2026-09-22', lead_unit_id: unit.id });
    await item.gives(officer, 'assign');
    await item.gives(reporter, 'acknowledge');
    items.push(item);
  }
  await city.travelTo('2026-09-14 10:05');
  await reporter.phone.expects('5项待办，最近一项将于2026-09-22到期');
  await city.travelTo('2026-09-18 09:05');
  await reporter.phone.expects('5项待办');
  await city.travelTo('2026-09-21 09:05');
  for (const { phone } of [reporter, deputy]) await phone.expects('5项待办');
  await city.travelTo('2026-09-23 08:35');
  for (const { phone } of [reporter, deputy, principal]) await phone.expects('5项待办');

  for (const item of items) {
    expect(await endsOf(city, item)).toEqual([
      'notice reporter merged',
      'bell reporter merged',
      'yellow_card deputy_leader merged',
      'yellow_card reporter merged',
      'red_card deputy_leader merged',
      'red_card principal_leader merged',
      'red_card reporter merged',
    ]);
    // An item's page shows each telling with the message that it went into, and what became of that.
    const { messages } = (await officer.client.get(`${item.path}/messages`)).body;
    expect(messages.map(({ state }: { state: string }) => state)).toEqual(Array(7).fill('delivered'));
  }
  expect(
    (await messagesTo(city, reporter)).map(({ level, params }) => `${level} ${params['count']}`),
  ).toEqual(['notice 5', 'bell 5', 'yellow_card 5', 'red_card 5']);
  await city.ends();
});

test('two leaders who share one number stay under its cap together: fewer and fuller messages, none missing', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  // The same rules with small numbers: three single messages and two digests in a day.
  const budget = { ...defaultRecipientRules.budget, plan: 5, individual_up_to: 3, cap: 6 };
  await city.db
    .insertInto('recipient_rules')
    .values({
      version: 1,
      body: JSON.stringify({ ...defaultRecipientRules, budget }),
      created_at: new Date(at('2026-09-14 10:00')),
    })
    .execute();
  city.standIn.control({ cap: 6 });
  const { officer } = await usualPeople(city);
  const phone = '13900001234';
  const roads = await city.unitWithPeople('公路局');
  const water = await city.unitWithPeople('水务局');
  const sharing = [
    await city.someone(roads.unit, { role: 'undertaking_unit', post: 'reporter', rank: 0, phone }),
    await city.someone(water.unit, { role: 'undertaking_unit', post: 'reporter', rank: 0, phone }),
  ];

  // Eight items in two hours, by turns for the one and the other.
  for (let nth = 0; nth < 8; nth += 1) {
    const { unit } = nth % 2 === 0 ? roads : water;
    const item = await listed(city, officer, { due_on: '2026-10-30', lead_unit_id: unit.id });
    await item.gives(officer, 'assign');
    await city.travelTo(`2026-09-14 1${nth < 4 ? 0 : 1}:${(nth % 4) + 1}5`);
  }
  await city.travelTo('2026-09-14 19:00');
  const texts = city.standIn.phone(phone).messages.map(({ text }) => /\d+项/.exec(text)?.[0]);
  expect(texts.slice(0, 3)).toEqual(['1项', '1项', '1项']);
  expect(texts.slice(3).toSorted((a = '', b = '') => a.localeCompare(b))).toEqual(['2项', '3项']);
  await city.phoneOf(phone).expects(...texts.map((text) => text ?? ''));
  for (const who of sharing) expect((await messagesTo(city, who)).at(-1)).toMatchObject({ digest: true });
  expect(await endsOf(city)).toHaveLength(8);
  await city.ends();
});
