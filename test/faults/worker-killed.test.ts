/** Fault 1: a worker is killed in the middle of an activity; another one takes over. */
import { describe, expect, test } from 'vitest';
import { workflowIdOf, type ProcessKind } from '../../workflows/client.ts';
import { fastForward } from '../../workflows/time-travel.ts';
import { underWay, usualPeople } from '../support/matter.ts';
import { at, beginStory, eventually, type Someone, type World } from '../support/world.ts';
import { startDyingWorker } from './dying-worker.ts';
import type { DyingWorker } from './worker-process.ts';

/**
 * One process is brought there, and the worker that lives it dies on the way; another one takes over.
 * Nothing is asked of the process meanwhile: a query on a worker that does not know it yet would play
 * what has happened at an old time (SDK 1.24; see workflows/clock.ts).
 */
async function bringThroughDeath(
  city: World,
  { kind, id }: { readonly kind: ProcessKind; readonly id: string },
  text: string,
  dies: DyingWorker['dies'],
) {
  const { client, processes } = city.server;
  const workflowId = workflowIdOf(kind, id);
  const { now } = await processes.clockOf(kind, id);
  await city.stopWorkers();
  const { dead } = await startDyingWorker(city, dies);
  const forward = fastForward(client, workflowId, at(text) - now).catch(() => undefined);
  await dead;
  await city.startWorkers();
  await eventually(
    async () => {
      const { raw } = await client.workflow.getHandle(workflowId).describe();
      return raw.pendingWorkflowTask == null && (raw.pendingActivities ?? []).length === 0 ? true : null;
    },
    'another worker has taken over',
    60_000,
  );
  await forward;
}

describe.concurrent('a worker is killed while it sends', { timeout: 120_000 }, () => {
  const points: readonly (readonly [when: string, dies: DyingWorker['dies'], asksFirst: boolean])[] = [
    ['before it claims the message', { when: 'before', what: 'openMessage' }, false],
    ['after it has claimed the message', { when: 'after', what: 'openMessage' }, false],
    ['before the provider hears of it', { when: 'before', what: 'provider' }, true],
    ['after the provider has accepted', { when: 'after', what: 'provider' }, true],
    // The provider's number is on record: the receipt may end the message before anybody asks.
    ['after the row was written', { when: 'after', what: 'send' }, false],
    ['after the answer was taken in', { when: 'after', what: 'treatAnswer' }, false],
  ];
  test.for(points)(
    '%s: one SMS, and who is not sure asks first',
    async ([, dies, asksFirst], { onTestFinished: atEnd }) => {
      const city = await beginStory({ at: '2026-09-14 10:00', atEnd });
      const { officer, unit, reporter } = await usualPeople(city);
      await underWay(city, officer, reporter, { due_on: '2026-09-30', lead_unit_id: unit.id });
      await eventually(() => recipientOf(city, reporter), 'the reporter has been told');

      await bringThroughDeath(city, { kind: 'recipient', id: reporter.person.id }, '2026-09-14 10:05', dies);
      await city.travelTo('2026-09-14 11:00');

      await reporter.phone.expects('1项待办，最近一项将于2026-09-30到期');
      expect(city.standIn.calls().SendSms).toBe(1);
      if (asksFirst) expect(city.standIn.calls().QuerySendDetails).toBeGreaterThan(0);
      await city.ends();
    },
  );
});

describe.concurrent('a worker is killed while it projects', { timeout: 120_000 }, () => {
  test.for(['before', 'after'] as const)(
    '%s the rows are written: one event, one answer',
    async (when, { onTestFinished: atEnd }) => {
      const city = await beginStory({ at: '2026-09-14 10:00', atEnd });
      const { officer, unit, reporter } = await usualPeople(city);
      const item = await underWay(city, officer, reporter, { due_on: '2026-09-30', lead_unit_id: unit.id });
      await city.stopWorkers();
      const { dead } = await startDyingWorker(city, { when, what: 'projectSupervisionItem' });

      const report = { percent: 40, text: '路基完成一半' };
      const key = 'a-report-in-trouble';
      const first = item.send(reporter, 'report-progress', report, { key });
      await dead;
      await city.startWorkers();
      const answers = [await first];
      for (let tries = 0; answers.at(-1)?.status !== 200 && tries < 10; tries += 1) {
        answers.push(await item.send(reporter, 'report-progress', report, { key }));
      }
      expect(answers.at(-1)?.body).toMatchObject({ version: 4, last_report: { percent: 40 } });
      expect(answers.slice(0, -1).every(({ status }) => status === 503 || status === 409)).toBe(true);
      expect(await item.events()).toEqual(['created', 'assigned', 'acknowledged', 'progress_reported']);

      await city.travelTo('2026-09-14 11:00');
      await reporter.phone.expects('1项待办');
      await city.ends();
    },
  );

  test('after a warning is written: it is given once, and told once', async ({ onTestFinished: atEnd }) => {
    const city = await beginStory({ at: '2026-09-14 10:00', atEnd });
    const { officer, unit, reporter } = await usualPeople(city);
    const item = await underWay(city, officer, reporter, { due_on: '2026-09-24', lead_unit_id: unit.id });
    await city.travelTo('2026-09-14 11:00');
    await reporter.phone.expects('1项待办');

    const dies = { when: 'after', what: 'projectSupervisionItem' } as const;
    await bringThroughDeath(city, { kind: 'supervision_item', id: item.id }, '2026-09-21 09:00', dies);
    await city.travelTo('2026-09-21 09:05');

    await reporter.phone.expects('最近一项将于2026-09-24到期');
    expect(await item.warnings()).toEqual(['item/1 bell']);
    await city.ends();
  });

  test('another command comes in its place: both are there, in one order', async ({
    onTestFinished: atEnd,
  }) => {
    const city = await beginStory({ at: '2026-09-14 10:00', atEnd });
    const { officer, colleague, unit, reporter } = await usualPeople(city);
    const item = await underWay(city, officer, reporter, { due_on: '2026-09-30', lead_unit_id: unit.id });
    await city.stopWorkers();
    const { dead } = await startDyingWorker(city, { when: 'after', what: 'projectSupervisionItem' });
    const paused = item.send(officer, 'pause', { reason: '等待省里批复' }, { key: 'pause-in-trouble' });
    await dead;
    // Postgres has the pause; Temporal has never heard of it. Whoever comes next meets the paused item.
    const commented = item.send(colleague, 'comment', { text: '请说明理由' }, { key: 'comment-in-between' });
    await city.startWorkers();
    await Promise.all([paused, commented]);
    await eventually(
      async () => {
        const done = [
          await item.send(officer, 'pause', { reason: '等待省里批复' }, { key: 'pause-in-trouble' }),
          await item.send(colleague, 'comment', { text: '请说明理由' }, { key: 'comment-in-between' }),
        ];
        return done.every(({ status }) => status === 200) ? done : null;
      },
      'both commands are answered',
      40_000,
    );
    expect(await item.events()).toEqual(['created', 'assigned', 'acknowledged', 'paused', 'commented']);
    await city.travelTo('2026-09-14 11:00');
    await reporter.phone.expects('1项待办');
    await city.ends();
  });
});

/** Null until the person's own process lives. */
const recipientOf = (city: World, { person }: Someone) =>
  city.server.client.workflow
    .getHandle(workflowIdOf('recipient', person.id))
    .describe()
    .catch(() => null);
