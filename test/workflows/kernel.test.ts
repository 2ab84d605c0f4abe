/** What the kernel promises of every process, on the real server. */
import { randomUUID } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { loadCalendar } from '../../db/calendar.ts';
import { eventsOf } from '../../db/process-event.ts';
import type { Actor } from '../../domain/process.ts';
import { isRefusal } from '../../domain/refusal.ts';
import { evolveAll, type Event } from '../../domain/supervision-item.ts';
import type { WorkerSurroundings } from '../../worker-assembly.ts';
import { workflowIdOf, type Command, type CommandResult, type Starting } from '../../workflows/client.ts';
import { stateQuery } from '../../workflows/messages.ts';
import { supervisionItem } from '../../workflows/supervision-item.ts';
import { underWay, usualPeople, type Matter } from '../support/matter.ts';
import { beginStory, eventually, type Someone, type World } from '../support/world.ts';
import { withShortRuns } from './short-runs-bundle.ts';

let shortRuns: NonNullable<WorkerSurroundings['workflows']>;
beforeAll(async () => {
  shortRuns = await withShortRuns();
});

type Options = Partial<Parameters<typeof beginStory>[0]>;

async function anItemUnderWay(options: Options = {}) {
  const city = await beginStory({ at: '2026-09-14 10:00', ...options });
  const people = await usualPeople(city);
  const { officer, reporter, unit } = people;
  const item = await underWay(city, officer, reporter, { due_on: '2026-09-30', lead_unit_id: unit.id });
  return { city, ...people, item };
}

const thingOf = ({ id }: Matter) => ({ kind: 'supervision_item', id }) as const;

const handleOf = (city: World, { id }: Matter) =>
  city.server.client.workflow.getHandle(workflowIdOf('supervision_item', id));

const actor = ({ person }: Someone): Actor => ({
  kind: 'person',
  person_id: person.id,
  unit_id: person.unit_id,
  role: 'supervision_officer',
});

/** Without the API, whose own memory of keys would answer for the process. */
const comments = (city: World, { id }: Matter, by: Someone, command_id = randomUUID()) =>
  city.server.processes.command(
    { kind: 'supervision_item', id },
    { command: { command: 'comment', text: command_id }, by: actor(by) },
    command_id,
  );

/** As the API's clients do: not answered, it is given again under the same id. */
async function insistently(ask: () => Promise<CommandResult>): Promise<CommandResult> {
  return eventually(
    async () => {
      const result = await ask();
      return 'no_answer' in result ? null : result;
    },
    'the command is answered',
    60_000,
  );
}

async function runsOf(city: World, item: Matter): Promise<number[]> {
  const lengths: number[] = [];
  const query = `WorkflowId = '${workflowIdOf('supervision_item', item.id)}'`;
  for await (const { historyLength } of city.server.client.workflow.list({ query }))
    lengths.push(historyLength);
  return lengths;
}

test(
  'over many runs no command is lost or done twice, and each is still known by its id',
  { timeout: 120_000 },
  async () => {
    const { city, item, officer, reporter } = await anItemUnderWay({ workflows: shortRuns });
    const ids = Array.from({ length: 160 }, () => randomUUID());
    const first = new Map<string, CommandResult>();
    await Promise.all(
      Array.from({ length: 8 }, async (_, lane) => {
        for (const id of ids.filter((__, index) => index % 8 === lane)) {
          first.set(id, await insistently(() => comments(city, item, officer, id)));
        }
      }),
    );
    const texts = await commentsOf(city, item);
    expect(texts.toSorted()).toEqual(ids.toSorted());
    for (const id of ids.slice(-100)) {
      expect(await insistently(() => comments(city, item, officer, id))).toEqual(first.get(id));
    }
    expect(await commentsOf(city, item)).toHaveLength(ids.length);
    const runs = await eventually(async () => {
      const lengths = await runsOf(city, item);
      return lengths.length > 5 ? lengths : null;
    }, 'the runs are listed');
    expect(Math.max(...runs)).toBeLessThan(250);
    await city.travelTo('2026-09-14 11:00');
    await reporter.phone.expects('1项待办');
    await city.ends();
  },
);

