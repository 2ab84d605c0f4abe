import { expect, test } from 'vitest';
import { endsOf, tellingsOf, waitsFor } from '../support/messages.ts';
import { cityLeaderOver, listed, todosOf, underWay } from '../support/matter.ts';
import { createUnit } from '../support/people.ts';
import { beginStory, eventually, type World } from '../support/world.ts';

async function officerOf(city: World) {
  const office = await createUnit(city.db, { name: '市督查办' });
  return city.someone(office, { role: 'supervision_officer', post: 'reporter' });
}

test('fault 24: a vacant post, then a missing number: the next level is told; all is on record, and the unit has to mend it', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const officer = await officerOf(city);
  const unit = await createUnit(city.db, { name: '林草局' });
  const deputy = await city.someone(unit, { role: 'undertaking_unit', post: 'deputy_leader', phone: null });
  const principal = await city.someone(unit, { role: 'undertaking_unit', post: 'principal_leader' });
  const item = await listed(city, officer, { due_on: '2026-10-30', lead_unit_id: unit.id });
  await item.gives(officer, 'assign');
  await city.travelTo('2026-09-14 10:10');
  await principal.phone.expects('1项待办，最近一项将于2026-10-30到期');

  const shown = await officer.client.get(`${item.path}/messages`);
  const { notifications } = shown.body as { notifications: Record<string, unknown>[] };
  const [vacant, mute, told] = ['reporter', 'deputy_leader', 'principal_leader'].map((role) =>
    notifications.find((one) => one['role'] === role),
  );
  expect(vacant).toMatchObject({
    person: null,
    state: 'suppressed',
    reason: 'post_vacant',
    in_place_of: null,
  });
  expect(mute).toMatchObject({ person: { id: deputy.person.id }, state: 'suppressed', reason: 'no_number' });
  expect(mute?.['in_place_of']).toBe(vacant?.['id']);
  expect(told).toMatchObject({ person: { id: principal.person.id }, in_place_of: mute?.['id'] });
  expect(new Set(await todosOf(principal))).toEqual(
    new Set(['待签收', '岗位空缺，请补正填报责任人', '联系号码无效，请补正分管领导']),
  );
  await city.ends();
});

test('nobody at all: the whole chain is on record, and the item goes on', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const officer = await officerOf(city);
  const unit = await createUnit(city.db, { name: '空置局' });
  const item = await listed(city, officer, { due_on: '2026-09-16', lead_unit_id: unit.id });
  await item.gives(officer, 'assign');
  await city.travelTo('2026-09-17 09:00');
  expect(new Set(await endsOf(city, item))).toEqual(
    new Set(
      ['notice', 'bell', 'yellow_card', 'red_card'].flatMap((level) =>
        ['reporter', 'deputy_leader', 'principal_leader', 'city_leader'].map(
          (role) => `${level} ${role} suppressed(post_vacant)`,
        ),
      ),
    ),
  );
  expect(city.standIn.calls().SendSms).toBe(0);
  await city.ends();
});

test('whoever had the red card at once, in the place of a vacant post, is not sent it again when it climbs', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const officer = await officerOf(city);
  const unit = await createUnit(city.db, { name: '林草局' });
  const reporter = await city.someone(unit, { role: 'undertaking_unit', post: 'reporter' });
  const deputy = await city.someone(unit, { role: 'undertaking_unit', post: 'deputy_leader' });
  const above = await cityLeaderOver(city, unit);
  const item = await underWay(city, officer, reporter, { due_on: '2026-09-15', lead_unit_id: unit.id });
  await city.travelTo('2026-09-16 08:35');
  await reporter.phone.expects('1项待办', '1项待办');
  for (const { phone } of [deputy, above]) await phone.expects('1项待办，最近一项将于2026-09-15到期');

  await city.travelTo('2026-09-17 12:00');
  expect(await item.events()).toContain('red_card_climbed');
  above.phone.isSilent();
  const reds = (await endsOf(city, item)).filter((telling) => telling.startsWith('red_card'));
  expect(new Set(reds)).toEqual(
    new Set([
      'red_card reporter delivered',
      'red_card deputy_leader delivered',
      'red_card principal_leader suppressed(post_vacant)',
      'red_card city_leader delivered',
      'red_card city_leader suppressed(told_already)',
    ]),
  );
  await city.ends();
});

test('a bad number and a message that never arrived fall back to the next person; the record mended, they are told again', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const officer = await officerOf(city);
  const administrator = await city.someone(await createUnit(city.db), { role: 'assessment_admin' });
  const roads = await city.unitWithPeople('交通局');
  const water = await city.unitWithPeople('水务局');
  await cityLeaderOver(city, roads.unit, water.unit);
  city.standIn.misbehave(
    { do: 'reject', code: 'isv.MOBILE_NUMBER_ILLEGAL', phone: roads.reporter.phone.number },
    { do: 'not_delivered', errCode: 'MK:0001', phone: water.reporter.phone.number, next: 1 },
  );
  const road = await underWay(city, officer, roads.reporter, {
    due_on: '2026-09-17',
    lead_unit_id: roads.unit.id,
  });
  const dam = await underWay(city, officer, water.reporter, {
    due_on: '2026-09-17',
    lead_unit_id: water.unit.id,
  });
  await city.travelTo('2026-09-14 10:02');
  // The receipt comes by itself; nobody has to ask for it.
  await eventually(
    async () => (await tellingsOf(city, dam)).includes('notice reporter failed(MK:0001)') || undefined,
    'a receipt',
  );
  await city.travelTo('2026-09-14 10:10');
  for (const { deputy } of [roads, water]) await deputy.phone.expects('1项待办');
  expect(await endsOf(city, road)).toEqual([
    'notice reporter failed(isv.MOBILE_NUMBER_ILLEGAL)',
    'notice deputy_leader delivered',
  ]);
  expect(await endsOf(city, dam)).toEqual([
    'notice reporter failed(MK:0001)',
    'notice deputy_leader delivered',
  ]);
  for (const { deputy } of [roads, water]) await waitsFor(deputy, '联系号码无效，请补正填报责任人');

  // The office puts the number right: nothing is left to mend there. The yellow card reaches both reporters.
  const number = '13900000001';
  const { id } = roads.reporter.person;
  const changed = await administrator.client.patch(`/people/${id}`, { phone: number }, { version: 1 });
  expect(changed.body).toMatchObject({ phone_masked: '139****0001' });
  expect(await todosOf(roads.deputy)).toEqual(['待办结']);
  await waitsFor(water.deputy, '联系号码无效，请补正填报责任人');
  await city.travelTo('2026-09-16 09:10');
  await city.phoneOf(number).expects('2026-09-17');
  for (const { phone } of [water.reporter, roads.deputy, water.deputy]) await phone.expects('2026-09-17');
  await endsOf(city);
  for (const { deputy } of [roads, water]) expect(await todosOf(deputy)).toEqual(['待办结']);
  await city.ends();
});
