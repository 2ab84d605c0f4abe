/** Lives under way by the hundred while the workers, each a process of its own, are killed at random. */
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import { openThings } from '../../db/things.ts';
import { endsOf } from '../support/messages.ts';
import { usualPeople } from '../support/matter.ts';
import type { Chance } from '../support/seeded.ts';
import { assessors, releases } from '../support/task.ts';
import { beginStory, eventually, type Someone, type World } from '../support/world.ts';
import { startDyingWorker } from './dying-worker.ts';
import { insist } from './insisting.ts';

export type Restarts = {
  readonly chance: Chance;
  /** In each round; the last round ends when all of its things are finished. */
  readonly things: number;
  /** 0: one round. */
  readonly minutes: number;
};

const WORKERS = 2;
/** People at work at the same time. */
const AT_ONCE = 60;

/** @returns how many things were finished, and how often a worker was killed meanwhile. */
export async function restartsUnderLoad({ chance, things, minutes }: Restarts) {
  const city = await beginStory({ at: '2026-09-14 10:00', withoutWorkers: true });
  const people = { ...(await usualPeople(city)), ...(await assessors(city)) };
  const killing = await startKilling(city, chance);
  const until = Date.now() + minutes * 60_000;
  // One of every four things is an indicator task. A year has one list: they live in the first round, and their
  // list is released while the items of it live already.
  const listed = Math.floor(things / 4);
  const released = releases(city, people.admin, indicators(people, listed), 120_000);
  let finished = 0;
  do {
    let begun = 0;
    const worker = async () => {
      while ((begun += 1) <= things) {
        const [title, place] = [`第${finished + begun}件`, begun - 1 - (things - listed)];
        const task = finished === 0 && place >= 0 ? (await released)[place] : undefined;
        if (task === undefined) await lifeOfItem(people, title);
        else await lifeOfTask(people, task);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker)).catch((error: Error) => {
      const why = city.log.filter((line) => line.includes('"level":50')).slice(-3);
      throw new Error([error.message, ...why].join('\n'), { cause: error });
    });
    finished += things;
  } while (Date.now() < until);
  const killed = await killing.stop();

  // Nothing is left over: who has come back later works off what there is.
  await city.startWorkers();
  await eventually(
    async () => ((await leftOver(city)).length === 0 ? true : undefined),
    'the backlog drains',
    60_000,
    async () => (await leftOver(city)).join('; '),
  );
  await city.travelTo('2026-09-15 12:00');
  await endsOf(city);
  const events = await city.db
    .selectFrom('process_event')
    .select((eb) => ['type', eb.fn.countAll<string>().as('times')])
    .groupBy('type')
    .execute();
  const items = finished - listed;
  expect(Object.fromEntries(events.map(({ type, times }) => [type, Number(times)]))).toEqual({
    created: finished,
    acknowledged: finished,
    close_requested: finished,
    assigned: items,
    closed: items,
    progress_reported: 2 * listed,
    report_accepted: 2 * listed,
    assessed: listed,
  });
  city.phonesAreRead();
  await city.ends();
  return { finished, killed };
}

/** What has not ended in PostgreSQL, and what still runs in Temporal with the state of its workflow task. */
async function leftOver({ db, server, taskQueues }: World): Promise<string[]> {
  const left = (await openThings(db)).map(({ kind, id }) => `${kind} ${id} is open`);
  const running = server.client.workflow.list({
    query: `TaskQueue = "${taskQueues.processes}" AND ExecutionStatus = "Running" AND DukaoKind IN ("supervision_item", "indicator_task")`,
  });
  for await (const { workflowId, runId } of running) {
    const { raw, status } = await server.client.workflow.getHandle(workflowId, runId).describe();
    left.push(
      `${workflowId} is ${status.name}, workflow task ${JSON.stringify(raw.pendingWorkflowTask ?? null)}`,
    );
  }
  return left;
}

type People = Awaited<ReturnType<typeof usualPeople>> & Awaited<ReturnType<typeof assessors>>;

/** Of one unit, by quarter, the same points for each; the last one has what is left over. */
function indicators({ unit, reporter, deputy, principal }: People, count: number) {
  const each = Math.floor(10_000 / count);
  return Array.from({ length: count }, (_, n) => ({
    单位: unit.name,
    指标: `第${n + 1}项任务`,
    分值: (n + 1 < count ? each : 10_000 - each * (count - 1)) / 100,
    填报责任人: reporter.person.name,
    直接负责人: deputy.person.name,
    联系人: principal.person.name,
  }));
}

/** By people who repeat what was not answered. */
async function give(who: Someone, path: string, body: unknown, status = 200) {
  const answer = await insist(who, path, body, { withinMs: 120_000 });
  expect(answer.status, JSON.stringify(answer.body)).toBe(status);
  return answer.body;
}

/** From the list to the end. */
async function lifeOfItem({ officer, colleague, reporter, unit }: People, title: string): Promise<void> {
  const facts = {
    title,
    aspect: 'key_work',
    source: { level: 'municipal', document: null, instructed_by: null },
    item_class: 'dated',
    due_on: '2026-09-30',
    lead_unit_id: unit.id,
    assign: true,
  };
  const { id } = await give(officer, '/supervision-items', facts, 201);
  const commands = `/supervision-items/${id}/commands`;
  await give(reporter, `${commands}/acknowledge`, {});
  await give(reporter, `${commands}/request-close`, { result: '已完成' });
  await give(colleague, `${commands}/approve`, { rating: 'good' });
}

/** The two quarters that are over, reported and accepted; done before the year is. */
async function lifeOfTask({ reporter, reviewer }: People, id: string): Promise<void> {
  const commands = `/indicator-tasks/${id}/commands`;
  await give(reporter, `${commands}/acknowledge`, {});
  for (const [period, value] of [
    ['2026-Q1', '1'],
    ['2026-Q2', '2'],
  ]) {
    await give(reporter, `${commands}/report-progress`, { period, value, text: '按季推进' });
    await give(reviewer, `${commands}/accept-report`, { period });
  }
  await give(reporter, `${commands}/request-close`, { result: '已完成' });
  await give(reviewer, `${commands}/approve`, { completion: '100', reasons: '已完成' });
}

async function startKilling(city: Parameters<typeof startDyingWorker>[0], { whole }: Chance) {
  const start = () => startDyingWorker(city, null);
  const workers = await Promise.all(Array.from({ length: WORKERS }, start));
  let going = true;
  let killed = 0;
  const work = (async () => {
    while (going) {
      await pause(1_000 + whole(4_000));
      const place = whole(WORKERS);
      await workers[place]?.kill();
      killed += 1;
      // Now and then nobody is there for a while.
      await pause(whole(1_000));
      workers[place] = await start();
    }
  })();
  return {
    async stop() {
      going = false;
      await work;
      await Promise.all(workers.map((worker) => worker.kill()));
      return killed;
    },
  };
}
