/** A review that is late is told to whoever has to review, wherever they sit; above them stands the office that released the list. */
import { expect, test } from 'vitest';
import { stamp } from '../../db/client.ts';
import { replaceScope } from '../../db/review-scope.ts';
import type { ReviewScope } from '../../domain/permissions.ts';
import { createUnit } from '../support/people.ts';
import { todosOf } from '../support/matter.ts';
import { endsOf } from '../support/messages.ts';
import { assessmentPeople, byMonth, released } from '../support/task.ts';
import { at, beginStory, type Someone, type World } from '../support/world.ts';

const reviews = (city: World, { account }: Someone, scope: ReviewScope) =>
  city.db.transaction().execute((tx) => replaceScope(tx, account.id, scope));

const isDisabled = (city: World, { account }: Someone, when: string) =>
  city.db
    .updateTable('account')
    .set({ disabled_at: stamp(at(when)) })
    .where('id', '=', account.id)
    .execute();

test('a late review warns the reviewer in whose scope the indicator lies, else who reviews everything, else who released the list', async () => {
  const city = await beginStory({ at: '2026-01-05 09:00' });
  const { office, admin, reviewer: ofEverything, ...chain } = await assessmentPeople(city);
  const { reporter, unit } = chain;
  const deputy = await city.someone(office, { role: 'assessment_admin', post: 'deputy_leader' });
  const principal = await city.someone(office, { role: 'assessment_admin', post: 'principal_leader' });
  const elsewhere = await createUnit(city.db, { name: '市发改委' });
  const inCharge = await city.someone(elsewhere, { role: 'reviewer_scorer' });
  await reviews(city, inCharge, { units: [unit.id], themes: [] });
  const ofAnother = await city.someone(elsewhere, { role: 'reviewer_scorer' });
  await reviews(city, ofAnother, { units: [elsewhere.id], themes: ['ideology'] });
  const task = await released(city, admin, chain, byMonth);
  await task.gives(reporter, 'acknowledge');
  await city.travelTo('2026-01-05 10:00');
  await reporter.phone.expects('1项待办');

  await city.travelTo('2026-02-03 10:00');
  await task.reports(reporter, '2026-01', '10');
  expect(await todosOf(inCharge)).toEqual(['待审核2026年1月进度']);
  expect(await todosOf(ofAnother)).toEqual([]);
  await city.travelTo('2026-02-09 09:05');
  await inCharge.phone.expects('2026-02-10');
  await city.travelTo('2026-02-10 09:05');
  for (const { phone } of [inCharge, deputy]) await phone.expects('2026-02-10');
  await city.travelTo('2026-02-11 08:35');
  for (const { phone } of [inCharge, deputy, principal]) await phone.expects('2026-02-10');
  await task.accepts(inCharge, '2026-01');

  // Nobody is in charge any more: it is told to who reviews everything.
  await isDisabled(city, inCharge, '2026-02-12');
  await city.travelTo('2026-03-03 10:00');
  await task.reports(reporter, '2026-02', '20');
  await city.travelTo('2026-03-09 09:05');
  await ofEverything.phone.expects('2026-03-10');
  await task.accepts(ofEverything, '2026-02');

  // And while nobody reviews at all, to who released the list.
  await isDisabled(city, ofEverything, '2026-03-11');
  await city.travelTo('2026-04-03 10:00');
  await task.reports(reporter, '2026-03', '30');
  await city.travelTo('2026-04-10 09:05');
  await admin.phone.expects('2026-04-13');
  expect(await endsOf(city, task, 'reviewing')).toEqual([
    'bell reporter delivered',
    'yellow_card deputy_leader delivered',
    'yellow_card reporter delivered',
    'red_card deputy_leader delivered',
    'red_card principal_leader delivered',
    'red_card reporter delivered',
    'bell reporter delivered',
    'bell reporter delivered',
  ]);
  await city.ends();
});

test('an indicator that lies in the scopes of two reviewers warns both once; whose scope is taken away meanwhile is told nothing', async () => {
  const city = await beginStory({ at: '2026-01-05 09:00' });
  const { office, admin, ...chain } = await assessmentPeople(city);
  const { reporter, unit } = chain;
  const byUnit = await city.someone(office, { role: 'reviewer_scorer' });
  await reviews(city, byUnit, { units: [unit.id], themes: ['ideology'] });
  const byTheme = await city.someone(office, { role: 'reviewer_scorer' });
  await reviews(city, byTheme, { units: [], themes: ['grassroots_party_building'] });
  const task = await released(city, admin, chain, { ...byMonth, 主题: '基层党建' });
  await task.gives(reporter, 'acknowledge');
  await city.travelTo('2026-01-05 10:00');
  await reporter.phone.expects('1项待办');
  await city.travelTo('2026-02-03 10:00');
  await task.reports(reporter, '2026-01', '10');
  await city.travelTo('2026-02-09 09:05');
  for (const { phone } of [byUnit, byTheme]) await phone.expects('2026-02-10');

  // Yellow is given at nine and sent a minute later: by then one of them has handed it over.
  await city.travelTo('2026-02-10 09:00');
  await reviews(city, byTheme, { units: [], themes: ['ideology'] });
  await city.travelTo('2026-02-10 09:05');
  await byUnit.phone.expects('2026-02-10');
  byTheme.phone.isSilent();
  await task.accepts(byUnit, '2026-01');
  await city.ends();
});
