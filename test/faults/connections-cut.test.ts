/** Fault 4: connections to PostgreSQL are ended at random while everybody is at work. */
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { expect, inject, onTestFinished, test } from 'vitest';
import { underWay, usualPeople } from '../support/matter.ts';
import { chance } from '../support/seeded.ts';
import { beginStory, type World } from '../support/world.ts';
import { insist } from './insisting.ts';

const { seed, next, pick, whole } = chance();

test(
  `fault 4: connections end at random, no process does, no command is lost or done twice (seed ${seed})`,
  { timeout: 120_000 },
  async () => {
    const city = await beginStory({ at: '2026-09-14 10:00' });
    const { officer, colleague, reporter, unit } = await usualPeople(city);
    const items = [];
    for (let n = 0; n < 4; n += 1) {
      items.push(await underWay(city, officer, reporter, { due_on: '2026-09-24', lead_unit_id: unit.id }));
    }
    const terminator = await startTerminator(city);
    const statuses = new Map<number, number>();
    const heard = ({ status }: { status: number }) =>
      void statuses.set(status, (statuses.get(status) ?? 0) + 1);
    const given = await Promise.all(
      items.map(async (item) => {
        let reports = 0;
        for (let n = 0; n < 15; n += 1) {
          const [who, command, body] = pick([
            [officer, 'comment', { text: '请说明' }],
            [reporter, 'report-progress', { percent: whole(100), text: '在办' }],
          ] as const);
          const answer = await insist(who, `${item.path}/commands/${command}`, body, { heard });
          expect(answer.status, JSON.stringify(answer.body)).toBe(200);
          if (command === 'report-progress') reports += 1;
        }
        await insist(reporter, `${item.path}/commands/request-close`, { result: '已完成' }, { heard });
        expect(
          (await insist(colleague, `${item.path}/commands/approve`, { rating: 'good' }, { heard })).status,
        ).toBe(200);
        return reports;
      }),
    );
    const ended = await terminator.stop();
    expect(ended).toBeGreaterThan(10);
    expect([...statuses.keys()].filter((status) => ![200, 503, 409].includes(status))).toEqual([]);
    for (const [index, item] of items.entries()) {
      const events = await item.events();
      expect(events.filter((type) => type === 'progress_reported')).toHaveLength(given[index] ?? -1);
      expect(events.filter((type) => type === 'commented')).toHaveLength(15 - (given[index] ?? 0));
      expect(events.at(-1)).toBe('closed');
    }
    expect((await officer.client.get('/readyz')).status).toBe(200);
    await city.travelTo('2026-09-14 11:00');
    city.phonesAreRead();
    await city.ends();
  },
);

/** Ends each connection of this story's database now and then; @returns how many, when it is stopped. */
async function startTerminator(city: World): Promise<{ stop: () => Promise<number> }> {
  const admin = new pg.Client({ connectionString: inject('postgresUrl') });
  await admin.connect();
  onTestFinished(() => admin.end());
  const database = new URL(city.url).pathname.slice(1);
  let going = true;
  let ended = 0;
  const work = (async () => {
    while (going) {
      const { rows } = await admin.query<{ pid: number }>(
        'select pid from pg_stat_activity where datname = $1',
        [database],
      );
      for (const { pid } of rows) {
        if (next() > 0.15) continue;
        await admin.query('select pg_terminate_backend($1)', [pid]);
        ended += 1;
      }
      await pause(100);
    }
  })();
  return {
    async stop() {
      going = false;
      await work;
      return ended;
    },
  };
}
