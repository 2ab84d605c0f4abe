/** New Year comes while the system runs: the year after it is there, for what is listed then and for what is open. */
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { calendarYear, latestVersion } from '../../db/calendar.ts';
import { unscheduled } from '../support/cadences.ts';
import { listed, underWay, usualPeople } from '../support/matter.ts';
import { at, beginStory, type World } from '../support/world.ts';

const toBeCleared = { item_class: 'year_end_clear' } as const;

test('R-033 in January an item can be listed for the end of the year, and what was open before New Year reaches as far', async () => {
  const city = await beginStory({ at: '2026-12-28 10:00' });
  const { officer, colleague, unit, reporter } = await usualPeople(city);
  const facts = { lead_unit_id: unit.id };
  const extended = await underWay(city, officer, reporter, { ...facts, due_on: '2027-06-30' });
  const paused = await underWay(city, officer, reporter, { ...facts, due_on: '2027-11-19' });
  const late = await listed(city, officer, { ...facts, ...toBeCleared });
  expect(await calendarYear(city.db, 2028)).toBeNull();
  await city.travelTo('2027-01-04 10:00');
  expect(await calendarYear(city.db, 2028)).toMatchObject({ status: 'provisional' });

  const item = await underWay(city, officer, reporter, { ...facts, ...toBeCleared });
  expect(await item.openedBy(officer)).toMatchObject({ due_at: '2028-01-01T00:00:00+08:00' });
  // Its calendar ended with 2027 when it was listed.
  expect(await late.gives(officer, 'assign')).toMatchObject({ due_at: '2028-01-01T00:00:00+08:00' });
  await late.gives(reporter, 'acknowledge');

  const asked = { new_due_on: '2027-12-20', reason: '管材延期到货' };
  await extended.gives(reporter, 'request-extension', asked);
  expect(
    await extended.gives(officer, 'decide-extension', { granted: true, reason: '情况属实' }),
  ).toMatchObject({
    due_at: '2027-12-21T00:00:00+08:00',
  });
  await paused.gives(officer, 'pause', { reason: '等待批复' });
  await city.travelTo('2027-02-08 10:00');
  expect(await paused.gives(officer, 'resume')).toMatchObject({ due_at: '2027-12-25T00:00:00+08:00' });

  // Learning of a year moves nothing, and is nothing that happened to the item.
  expect(await extended.events()).toEqual([
    'created',
    'assigned',
    'acknowledged',
    'extension_requested',
    'extension_granted',
  ]);
  expect(await paused.events()).toEqual(['created', 'assigned', 'acknowledged', 'paused', 'resumed']);

  // Nobody knows the year after that.
  const tooFar = await extended.send(reporter, 'request-extension', { ...asked, new_due_on: '2028-12-20' });
  expect(tooFar).toMatchObject({ status: 422, body: { code: 'calendar_not_loaded' } });
  expect(tooFar.body.detail).toContain('2029年');

  for (const matter of [extended, paused, late, item]) {
    await matter.gives(reporter, 'request-close', { result: '已完成' });
    await matter.gives(colleague, 'approve', { rating: 'good' });
  }
  await city.travelTo('2027-02-09 12:00');
  city.phonesAreRead();
  await city.ends();
});

test('a server that runs through New Year makes the year after it by keeping house, once', async () => {
  const city = await beginStory({ at: '2026-12-28 10:00' });
  const { officer, unit, reporter } = await usualPeople(city);
  await city.travelTo('2027-01-04 10:00');
  await forgetYear(city, 2028);
  const facts = { ...toBeCleared, title: '完成城东路改造', aspect: 'key_work', lead_unit_id: unit.id };
  const source = { level: 'municipal', document: null, instructed_by: null };
  const listing = () => officer.client.post('/supervision-items', { ...facts, source });
  expect(await listing()).toMatchObject({ status: 422, body: { code: 'calendar_not_loaded' } });

  const before = await latestVersion(city.db);
  await Promise.all([city.server.keepHouse(), city.server.keepHouse()]);
  await city.server.keepHouse();
  expect(await latestVersion(city.db)).toBe(before + 1);
  expect(await calendarYear(city.db, 2028)).toMatchObject({ status: 'provisional' });
  expect((await listing()).status).toBe(201);
  expect((await city.server.clock.now()) - at('2027-01-04 10:00')).toBeLessThan(60_000);
  reporter.phone.isSilent();
  await unscheduled(city);
  await city.ends();
});

/** As if this server had run through New Year by the wall's time. */
const forgetYear = (city: World, year: number) =>
  sql`delete from calendar_day where extract(year from date) = ${year}`.execute(city.db);
