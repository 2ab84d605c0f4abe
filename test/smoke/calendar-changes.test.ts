import { expect, test } from 'vitest';
import { notice2027 } from '../db/notices.ts';
import { listed, underWay, usualPeople } from '../support/matter.ts';
import { beginStory } from '../support/world.ts';

const notice = { year: 2027, source: '国办发明电〔2026〕9号', csv: notice2027 };

test('a notice of holidays moves the warnings of what is open, as previewed, by a second person; what is closed stays as it was', async () => {
  const city = await beginStory({ at: '2026-12-07 10:00' });
  const { officer, colleague, unit, reporter, deputy } = await usualPeople(city);
  const facts = { due_on: '2027-02-12', lead_unit_id: unit.id };
  const open = await underWay(city, officer, reporter, facts);
  const done = await underWay(city, officer, reporter, facts);
  await done.gives(reporter, 'request-close', { result: '已完成' });
  await done.gives(officer, 'approve', { rating: 'good' });
  await city.travelTo('2026-12-08 09:00');
  await reporter.phone.expects('最近一项将于2027-02-12到期');
  // The year is provisional: as if the Spring Festival were worked through.
  expect(await open.openedBy(officer)).toMatchObject({ next_deadline: { at: '2027-02-09T09:00:00+08:00' } });

  const proposed = await officer.client.post('/calendar-publications', notice);
  expect(proposed.body).toMatchObject({
    stage: 'proposed',
    moved: 1,
    moves: [
      {
        id: open.id,
        old_due_at: '2027-02-13T00:00:00+08:00',
        new_due_at: '2027-02-13T00:00:00+08:00',
        old_next_at: '2027-02-09T09:00:00+08:00',
        new_next_at: '2027-02-02T09:00:00+08:00',
      },
    ],
    cannot_move: [],
  });
  expect(await open.openedBy(officer)).toMatchObject({ next_deadline: { at: '2027-02-09T09:00:00+08:00' } });
  const apply = `/calendar-publications/${proposed.body.id}/commands/apply`;
  expect((await officer.client.post(apply, {})).body.code).toBe('same_person');
  const applied = await colleague.client.post(apply, {});
  expect(applied).toMatchObject({ status: 200, body: { stage: 'applied', moved: 1, total: 1, done: 1 } });

  expect(await open.events()).toEqual(['created', 'assigned', 'acknowledged', 'replanned']);
  const { body } = await officer.client.get(`${open.path}/events`);
  expect(body.items.at(-1)).toMatchObject({
    type: 'replanned',
    actor: { id: colleague.person.id },
    body: { calendar_version: 2 },
  });
  expect(await done.events()).not.toContain('replanned');

  // The last working days before the festival.
  await city.travelTo('2027-02-02 09:05');
  await reporter.phone.expects('2027-02-12');
  await city.travelTo('2027-02-04 09:05');
  for (const { phone } of [reporter, deputy]) await phone.expects('2027-02-12');
  await city.travelTo('2027-02-11 12:00');
  expect(await open.warnings()).toEqual(['item/2 bell', 'item/2 yellow_card']);
  await open.gives(reporter, 'request-close', { result: '已完成' });
  expect(await open.gives(officer, 'approve', { rating: 'good' })).toMatchObject({
    outcome: { on_time: true },
  });
  await city.ends();
});

test('a day that becomes a working day moves a deadline that is counted in working days', async () => {
  const city = await beginStory({ at: '2026-12-25 10:00' });
  const { officer, colleague, unit, reporter } = await usualPeople(city);
  const item = await listed(city, officer, { due_on: '2027-03-31', lead_unit_id: unit.id });
  const assigned = await item.gives(officer, 'assign');
  // Friday: the next working day is Monday, until the notice makes Sunday one.
  expect(assigned.next_deadline).toMatchObject({ at: '2026-12-28T11:30:00+08:00', kind: 'acknowledgement' });
  const proposed = await officer.client.post('/calendar-publications', notice);
  await colleague.client.post(`/calendar-publications/${proposed.body.id}/commands/apply`, {});
  expect(await item.openedBy(officer)).toMatchObject({ next_deadline: { at: '2026-12-27T11:30:00+08:00' } });
  await city.travelTo('2026-12-27 11:35');
  await reporter.phone.expects('2027-03-31', '最近一项将于2026-12-27到期');
  expect(await item.warnings()).toEqual(['acknowledgement/2 bell']);
  await item.gives(reporter, 'acknowledge');
  await city.travelTo('2026-12-28 10:00');
  await city.ends();
});