async function commentsOf(city: World, item: Matter): Promise<string[]> {
  const rows = await city.db
    .selectFrom('process_event')
    .select('body')
    .where('thing_id', '=', item.id)
    .where('type', '=', 'commented')
    .orderBy('version')
    .execute();
  return rows.map(({ body }) => String(body['text']));
}

test(
  'while Postgres refuses an item for ever, its process goes on in bounded runs and keeps what was decided',
  { timeout: 120_000 },
  async () => {
    let refuses = false;
    const { city, item, officer, reporter } = await anItemUnderWay({
      workflows: shortRuns,
      around: (activities) => ({
        ...activities,
        ...('projectSupervisionItem' in activities
          ? {
              projectSupervisionItem: async (...args: never[]) => {
                if (refuses) throw new Error('value too long for type character varying(5)');
                return activities['projectSupervisionItem']?.(...args);
              },
            }
          : {}),
      }),
    });
    refuses = true;
    const given = [randomUUID(), randomUUID()];
    const early = await Promise.all(given.map((id) => comments(city, item, officer, id)));
    for (const result of early) expect(result).toHaveProperty('no_answer');
    const lengths = await eventually(
      async () => {
        const runs = await runsOf(city, item);
        return runs.length >= 4 ? runs : null;
      },
      'the process has gone through several runs',
      60_000,
    );
    expect(Math.max(...lengths)).toBeLessThan(150);
    expect(await commentsOf(city, item)).toEqual([]);

    refuses = false;
    const late = await Promise.all(given.map((id) => insistently(() => comments(city, item, officer, id))));
    expect(new Set(late.map((answer) => ('version' in answer ? answer.version : null)))).toEqual(
      new Set([4, 5]),
    );
    expect((await commentsOf(city, item)).toSorted()).toEqual(given.toSorted());
    await city.travelTo('2026-09-14 11:00');
    await reporter.phone.expects('1项待办');
    await city.ends();
  },
);

test('a refused command leaves no trace in the history', async () => {
  const { city, item, officer, reporter } = await anItemUnderWay();
  const before = (await handleOf(city, item).fetchHistory()).events?.length;
  expect(await item.refuses(officer, 'approve', { rating: 'good' })).toBe('stage_forbids');
  expect(
    await item.refuses(reporter, 'request-extension', { new_due_on: '2026-09-20', reason: '太早' }),
  ).toBe('due_not_later');
  expect(await item.refuses(officer, 'confirm-withdrawal')).toBe('no_withdrawal_pending');
  const result = await city.server.processes.replan(
    thingOf(item),
    { calendar: { version: 99, hours: [], years: {} } },
    { kind: 'system' },
    randomUUID(),
  );
  expect(isRefusal(result as never)).toBe(true);
  expect((await handleOf(city, item).fetchHistory()).events?.length).toBe(before);
  await city.travelTo('2026-09-14 11:00');
  await reporter.phone.expects('1项待办');
  await city.ends();
});

test('commands that come while the last one is carried out are all answered', async () => {
  const { city, item, officer, colleague, reporter } = await anItemUnderWay();
  await item.gives(reporter, 'request-close', { result: '已通车' });
  const asked = Array.from({ length: 9 }, () => randomUUID());
  const last = randomUUID();
  const approve = () =>
    city.server.processes.command(
      thingOf(item),
      { command: { command: 'approve', rating: 'good' }, by: actor(colleague) },
      last,
    );
  const [approved, ...others] = await Promise.all([
    insistently(approve),
    ...asked.map((id) => comments(city, item, officer, id)),
  ]);
  expect(approved).toMatchObject({ version: expect.any(Number) });
  const done = others.flatMap((result) => ('version' in result ? [result.version] : []));
  expect(new Set(done).size).toBe(done.length);
  for (const result of others) {
    if ('version' in result) continue;
    expect(['process_ended', 'no_process', 'no_server']).toContain(
      'refusal' in result ? result.refusal : result.no_answer,
    );
  }
  expect(await commentsOf(city, item)).toHaveLength(done.length);
  expect((await item.events()).at(-1)).toBe('closed');
  // The one that ended it is answered as before, also when it is over.
  expect(await approve()).toEqual(approved);
  expect(await comments(city, item, officer)).toEqual({ no_answer: 'no_process' });
  expect(await item.refuses(officer, 'comment', { text: '太晚' })).toBe('process_ended');
  await city.travelTo('2026-09-14 11:00');
  // Nothing is left to be told of.
  reporter.phone.isSilent();
  await city.ends();
});

