/** Fault 22: the calendar changes in mid-flight. Previewed, recorded, closed things untouched. */
import { expect, test } from 'vitest';
import { notice2027 } from '../db/notices.ts';
import { listed, underWay, usualPeople } from '../support/matter.ts';
import { assessors, released } from '../support/task.ts';
import { beginStory } from '../support/world.ts';

test('fault 22: local days off and a notice come in mid-flight: what moves is previewed and recorded, what is closed and what has passed stays', async () => {
  const city = await beginStory({ at: '2026-12-14 10:00' });
  const { officer, colleague, unit, reporter, deputy, principal } = await usualPeople(city);
  const { admin, reviewer } = await assessors(city);
  const open = await underWay(city, officer, reporter, { due_on: '2026-12-29', lead_unit_id: unit.id });
  const closed = await underWay(city, officer, reporter, { due_on: '2026-12-29', lead_unit_id: unit.id });
  await closed.gives(reporter, 'request-close', { result: '已完成' });
  await closed.gives(officer, 'approve', { rating: 'good' });
  // In review, which ends on the tenth working day.
  const task = await released(city, admin, { unit, reporter, deputy, principal }, {});
  await task.gives(reporter, 'acknowledge');
  await task.gives(reporter, 'request-close', { result: '提前完成' });
  await city.travelTo('2026-12-14 11:00');
  // What has ended since is told of no more.
  await reporter.phone.expects('2项待办');
  const before = await closed.openedBy(officer);
  const bellOf = async () => (await open.openedBy(officer)).next_deadline.at as string;
  expect(await bellOf()).toBe('2026-12-24T09:00:00+08:00');

  /** Proposed by one, applied by another, each as it was previewed. */
  const publishes = async (
    notice: object,
    moves: readonly (readonly [from: string, to: string])[],
    open = 2,
  ) => {
    const proposed = await officer.client.post('/calendar-publications', notice);
    expect(proposed, JSON.stringify(proposed.body)).toMatchObject({ status: 201 });
    const seen = (body: { moves: { old_next_at: string; new_next_at: string }[] }) =>
      body.moves
        .map((move) => [move.old_next_at.slice(0, 10), move.new_next_at.slice(0, 10)])
        .toSorted(([a = ''], [b = '']) => a.localeCompare(b));
    expect(seen(proposed.body)).toEqual(moves);
    const apply = `/calendar-publications/${proposed.body.id}/commands/apply`;
    expect((await officer.client.post(apply, {})).body.code).toBe('same_person');
    const applied = await colleague.client.post(apply, {});
    expect(applied).toMatchObject({ status: 200, body: { stage: 'applied', done: open, cannot_move: [] } });
    expect(seen(applied.body)).toEqual(moves);
    return proposed.body;
  };

  // A local holiday on the Friday before: the bell comes a day earlier.
  const festival = { date: '2026-12-25', working: false, name: '州庆' };
  const local = { year: 2026, source: '州政办发〔2026〕3号', local_days: [festival] };
  const first = await publishes(local, [
    ['2026-12-24', '2026-12-23'],
    ['2026-12-25', '2026-12-28'],
  ]);
  expect(first).toMatchObject({ region: 'local', changes: [festival], moved: 2 });
  const moved = (first.moves as { warnings: object[] }[]).flatMap(({ warnings }) => warnings);
  const bell = { what: 'bell', repeat: 0 };
  expect(moved).toContainEqual({
    ...bell,
    deadline: 'item',
    old_at: '2026-12-24T09:00:00+08:00',
    new_at: '2026-12-23T09:00:00+08:00',
  });
  expect(moved).toContainEqual({
    ...bell,
    deadline: 'review',
    old_at: '2026-12-25T09:00:00+08:00',
    new_at: '2026-12-28T09:00:00+08:00',
  });
  expect(await bellOf()).toBe('2026-12-23T09:00:00+08:00');

  // The nation's notice makes a Sunday work, and says nothing of the local day: that stays as it is.
  const notice = { year: 2027, source: '国办发明电〔2026〕9号', csv: notice2027 };
  await publishes(notice, [
    ['2026-12-23', '2026-12-24'],
    ['2026-12-28', '2026-12-27'],
  ]);
  const { body: year } = await officer.client.get('/calendar/2026');
  expect(year.days).toContainEqual({ ...festival, local: true });
  expect(year.days).toContainEqual({ date: '2026-12-27', working: true, name: '元旦' });

  expect((await open.events()).slice(3)).toEqual(['replanned', 'replanned']);
  expect((await task.events()).slice(3)).toEqual(['replanned', 'replanned']);
  await task.gives(reviewer, 'approve', { completion: '100', reasons: '已完成' });
  const { body: story } = await officer.client.get(`${open.path}/events`);
  expect(story.items.at(-1)).toMatchObject({
    actor: { id: colleague.person.id },
    body: { calendar_version: 3 },
  });

  // After its bell the local day is given up: the bell has been given once and for all.
  await city.travelTo('2026-12-24 09:05');
  await reporter.phone.expects('1项待办', '2026-12-29');
  await publishes({ ...local, local_days: [] }, [], 1);
  const later = await listed(city, officer, { due_on: '2027-03-31', lead_unit_id: unit.id });
  const assigned = await later.gives(officer, 'assign');
  expect(assigned.next_deadline).toMatchObject({ at: '2026-12-25T11:30:00+08:00', kind: 'acknowledgement' });
  await later.gives(reporter, 'acknowledge');
  await city.travelTo('2026-12-28 12:00');
  await reporter.phone.expects('2027-03-31');
  for (const { phone } of [reporter, deputy]) await phone.expects('2026-12-29');
  expect(await open.warnings()).toEqual(['item/3 bell', 'item/3 yellow_card']);

  expect(await closed.openedBy(officer)).toEqual(before);
  expect(await closed.events()).not.toContain('replanned');
  expect((await task.events()).slice(3)).toEqual(['replanned', 'replanned', 'assessed']);
  await city.ends();
});
