/** Faults 3 and 4 on a stack of its own: Temporal is away across a deadline, PostgreSQL is restarted under load. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { prepareNamespace } from '../../embedded/temporal-namespace.ts';
import { startStack, type Stack } from '../../embedded/stack.ts';
import type { Running } from '../../embedded/process-family.ts';
import { later } from '../../domain/time.ts';
import { temporaryHome } from '../embedded/temporary-home.ts';
import { underWay, usualPeople } from '../support/matter.ts';
import { at, beginStory, eventually, type World } from '../support/world.ts';
import { insist } from './insisting.ts';

const home = temporaryHome();
let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ home, timeSkipping: true, durable: false });
}, 180_000);
afterAll(() => stack?.stop(), 60_000);

const onOwnStack = (begin: string) =>
  beginStory({
    at: begin,
    stack: {
      postgresUrl: stack.databaseUrl('postgres'),
      temporalAddress: stack.temporalAddress,
      temporalNamespace: stack.temporalNamespace,
    },
  });

/** The real time that goes by while something is away is the story's too. */
async function untilAfter(city: World, text: string) {
  while ((await city.server.clock.now()) <= at(text)) await pause(100);
}

const program = (running: Running | null): Running => {
  if (running === null) throw new Error('the stack has no program of its own');
  return running;
};

const newItem = (unit: { id: string }, title: string) => ({
  title,
  aspect: 'key_work',
  source: { level: 'municipal', document: null, instructed_by: null },
  item_class: 'dated',
  due_on: '2026-09-30',
  lead_unit_id: unit.id,
});

test(
  'fault 3: while Temporal is away the API says so and nothing is half done; what fell due comes on its return',
  { timeout: 180_000 },
  async () => {
    const city = await onOwnStack('2026-09-14 10:00');
    const { officer, unit, reporter, deputy } = await usualPeople(city);
    const item = await underWay(city, officer, reporter, { due_on: '2026-09-24', lead_unit_id: unit.id });
    await city.server.story.travelTo(later(at('2026-09-23 08:59'), 45_000));
    await reporter.phone.expects('1项待办', '最近一项将于2026-09-24到期');
    expect(await item.openedBy(officer)).toMatchObject({ card: 'bell' });

    const temporal = program(stack.programs.temporal);
    await temporal.stop(2_000);
    await untilAfter(city, '2026-09-23 09:00');

    // What was there can be read; what would change something is told "not now", and has not happened.
    expect(await item.openedBy(reporter)).toMatchObject({ card: 'bell', version: 4 });
    const report = { percent: 50, text: '完成一半' };
    const answers = await Promise.all([
      item.send(reporter, 'report-progress', report),
      officer.client.post('/supervision-items', newItem(unit, '第二件'), { key: 'second' }),
      officer.client.post('/supervision-items', newItem(unit, '第三件'), { key: 'third' }),
    ]);
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } });
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    }
    expect((await officer.client.get('/supervision-items')).body.items).toMatchObject([
      { id: item.id, version: 4 },
    ]);
    const ready = await officer.client.get('/readyz');
    expect(ready).toMatchObject({ status: 503, body: { checks: { postgres: 'ok', temporal: 'failed' } } });
    expect((await officer.client.get('/livez')).status).toBe(200);

    temporal.again();
    await prepareNamespace(stack.temporalAddress, stack.temporalNamespace, { withinMs: 60_000 });
    await eventually(
      async () => ((await item.openedBy(officer)).card === 'yellow_card' ? true : null),
      'the yellow card comes by itself',
      30_000,
    );

    // The same request again is carried out once; what nobody sends again is made good by the next sweep.
    const reported = await insist(reporter, `${item.path}/commands/report-progress`, report);
    expect(reported).toMatchObject({ status: 200, body: { version: 6, last_report: { percent: 50 } } });
    const again = await officer.client.post('/supervision-items', newItem(unit, '第二件'), { key: 'second' });
    expect(again.status).toBe(201);
    expect(await city.server.startLost()).toBe(1);
    await eventually(
      async () => ((await officer.client.get('/supervision-items')).body.items.length === 3 ? true : null),
      'the third item is there',
    );
    const { body } = await officer.client.get('/supervision-items');
    expect(body.items.map(({ title }: { title: string }) => title).toSorted()).toEqual([
      '完成城东路改造',
      '第三件',
      '第二件',
    ]);
    await city.travelTo('2026-09-23 09:10');
    await reporter.phone.expects('2026-09-24');
    await deputy.phone.expects('2026-09-24');
    await city.ends();
  },
);

test(
  'fault 4: PostgreSQL is restarted under load: no process ends, no command is lost or done twice',
  { timeout: 180_000 },
  async () => {
    const city = await onOwnStack('2026-09-14 10:00');
    const { officer, unit, reporter } = await usualPeople(city);
    const items = await Promise.all(
      [1, 2, 3].map(() => underWay(city, officer, reporter, { due_on: '2026-09-30', lead_unit_id: unit.id })),
    );
    const comments = 12;
    const statuses = new Map<number, number>();
    const heard = ({ status }: { status: number }) =>
      void statuses.set(status, (statuses.get(status) ?? 0) + 1);
    let working = true;
    const work = Promise.all(
      items.map(async ({ path }) => {
        for (let n = 1; n <= comments; n += 1) {
          const answer = await insist(
            officer,
            `${path}/commands/comment`,
            { text: `第${n}条` },
            { heard, withinMs: 120_000 },
          );
          expect(answer.status, JSON.stringify(answer.body)).toBe(200);
          if (n === 3) await pause(1_000);
        }
      }),
    ).finally(() => (working = false));
    await pause(300);
    const postgres = program(stack.programs.postgres);
    await postgres.stop();
    await pause(1_500);
    expect(working).toBe(true);
    postgres.again();
    await work;

    expect([...statuses.keys()].filter((status) => ![200, 503, 409].includes(status))).toEqual([]);
    for (const item of items) {
      expect((await item.events()).filter((type) => type === 'commented')).toHaveLength(comments);
    }
    await city.travelTo('2026-09-14 11:00');
    await reporter.phone.expects('3项待办');
    await city.ends();
  },
);
