/**
 * Fault 23 on the real server: the leader's decision and the deadline's timer come within a moment of each
 * other. `npm run faults:long` runs a thousand races.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { eventsOf } from '../../db/process-event.ts';
import { later } from '../../domain/time.ts';
import { underWay, usualPeople, type Matter } from '../support/matter.ts';
import { chance } from '../support/seeded.ts';
import { at, beginStory, type World } from '../support/world.ts';
import { isLongRun } from './long-run.ts';

const due = at('2026-09-30 24:00');
const RACES = isLongRun() ? 1_000 : 48;
const AT_ONCE = 8;
const { seed, whole } = chance();

test(
  `fault 23: extended in time or red, never both and never neither (${RACES} races, seed ${seed})`,
  { timeout: isLongRun() ? 3_600_000 : 180_000 },
  async () => {
    const city = await beginStory({ at: '2026-09-30 16:00' });
    const { officer, reporter, leader, unit } = await usualPeople(city);
    for (let race = 0; race < RACES; race += AT_ONCE) {
      const items = await inTurn(AT_ONCE, async () => {
        const item = await underWay(city, officer, reporter, { due_on: '2026-09-30', lead_unit_id: unit.id });
        await item.gives(reporter, 'request-extension', { new_due_on: '2026-10-20', reason: '连续降雨' });
        return item;
      });
      await Promise.all(items.map((item) => run(city, item, leader)));
    }
    await city.travelTo('2026-10-08 12:00');
    city.phonesAreRead();
    await city.ends();
  },
);

/** Brings one item to just before its deadline; then the decision is sent, some milliseconds sooner or later. */
async function run(city: World, item: Matter, leader: Parameters<Matter['gives']>[0]): Promise<void> {
  const thing = { kind: 'supervision_item', id: item.id } as const;
  const { now } = await city.server.processes.clockOf('supervision_item', item.id);
  await city.server.story.travelAlone(thing, later(due, -400 - whole(200)) - now);
  await pause(whole(500));
  const answer = await item.gives(leader, 'decide-extension', { granted: true, reason: '同意' });
  expect(answer).toMatchObject({ due_at: '2026-10-21T00:00:00+08:00', counts: { extensions: 1 } });

  const events = await eventsOf(city.db, thing);
  const granted = events.findLast(({ type }) => type === 'extension_granted');
  const red = events.filter(({ type, body }) => type === 'warning_given' && body['level'] === 'red_card');
  if (granted === undefined) throw new Error('granted and not written');
  // What time has brought about comes before any command.
  expect(red.map(({ version }) => version < granted.version)).toEqual(granted.at < due ? [] : [true]);
}

async function inTurn<T>(times: number, work: () => Promise<T>): Promise<T[]> {
  const done: T[] = [];
  for (let n = 0; n < times; n += 1) done.push(await work());
  return done;
}
