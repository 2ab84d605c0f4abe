/** What ten thousand open tasks change: how long a command takes, and the lists and numbers of a board. */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { byLevel, byMonth, byTheme, byUnit } from '../db/statistics.ts';
import { instant } from '../domain/time.ts';
import type { Someone } from './cast.ts';
import type { Ground } from './ground.ts';
import { get, post } from './items.ts';
import { inFlight } from './statistics.ts';

/** Milliseconds of each. */
export type Grown = {
  readonly bare: readonly number[];
  /** On tasks that nobody has touched since they began. */
  readonly untouched: readonly number[];
  /** On the same few tasks again and again. */
  readonly again: readonly number[];
  readonly boards: ReadonlyMap<string, readonly number[]>;
  /** The statistics without the API, which keeps them for some seconds: what one in many readers waits for. */
  readonly counted: ReadonlyMap<string, readonly number[]>;
};

const thisYear = new Date().getFullYear();

export const boards = {
  'tasks, the first 50 of the list': '/indicator-tasks?limit=50',
  'tasks, the next 50 deadlines': '/indicator-tasks?sort=next_at&limit=50',
  'tasks with an open card, 50': '/indicator-tasks?card=yellow_card&limit=50',
  'warnings, the latest 50': '/warnings?limit=50',
  'statistics by unit (kept for 5 s, as all of them)': `/statistics/units?year=${thisYear}`,
  'statistics by theme': `/statistics/themes?year=${thisYear}`,
  'statistics by level': `/statistics/levels?year=${thisYear}`,
  'statistics by month': `/statistics/months?year=${thisYear}`,
} as const;

const SAME_TASKS = 20;

/** `n` commands of each kind, one at a time. */
export async function grown(ground: Ground, n: number): Promise<Grown> {
  const bareId = `updated/${randomUUID()}`;
  await ground.bare.startUpdated(bareId);
  await ground.bare.touch(bareId);
  const tasks = await untouchedTasks(ground, n + SAME_TASKS);
  const acknowledge = (task: Task) => command(ground, task, 'acknowledge', {});
  const known = tasks.slice(n);
  for (const task of known) await acknowledge(task);
  const bare = await inFlight(n, 1, () => ground.bare.touch(bareId));
  const untouched = await inFlight(n, 1, (index) => acknowledge(nth(tasks, index)));
  const again = await inFlight(n, 1, (index) =>
    command(ground, nth(known, index % SAME_TASKS), 'report-progress', {
      period: new Date().toISOString().slice(0, 7),
      value: '11',
      text: '路基完成',
    }),
  );
  const times = new Map<string, readonly number[]>();
  await fillCards(ground);
  for (const [name, path] of Object.entries(boards)) {
    const once = () => get(ground, path, ground.cast.officer);
    for (let warm = 0; warm < 5; warm += 1) await once();
    times.set(name, await inFlight(n, 1, once));
  }
  const counted = new Map<string, readonly number[]>();
  for (const [name, count] of Object.entries(counts)) {
    await count(ground);
    counted.set(name, await inFlight(n, 1, () => count(ground)));
  }
  await clearCards(ground);
  return { bare, untouched, again, boards: times, counted };
}

const counts: Readonly<Record<string, (ground: Ground) => Promise<unknown>>> = {
  'by unit': ({ db }) => byUnit(db, thisYear, { all: true }, instant(Date.now())),
  'by theme': ({ db }) => byTheme(db, thisYear, { all: true }),
  'by level': ({ db }) => byLevel(db, thisYear, { all: true }),
  'by month': ({ db }) => byMonth(db, thisYear, { all: true }),
};

type Task = { readonly id: string; readonly reporter: Someone };

const nth = (tasks: readonly Task[], index: number): Task => {
  const task = tasks[index];
  if (task === undefined) throw new Error('fewer tasks than commands');
  return task;
};

const command = (ground: Ground, { id, reporter }: Task, name: string, body: object) =>
  post(ground, `/indicator-tasks/${id}/commands/${name}`, body, reporter);

async function untouchedTasks({ db, cast }: Ground, n: number): Promise<readonly Task[]> {
  const { rows } = await sql<{ id: string; unit_id: string }>`
    select id, unit_id from indicator_task where stage = 'assigned' order by random() limit ${n}`.execute(db);
  return rows.map(({ id, unit_id }) => ({ id, reporter: cast.reporterOf(unit_id) }));
}

/**
 * Every task shows a card, as on the day after a great deadline. Written by SQL for what is only read: their
 * own cards are days away.
 */
export async function fillCards({ db }: Ground): Promise<void> {
  await sql`
    insert into warning
      (id, thing_kind, thing_id, event_version, deadline_kind, deadline_version, level, repeat, chain,
       due_at, moment, at, policy_name, policy_version)
    select gen_random_uuid(), 'indicator_task', id, 1, 'acknowledgement', 9, 'yellow_card', 0, 'undertaking',
           now(), now(), now() - random() * interval '1 day', 'bench', 1
      from indicator_task`.execute(db);
  await sql`update indicator_task set card = 'yellow_card'`.execute(db);
  // As autovacuum does it in time.
  for (const table of ['warning', 'indicator_task', 'indicator', 'process_event'])
    await sql`vacuum analyze ${sql.table(table)}`.execute(db);
}

export async function clearCards({ db }: Ground): Promise<void> {
  await sql`delete from warning where policy_name = 'bench'`.execute(db);
  await sql`update indicator_task set card = 'none'`.execute(db);
}
