import { expect, test } from 'vitest';
import { createUnit, givePost } from '../support/people.ts';
import { listed, todosOf, underWay, usualPeople, type Matter } from '../support/matter.ts';
import { beginStory } from '../support/world.ts';

test('R-037 bell, yellow card, red card and its three repeats reach exactly the right phones; then accountability is proposed', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { officer, unit, reporter, deputy, principal } = await usualPeople(city);
  const item = await underWay(city, officer, reporter, { due_on: '2026-09-24', lead_unit_id: unit.id });
  await city.travelTo('2026-09-14 11:00');
  await reporter.phone.expects('最近一项将于2026-09-24到期');

  await city.travelTo('2026-09-21 09:05');
  await reporter.phone.expects('1项待办，最近一项将于2026-09-24到期');
  expect(await item.openedBy(deputy)).toMatchObject({ card: 'bell' });

  await city.travelTo('2026-09-23 09:05');
  for (const { phone } of [reporter, deputy]) await phone.expects('2026-09-24');
  expect(await item.openedBy(deputy)).toMatchObject({ card: 'yellow_card' });

  // 24:00 lies in the quiet hours of a day off: the card is there at once, the message in the morning.
  await city.travelTo('2026-09-25 00:05');
  expect(await item.openedBy(principal)).toMatchObject({ card: 'red_card', stage: 'progress_reporting' });
  for (const { phone } of [reporter, deputy, principal]) phone.isSilent();
  await city.travelTo('2026-09-25 08:35');
  for (const { phone } of [reporter, deputy, principal]) await phone.expects('2026-09-24');

  // Every third working day: the holiday is passed over, a Saturday that is worked is not.
  for (const day of ['2026-09-30', '2026-10-10', '2026-10-14']) {
    expect(await todosOf(officer)).not.toContainEqual(expect.stringContaining('追责'));
    await city.travelTo(`${day} 09:05`);
    for (const { phone } of [reporter, deputy, principal]) await phone.expects('2026-09-24');
    await item.openedBy(principal);
  }
  expect(await todosOf(officer)).toContainEqual(expect.stringContaining('追责'));
  await city.travelTo('2026-11-30 12:00');

  expect(await item.warnings()).toEqual([
    'item/1 bell',
    'item/1 yellow_card',
    'item/1 red_card',
    'item/1 red_card+1',
    'item/1 red_card+2',
    'item/1 red_card+3',
  ]);
  const left = await item.openedBy(officer);
  expect(left).toMatchObject({ counts: { bell: 1, yellow_card: 1, red_card: 1 }, next_deadline: null });
  await city.ends();
});

test('an acknowledgement is due by the end of the next working day: bell four working hours before, yellow, then red', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { officer, unit, reporter, deputy, principal } = await usualPeople(city);
  const item = await listed(city, officer, { due_on: '2026-10-30', lead_unit_id: unit.id });
  const assigned = await item.gives(officer, 'assign');
  expect(assigned.next_deadline).toMatchObject({ at: '2026-09-15T11:30:00+08:00', kind: 'acknowledgement' });
  await city.travelTo('2026-09-14 10:05');
  await reporter.phone.expects('2026-10-30');

  await city.travelTo('2026-09-15 11:35');
  await reporter.phone.expects('1项待办，最近一项将于2026-09-15到期');
  await city.travelTo('2026-09-16 08:35');
  for (const { phone } of [reporter, deputy]) await phone.expects('2026-09-15');
  await city.travelTo('2026-09-17 08:35');
  for (const { phone } of [reporter, deputy, principal]) await phone.expects('2026-09-15');
  expect(await item.warnings()).toEqual([
    'acknowledgement/1 bell',
    'acknowledgement/1 yellow_card',
    'acknowledgement/1 red_card',
  ]);

  const acknowledged = await item.gives(reporter, 'acknowledge');
  expect(acknowledged).toMatchObject({
    stage: 'progress_reporting',
    counts: { bell: 1, yellow_card: 1, red_card: 1 },
  });
  // Nobody has to look at a card whose matter is settled: it climbs no further.
  await city.travelTo('2026-10-20 12:00');
  await city.ends();
});

test('a red card that nobody has opened within a working day climbs to the city leader; one that a recipient opened does not', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { officer, unit, reporter, deputy, principal, leader } = await usualPeople(city);
  const seen = await underWay(city, officer, reporter, { due_on: '2026-09-15', lead_unit_id: unit.id });
  const unseen = await underWay(city, officer, reporter, { due_on: '2026-09-15', lead_unit_id: unit.id });
  await city.travelTo('2026-09-16 08:35');
  await reporter.phone.expects('2项待办，最近一项将于2026-09-15到期', '2项待办');
  for (const { phone } of [deputy, principal]) await phone.expects('2项待办，最近一项将于2026-09-15到期');

  // Somebody who was told opens one of them; an officer who was not told opens both.
  await seen.openedBy(deputy);
  for (const item of [seen, unseen]) await item.openedBy(officer);
  await city.travelTo('2026-09-17 08:35');
  await leader.phone.expects('1项待办，最近一项将于2026-09-15到期');
  expect(await seen.events()).not.toContain('red_card_climbed');
  expect(await unseen.events()).toContain('red_card_climbed');

  for (const item of [seen, unseen]) {
    await item.gives(reporter, 'request-close', { result: '已完成' });
    expect(await item.gives(officer, 'approve', { rating: 'qualified' })).toMatchObject({
      stage: 'closed',
      outcome: { on_time: false },
    });
  }
  await city.ends();
});

