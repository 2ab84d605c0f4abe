/** Fault 25, the policy's part: what is open keeps the policy that it began with until one is applied to it. */
import { expect, test } from 'vitest';
import { underWay, usualPeople } from '../support/matter.ts';
import { assessors, oneMilestone, released } from '../support/task.ts';
import { beginStory, type Someone } from '../support/world.ts';

/** Publishes this as the next version of a policy. */
async function publishes({ client }: Someone, policy: object): Promise<void> {
  const answer = await client.post('/warning-policies', policy);
  expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 201 });
}

test('fault 25: a policy is edited: what is open warns by the version frozen into it, what begins afterwards by the new one', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { officer, unit, reporter, deputy, principal } = await usualPeople(city);
  const facts = { due_on: '2026-09-24', lead_unit_id: unit.id };
  const { body } = await officer.client.get('/warning-policies/standard');
  const { version: _, created_at: __, ...standard } = body;
  const ofTasks = { ...standard, name: 'reports_of_roads' };
  await publishes(officer, ofTasks);
  const old = await underWay(city, officer, reporter, facts);
  // Its report is due on the item's day: five working days after the 18th, one of them a Sunday.
  const chosen = { ...oneMilestone('2026-09-18'), 预警策略: ofTasks.name };
  const { admin } = await assessors(city);
  const task = await released(city, admin, { unit, reporter, deputy, principal }, chosen);
  await task.gives(reporter, 'acknowledge');
  await city.travelTo('2026-09-14 11:00');
  await reporter.phone.expects('2项待办');

  const [bell, ...others] = standard.levels;
  // Its bell rings two days earlier, and at the deputy leader's too.
  const edited = {
    levels: [{ ...bell, moment: { ...bell.moment, amount: -5 } }, ...others],
    recipients: { ...standard.recipients, bell: ['deputy_leader', 'reporter'] },
  };
  for (const policy of [standard, ofTasks]) await publishes(officer, { ...policy, ...edited });
  const fresh = await underWay(city, officer, reporter, facts);
  await city.travelTo('2026-09-14 12:00');
  await reporter.phone.expects('2026-09-24');
  for (const [thing, who] of [
    [old, officer],
    [task, admin],
  ] as const)
    expect(await thing.openedBy(who)).toMatchObject({ next_deadline: { at: '2026-09-21T09:00:00+08:00' } });
  expect(await fresh.openedBy(officer)).toMatchObject({ next_deadline: { at: '2026-09-18T09:00:00+08:00' } });

  await city.travelTo('2026-09-18 09:05');
  for (const { phone } of [reporter, deputy]) await phone.expects('1项待办');
  expect([await old.warnings(), await fresh.warnings()]).toEqual([[], ['item/1 bell']]);
  await city.travelTo('2026-09-21 09:05');
  await reporter.phone.expects('2项待办');
  deputy.phone.isSilent();

  for (const [thing, who, name] of [
    [old, officer, standard.name],
    [task, admin, ofTasks.name],
  ] as const) {
    const { body: told } = await who.client.get(`${thing.path}/events`);
    expect(told.items.at(-1)).toMatchObject({
      type: 'warning_given',
      body: { deadline: { policy: { name, version: 1 } } },
    });
    expect(await thing.events()).not.toContain('replanned');
  }
  principal.phone.isSilent();
  await city.ends();
});
