/** Rows whose process has to be begun, whatever their kind: with what, and that it has been. */
import type { Beginning } from '../domain/beginning.ts';
import type { Calendar } from '../domain/calendar.ts';
import { localDateOf, yearOf, type Instant } from '../domain/time.ts';
import { loadCalendar } from './calendar.ts';
import type { Db } from './client.ts';
import { markTasksStarted, tasksNotStarted, tasksToStart, type TaskStart } from './indicator-tasks.ts';
import { releasesUnderWay } from './list-release.ts';
import type { Thing } from './process-event.ts';
import { itemsToStart, markStarted, notStarted, type StartRow } from './supervision-items.ts';

/** Rows of which nobody knows that their process was begun: a crash may lie in between. */
export async function neverBegun(db: Db, at: Instant): Promise<readonly Beginning[]> {
  // A list that is being released, or whose release is paused, starts its own tasks.
  const underWay = new Set((await releasesUnderWay(db)).map(({ year }) => year));
  const tasks = await tasksNotStarted(db);
  return beginnings(
    db,
    at,
    await notStarted(db),
    tasks.filter(({ state }) => !underWay.has(state.facts.year)),
  );
}

/** The same for these things, begun before or not. */
export async function beginningsOf(
  db: Db,
  at: Instant,
  things: readonly Thing[],
): Promise<readonly Beginning[]> {
  const ids = (kind: Thing['kind']) => things.flatMap((thing) => (thing.kind === kind ? [thing.id] : []));
  return beginnings(
    db,
    at,
    await itemsToStart(db, ids('supervision_item')),
    await tasksToStart(db, ids('indicator_task')),
  );
}

/** The same for one thing whose process nobody is known to have begun; null of any other. */
export async function unbegun(db: Db, at: Instant, { kind, id }: Thing): Promise<Beginning | null> {
  const isUnbegun = ({ started_at }: { readonly started_at: Instant | null }) => started_at === null;
  const items = kind === 'supervision_item' ? await itemsToStart(db, [id]) : [];
  const tasks = kind === 'indicator_task' ? await tasksToStart(db, [id]) : [];
  const [beginning = null] = await beginnings(db, at, items.filter(isUnbegun), tasks.filter(isUnbegun));
  return beginning;
}

export async function markBegun(db: Db, things: readonly Thing[]): Promise<void> {
  const ids = (kind: Thing['kind']) => things.flatMap((thing) => (thing.kind === kind ? [thing.id] : []));
  await markStarted(db, ids('supervision_item'));
  await markTasksStarted(db, ids('indicator_task'));
}

async function beginnings(
  db: Db,
  at: Instant,
  items: readonly StartRow[],
  tasks: readonly TaskStart[],
): Promise<readonly Beginning[]> {
  if (items.length + tasks.length === 0) return [];
  const first = Math.min(...[...items, ...tasks].map(({ created_at }) => yearOf(localDateOf(created_at))));
  const calendar = await loadCalendar(db, { fromYear: first });
  return [
    ...items.map((row) => itemBegins(row, calendar, at)),
    ...tasks.map(({ id, number, stage, state }) => ({
      kind: 'indicator_task' as const,
      id,
      number,
      stage,
      state,
      calendar,
      at,
    })),
  ];
}

export function itemBegins(
  { id, number, stage, state, start_input }: StartRow,
  calendar: Calendar,
  at: Instant,
): Beginning {
  const kind = 'supervision_item';
  if (state === null || stage === 'starting')
    return { kind, id, number, stage: 'list_making', state: null, begin: start_input, calendar, at };
  return { kind, id, number, stage, state, calendar, at };
}
