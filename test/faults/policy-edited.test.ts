/** Fault 25, the policy's part: what is open keeps the policy that it began with until one is applied to it. */
import { expect, test } from 'vitest';
import { underWay, usualPeople } from '../support/matter.ts';
import { beginStory } from '../support/world.ts';

test('fault 25: a policy is edited: what is open warns by the version frozen into it, what begins afterwards by the new one', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { officer, unit, reporter, deputy, principal } = await usualPeople(city);
  const facts = { due_on: '2026-09-24', lead_unit_id: unit.id };
  const old = await underWay(city, officer, reporter, facts);
  await city.travelTo('2026-09-14 11:00');
  await reporter.phone.expects('2026-09-24');

  const { body } = await officer.client.get('/warning-policies/standard');
  const { version: _, created_at: __, ...standard } = body;
  const [bell, ...others] = standard.levels;
  // Its bell rings two days earlier, and at the deputy leader's too.
  const policy = {
    ...standard,
    levels: [{ ...bell, moment: { ...bell.moment, amount: -5 } }, ...others],
    recipients: { ...standard.recipients, bell: ['deputy_leader', 'reporter'] },
  };
  expect((await officer.client.post('/warning-policies', policy)).status).toBe(201);
  const fresh = await underWay(city, officer, reporter, facts);
  await city.travelTo('2026-09-14 12:00');
  await reporter.phone.expects('2026-09-24');
  expect(await old.openedBy(officer)).toMatchObject({ next_deadline: { at: '2026-09-21T09:00:00+08:00' } });
  expect(await fresh.openedBy(officer)).toMatchObject({ next_deadline: { at: '2026-09-18T09:00:00+08:00' } });

  await city.travelTo('2026-09-18 09:05');
  for (const { phone } of [reporter, deputy]) await phone.expects('1项待办');
  expect([await old.warnings(), await fresh.warnings()]).toEqual([[], ['item/1 bell']]);
  await city.travelTo('2026-09-21 09:05');
  await reporter.phone.expects('1项待办');
  deputy.phone.isSilent();

  const { body: given } = await officer.client.get(`${old.path}/events`);
  expect(given.items.at(-1)).toMatchObject({
    type: 'warning_given',
    body: { deadline: { policy: { name: 'standard', version: 1 } } },
  });
  expect(await old.events()).not.toContain('replanned');
  principal.phone.isSilent();
  await city.ends();
});
