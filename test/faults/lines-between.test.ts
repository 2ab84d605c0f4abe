/** Fault 6: the line between any two breaks, falls silent, is slow, while everybody is at work. */
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Gateway } from '../../sms/gateway.ts';
import { endsOf } from '../support/messages.ts';
import { underWay, usualPeople } from '../support/matter.ts';
import { storyGateway } from '../support/story-parts.ts';
import { beginStory, type Way } from '../support/world.ts';
import { startLine, type Fault, type FaultyLine } from './faulty-line.ts';
import { insist } from './insisting.ts';

const faults: readonly Fault[] = [{ is: 'broken' }, { is: 'silent' }, { is: 'slow', ms: 150 }];
const COMMANDS = 10;

describe.concurrent('the line between any two fails', { timeout: 180_000 }, () => {
  const ends: readonly (readonly [what: string, who: 'server' | 'workers', end: keyof Way])[] = [
    ['API and PostgreSQL', 'server', 'databaseUrl'],
    ['API and Temporal', 'server', 'temporalAddress'],
    ['worker and PostgreSQL', 'workers', 'databaseUrl'],
    ['worker and Temporal', 'workers', 'temporalAddress'],
  ];
  test.for(ends)(
    'fault 6: between %s: work resumes, no command is lost or done twice',
    async ([, who, end], { onTestFinished: atEnd }) => {
      let line: FaultyLine | undefined;
      const city = await beginStory({
        at: '2026-09-14 10:00',
        atEnd,
        async ways(direct) {
          line = await startLine(end === 'databaseUrl' ? new URL(direct[end]).host : direct[end]);
          const by: Way = { ...direct, [end]: leading(direct[end], end, line) };
          return { server: direct, workers: direct, [who]: by };
        },
      });
      const { officer, reporter, unit } = await usualPeople(city);
      const items = [];
      for (let n = 0; n < 3; n += 1)
        items.push(await underWay(city, officer, reporter, { due_on: '2026-09-24', lead_unit_id: unit.id }));

      const statuses = new Set<number>();
      for (const fault of faults) {
        let working = true;
        const work = Promise.all(
          items.map(async ({ path }) => {
            for (let n = 0; n < COMMANDS; n += 1) {
              const answer = await insist(
                officer,
                `${path}/commands/comment`,
                { text: '请说明' },
                { heard: ({ status }) => void statuses.add(status) },
              );
              expect(answer.status, JSON.stringify(answer.body)).toBe(200);
            }
          }),
        ).finally(() => (working = false));
        await pause(60);
        line?.becomes(fault);
        await pause(2_500);
        // It was in the way of something.
        if (fault.is !== 'slow') expect(working).toBe(true);
        line?.becomes(null);
        await work;
      }
      expect([...statuses].filter((status) => ![200, 503, 409].includes(status))).toEqual([]);
      for (const item of items) {
        const events = await item.events();
        expect(events.filter((type) => type === 'commented')).toHaveLength(COMMANDS * faults.length);
      }

      line?.becomes({ is: 'slow', ms: 5 });
      await city.travelTo('2026-09-23 12:00');
      for (const item of items) expect(await item.warnings()).toEqual(['item/1 bell', 'item/1 yellow_card']);
      city.phonesAreRead();
      line?.becomes(null);
      await city.ends();
      await line?.stop();
    },
  );

  test.for(faults)(
    'fault 6: between worker and provider, $is: each message once',
    async (fault, { onTestFinished: atEnd }) => {
      let way: Gateway | undefined;
      const city = await beginStory({
        at: '2026-09-14 10:00',
        atEnd,
        gateway: (real) => ({
          send: (message) => (way ?? real).send(message),
          ask: (message) => (way ?? real).ask(message),
        }),
      });
      const line = await startLine(city.standIn.endpoint);
      way = storyGateway(`127.0.0.1:${line.port}`);
      const { officer, reporter, unit } = await usualPeople(city);
      const item = await underWay(city, officer, reporter, { due_on: '2026-09-24', lead_unit_id: unit.id });

      line.becomes(fault);
      const mended = pause(4_000).then(() => line.becomes(null));
      await city.travelTo('2026-09-14 10:20');
      await mended;
      await city.travelTo('2026-09-14 12:00');
      await reporter.phone.expects('1项待办');
      expect(await endsOf(city, item)).toEqual(['notice reporter delivered']);
      await city.ends();
      await line.stop();
    },
  );
});

/** The same address, by this line. */
function leading(address: string, end: keyof Way, { port }: FaultyLine): string {
  if (end === 'temporalAddress') return `127.0.0.1:${port}`;
  const url = new URL(address);
  url.port = String(port);
  return url.href;
}