test('a process is started once, however often and whenever it is started', async () => {
  const { city, item, officer, colleague, reporter } = await anItemUnderWay();
  const starting = await asListed(city, item);
  await Promise.all(Array.from({ length: 5 }, () => city.server.processes.start(starting)));
  expect(await item.openedBy(officer)).toMatchObject({ version: 3 });
  await item.gives(reporter, 'request-close', { result: '已通车' });
  await item.gives(colleague, 'approve', { rating: 'good' });
  await city.server.processes.start(starting);
  expect(await item.openedBy(officer)).toMatchObject({ stage: 'closed', version: 5 });
  expect(await runsOf(city, item)).toHaveLength(1);
  await city.travelTo('2026-09-14 11:00');
  // Nothing is left to be told of.
  reporter.phone.isSilent();
  await city.ends();
});

/** The item as its workflow was begun with: its first event, and no more. */
async function asListed(
  city: World,
  { id }: Matter,
): Promise<Extract<Starting, { kind: 'supervision_item' }>> {
  const [first] = await eventsOf(city.db, { kind: 'supervision_item', id });
  const { number, created_at } = await city.db
    .selectFrom('supervision_item')
    .select(['number', 'created_at'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  const carried = {
    schema_version: 2,
    thing: { kind: 'supervision_item', id },
    clock: { at: created_at, time_travel: true },
    calendar: await loadCalendar(city.db),
    state: evolveAll(null, [first?.body as Event]),
    unprojected: [],
    answers: [],
  } as const;
  return { kind: 'supervision_item', id, number, stage: 'list_making', input: { carried } };
}

test('a command that a worker does not know is told to come again, and leaves nothing', async () => {
  const { city, item, officer } = await anItemUnderWay();
  const { version } = await item.openedBy(officer);
  const thing = thingOf(item);
  const newer = { command: 'of_a_newer_version' } as unknown as Command;
  expect(
    await city.server.processes.command(thing, { command: newer, by: actor(officer) }, randomUUID()),
  ).toEqual({
    no_answer: 'no_worker',
  });
  expect(await item.openedBy(officer)).toMatchObject({ version });
  city.phonesAreRead();
  await city.ends();
});

test('a process that comes back from an old backup takes up what people can read', async () => {
  const { city, item, officer, reporter } = await anItemUnderWay();
  const told = randomUUID();
  const before = await insistently(() => comments(city, item, officer, told));
  await item.gives(officer, 'pause', { reason: '等待批复' });
  // Temporal as it was yesterday: it knows of the item's beginning only.
  await handleOf(city, item).terminate('restored');
  expect(await item.send(officer, 'resume', {})).toMatchObject({ status: 503 });
  await beginAgain(city, item);
  expect(await insistently(() => comments(city, item, officer, told))).toEqual(before);
  expect(await item.gives(officer, 'resume')).toMatchObject({
    version: 6,
    stage: 'progress_reporting',
    paused_on: null,
  });
  await city.travelTo('2026-09-14 11:00');
  await reporter.phone.expects('1项待办');
  await city.ends();
});

/** Postgres has all that was done; the process has been told of nothing but the item's beginning. */
async function forgetful(city: World, item: Matter): Promise<void> {
  await handleOf(city, item).terminate('restored');
  await beginAgain(city, item);
}

async function beginAgain(city: World, item: Matter): Promise<void> {
  await city.server.client.workflow.start(supervisionItem, {
    workflowId: workflowIdOf('supervision_item', item.id),
    taskQueue: city.taskQueues.processes,
    args: [(await asListed(city, item)).input],
  });
}

test('a process that knows of less than who commands it does learns what stands before it decides', async () => {
  const { city, item, officer, colleague, reporter } = await anItemUnderWay();
  await item.gives(officer, 'pause', { reason: '等待批复' });
  await forgetful(city, item);
  // By what it knows, an item that is not even assigned, this would be refused.
  expect(await item.gives(officer, 'resume')).toMatchObject({ version: 5, paused_on: null });
  // And what must be refused by what stands is refused, with a word for it.
  await forgetful(city, item);
  expect(await item.refuses(colleague, 'approve', { rating: 'good' })).toBe('stage_forbids');
  await city.travelTo('2026-09-14 11:00');
  await reporter.phone.expects('1项待办');
  await city.ends();
});

test('a command that was answered from the row becomes known to its process', async () => {
  const { city, item, colleague, reporter } = await anItemUnderWay();
  await item.gives(reporter, 'request-close', { result: '已通车' });
  const key = randomUUID();
  expect(await item.send(colleague, 'approve', { rating: 'good' }, { key })).toMatchObject({ status: 200 });
  // The answer never left, and Temporal knows of nothing but the item's beginning.
  await city.db.deleteFrom('idempotency').execute();
  await beginAgain(city, item);
  expect(await item.send(colleague, 'approve', { rating: 'good' }, { key })).toMatchObject({ status: 200 });
  await eventually(async () => {
    const { status } = await handleOf(city, item).describe();
    return status.name === 'COMPLETED' ? true : null;
  }, 'the process has ended');
  await city.travelTo('2026-09-14 11:00');
  reporter.phone.isSilent();
  await city.ends();
});

test('a row that was damaged is projected again', async () => {
  const { city, item, reporter } = await anItemUnderWay();
  await city.db
    .updateTable('supervision_item')
    .set({ title: '？', stage: 'withdrawn', next_at: null, due_at: null })
    .where('id', '=', item.id)
    .execute();
  await city.server.processes.reproject(thingOf(item));
  await eventually(async () => {
    const row = await city.db
      .selectFrom('supervision_item')
      .selectAll()
      .where('id', '=', item.id)
      .executeTakeFirstOrThrow();
    return row.stage === 'progress_reporting' && row.title === '完成城东路改造' && row.next_at !== null
      ? true
      : null;
  }, 'the row is as the process has it');
  await city.travelTo('2026-09-14 11:00');
  await reporter.phone.expects('1项待办');
  await city.ends();
});

test('a calendar that comes late does not take the place of a newer one', async () => {
  const { city, item, officer, reporter } = await anItemUnderWay();
  const calendar = await loadCalendar(city.db, { fromYear: 2026 });
  const newer = { ...calendar, version: calendar.version + 2 };
  const older = { ...calendar, version: calendar.version + 1, years: {} };
  const system: Actor = { kind: 'system' };
  expect(
    await city.server.processes.replan(thingOf(item), { calendar: newer }, system, 'newer'),
  ).toHaveProperty('version');
  expect(
    await city.server.processes.replan(thingOf(item), { calendar: older }, system, 'older'),
  ).toHaveProperty('version');
  // With the older one, whose years are all unknown, this would be refused.
  await item.gives(reporter, 'request-extension', { new_due_on: '2026-10-20', reason: '连续降雨' });
  expect(await handleOf(city, item).query(stateQuery)).toMatchObject({ stage: 'progress_reporting' });
  expect(await item.openedBy(officer)).toMatchObject({ extension: { new_due_on: '2026-10-20' } });
  await city.travelTo('2026-09-14 11:00');
  await reporter.phone.expects('1项待办');
  await city.ends();
});
