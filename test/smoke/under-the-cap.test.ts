import { expect, test } from 'vitest';
import type { WarningPolicy } from '../../domain/warning-policy.ts';
import { endsOf, messagesTo, tellingsOf } from '../support/messages.ts';
import { listed, usualPeople } from '../support/matter.ts';
import { beginStory, type World } from '../support/world.ts';

const WARNINGS = 60;

/** Yellow for the deputy leader alone, on the working day before, at the minute that the name says. */
async function policyAt(city: World, minute: number): Promise<string> {
  const clock = `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
  const policy: WarningPolicy = {
    name: `at_${clock.replace(':', '_')}`,
    version: 1,
    levels: [
      { level: 'yellow_card', moment: { amount: -1, unit: 'working_day', at: clock } },
      { level: 'red_card', moment: { amount: 0, unit: 'calendar_day', at: '24:00' } },
    ],
    repeat: null,
    recipients: { bell: [], yellow_card: ['deputy_leader'], red_card: ['principal_leader'] },
  };
  await city.db
    .insertInto('warning_policy')
    .values({ name: policy.name, version: 1, body: JSON.stringify(policy), created_at: new Date(0) })
    .execute();
  return policy.name;
}

test(
  'fault 8: sixty warnings in one day for one leader: single messages, then digests, and never near the carrier’s fifty',
  { timeout: 180_000 },
  async () => {
    const city = await beginStory({ at: '2026-09-14 10:00' });
    // So that nobody has to ask for them: a story passes faster than a carrier answers.
    city.standIn.control({ receiptAfterMs: 0 });
    const { officer, unit, reporter, deputy } = await usualPeople(city);
    // From nine in the morning, every ten minutes.
    const policies: string[] = [];
    for (let nth = 0; nth < WARNINGS; nth += 1) policies.push(await policyAt(city, 9 * 60 + nth * 10));
    for (let nth = 0; nth < WARNINGS; nth += 10) {
      await Promise.all(
        policies.slice(nth, nth + 10).map(async (warning_policy) => {
          const facts = { due_on: '2026-09-16', lead_unit_id: unit.id, warning_policy };
          const item = await listed(city, officer, facts);
          await item.gives(officer, 'assign');
        }),
      );
    }
    await city.travelTo('2026-09-15 23:00');

    const byDay = await messagesTo(city, deputy);
    expect(byDay.map(({ digest, params }) => `${digest ? 'digest' : 'single'} ${params['count']}`)).toEqual([
      ...Array<string>(40).fill('single 1'),
      'digest 18',
    ]);
    // The last two of the day, and what midnight brought, wait for the morning's digest.
    expect((await tellingsOf(city)).filter((told) => told.includes('pending'))).toHaveLength(2);
    await city.travelTo('2026-09-16 08:35');
    await deputy.phone.expects(...Array<string>(40).fill('1项待办'), '18项待办', '60项待办');

    const ends = (await endsOf(city)).filter((told) => told.startsWith('yellow_card deputy_leader'));
    expect(ends.filter((told) => told.endsWith('delivered'))).toHaveLength(40);
    expect(ends.filter((told) => told.endsWith('merged'))).toHaveLength(18 + 2 + WARNINGS);
    await reporter.phone.expects(...city.standIn.phone(reporter.phone.number).messages.map(() => '项待办'));
    await city.ends();
  },
);