test('a red card has been seen when somebody who was told acts on the item, or reads a page below it', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { officer, unit, reporter, deputy, principal, leader } = await usualPeople(city);
  const [reported, read, unseen] = [
    await underWay(city, officer, reporter, { due_on: '2026-09-15', lead_unit_id: unit.id }),
    await underWay(city, officer, reporter, { due_on: '2026-09-15', lead_unit_id: unit.id }),
    await underWay(city, officer, reporter, { due_on: '2026-09-15', lead_unit_id: unit.id }),
  ] as const;
  await city.travelTo('2026-09-16 08:35');
  await reporter.phone.expects('3项待办，最近一项将于2026-09-15到期', '3项待办');
  for (const { phone } of [deputy, principal]) await phone.expects('3项待办，最近一项将于2026-09-15到期');

  // The answer's version is the one that the card's being seen has led to: the next command fits it.
  const first = await reported.gives(reporter, 'report-progress', { percent: 80, text: '收尾中' });
  const second = { percent: 90, text: '即将完成' };
  expect(await reported.send(reporter, 'report-progress', second, { version: first.version })).toMatchObject({
    status: 200,
  });
  for (const page of ['events', 'messages', 'warnings', 'evidence'])
    expect((await deputy.client.get(`${read.path}/${page}`)).status).toBe(200);
  // Neither does an officer's acting count, who was not told, nor what was refused.
  await unseen.gives(officer, 'urge');
  const late = { new_due_on: '2026-09-30', reason: '雨季' };
  expect(await unseen.refuses(reporter, 'request-extension', late)).toBe('extension_too_late');
  const seen = async (item: Matter) =>
    (await item.events()).filter((type) => type === 'red_card_seen').length;
  expect([await seen(reported), await seen(read), await seen(unseen)]).toEqual([1, 1, 0]);

  await city.travelTo('2026-09-17 08:35');
  await leader.phone.expects('1项待办，最近一项将于2026-09-15到期');
  city.phonesAreRead();
  for (const item of [reported, read, unseen]) {
    await item.gives(reporter, 'request-close', { result: '已完成' });
    await item.gives(officer, 'approve', { rating: 'qualified' });
  }
  await city.ends();
});

test('the reviewer is warned as the unit is: the office gets the cards, the unit stays on time', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { office, officer, colleague, unit, reporter } = await usualPeople(city);
  const director = await city.someone(office, { role: 'supervision_officer', post: 'principal_leader' });
  await givePost(city.db, { person: colleague.person, unit: office, role: 'deputy_leader' });
  const item = await underWay(city, officer, reporter, { due_on: '2026-09-24', lead_unit_id: unit.id });
  await city.travelTo('2026-09-18 10:00');
  await reporter.phone.expects('2026-09-24');

  // Three working days from Friday: the Sunday that is worked, Monday and Tuesday.
  await item.gives(reporter, 'request-close', { result: '已通车' });
  await city.travelTo('2026-09-21 09:05');
  await officer.phone.expects('最近一项将于2026-09-22到期');
  await city.travelTo('2026-09-22 09:05');
  for (const { phone } of [officer, colleague]) await phone.expects('2026-09-22');
  await city.travelTo('2026-09-23 08:35');
  for (const { phone } of [officer, colleague, director]) await phone.expects('2026-09-22');
  expect(await item.warnings()).toEqual(['review/1 bell', 'review/1 yellow_card', 'review/1 red_card']);
  expect(await item.openedBy(reporter)).toMatchObject({
    card: 'none',
    counts: { bell: 0, yellow_card: 0, red_card: 0 },
  });

  // A slow review makes no unit late.
  await city.travelTo('2026-09-28 10:00');
  const closed = await item.gives(colleague, 'approve', { rating: 'excellent' });
  expect(closed).toMatchObject({ stage: 'closed', outcome: { on_time: true }, counts: { red_card: 0 } });
  await city.ends();
});

test("a red card of the office's own that nobody there has opened climbs to the city leader over it; one that was opened does not", async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { office, officer, colleague, unit, reporter } = await usualPeople(city);
  const director = await city.someone(office, { role: 'supervision_officer', post: 'principal_leader' });
  await givePost(city.db, { person: colleague.person, unit: office, role: 'deputy_leader' });
  const above = await city.someone(await createUnit(city.db), { role: 'city_leader' });
  await givePost(city.db, { person: above.person, unit: office, role: 'city_leader' });
  const facts = { due_on: '2026-09-24', lead_unit_id: unit.id };
  const seen = await underWay(city, officer, reporter, facts);
  const unseen = await underWay(city, officer, reporter, facts);
  for (const item of [seen, unseen]) await item.gives(reporter, 'request-close', { result: '已通车' });
  await city.travelTo('2026-09-17 10:00');
  await reporter.phone.expects('2项待办');
  // The review was due on the 17th: bell on the 16th, yellow card on its day, red card at its end.
  await city.travelTo('2026-09-18 08:35');
  await officer.phone.expects('2项待办', '2项待办', '2项待办');
  await colleague.phone.expects('2项待办', '2项待办');
  await director.phone.expects('2项待办，最近一项将于2026-09-17到期');

  // The director was told of both and opens one of them; the unit was told of neither and opens both.
  await seen.openedBy(director);
  for (const item of [seen, unseen]) await item.openedBy(reporter);
  await city.travelTo('2026-09-20 08:35');
  await above.phone.expects('1项待办，最近一项将于2026-09-17到期');
  expect(await seen.events()).not.toContain('red_card_climbed');
  expect(await unseen.events()).toContain('red_card_climbed');
  expect(await unseen.openedBy(reporter)).toMatchObject({ card: 'none', counts: { red_card: 0 } });

  for (const item of [seen, unseen]) await item.gives(colleague, 'approve', { rating: 'good' });
  await city.ends();
});
