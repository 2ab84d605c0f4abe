/** What the release of a list does to the world: tasks are written by the hundred and started one beside the other. */
import type { Db } from '../db/client.ts';
import type { Clock } from '../db/clock.ts';
import type { HandOver } from '../db/hand-overs.ts';
import { indicatorTasks } from '../db/indicator-task.ts';
import { markTasksStarted, tasksNotStarted, type TaskStart } from '../db/indicator-tasks.ts';
import { loadCalendar } from '../db/calendar.ts';
import {
  birthsOf,
  changesToTell,
  endRelease,
  markTold,
  setReleaseStage,
  weightsToTell,
  withoutTask,
  type Release,
} from '../db/list-release.ts';
import { begin } from '../db/projecting.ts';
import type { Calendar } from '../domain/calendar.ts';
import type { Command, IndicatorTask } from '../domain/indicator-task.ts';
import type { Actor } from '../domain/process.ts';
import { localDateOf, yearOf, type Instant } from '../domain/time.ts';

export type ListRelease = {
  /** Writes and starts the next tasks. @returns how many indicators are left without a running task. */
  releaseBatch(year: number, by: Actor): Promise<{ readonly left: number }>;
  /** What two people have decided of weights, told to the tasks that run. */
  tellWeights(year: number): Promise<void>;
  /** @returns false when something more has come meanwhile. */
  end(year: number): Promise<boolean>;
  setStage(year: number, stage: Release['stage']): Promise<void>;
};

/** What an indicator task's workflow begins with, as plain data: how it is started is the caller's affair. */
export type TaskBegins = {
  readonly id: string;
  readonly number: string;
  readonly stage: string;
  readonly state: IndicatorTask;
  readonly calendar: Calendar;
  readonly at: Instant;
};

export type ListReleaseSurroundings = {
  readonly db: Db;
  readonly clock: Clock;
  readonly handOver: (notifications: readonly HandOver[]) => void;
  readonly start: (task: TaskBegins) => Promise<void>;
  /** Rejects when nobody answers; what is refused (the task has ended) is refused for good. */
  readonly command: (task_id: string, command: Command, by: Actor, command_id: string) => Promise<void>;
};

/** So many in one transaction; a pause, or a crash, loses no more than that much time [D]. */
const BATCH = 200;
/** So many starts under way at a time [D]. */
const AT_ONCE = 20;

export const createListRelease = ({
  db,
  clock,
  handOver,
  start,
  command,
}: ListReleaseSurroundings): ListRelease => {
  async function startAll(tasks: readonly TaskStart[], calendar: Calendar, at: Instant): Promise<void> {
    const waiting = [...tasks];
    const started: string[] = [];
    const lanes = Array.from({ length: AT_ONCE }, async () => {
      for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
        await start({ ...task, calendar, at });
        started.push(task.id);
      }
    });
    const ends = await Promise.allSettled(lanes);
    // What was started is seen, also when one of the others could not be.
    if (started.length > 0) await markTasksStarted(db, started);
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  return {
    async releaseBatch(year, by) {
      const at = await clock.now();
      const ids = await withoutTask(db, year, BATCH);
      if (ids.length > 0) {
        const { births, refused } = await birthsOf(db, year, { ids }, { by, at });
        // The list was looked through before it was released: what is refused now, nobody foresaw.
        if (refused.length > 0)
          throw new Error(refused.map(({ number, detail }) => `${number}: ${detail}`).join(' '));
        const { caused } = await begin(db, indicatorTasks, births);
        handOver(caused);
      }
      const calendar = await loadCalendar(db, { fromYear: yearOf(localDateOf(at)) });
      const lost = await tasksNotStarted(db, { year, limit: BATCH });
      await startAll(lost, calendar, at);
      const left =
        (await withoutTask(db, year, 1)).length + (await tasksNotStarted(db, { year, limit: 1 })).length;
      return { left };
    },

    async tellWeights(year) {
      const changes = await changesToTell(db, year);
      for (const weight of await weightsToTell(db, changes)) {
        const { change_id, indicator_id, points, from_date: effective_from, reason } = weight;
        const key = `weight/${change_id}/${indicator_id}`;
        const proposal = { command: 'change_weight', points, effective_from, reason } as const;
        await command(indicator_id, proposal, weight.proposed_by, `${key}/proposed`);
        await command(indicator_id, { command: 'confirm_weight' }, weight.confirmed_by, `${key}/confirmed`);
      }
      await markTold(db, changes);
    },

    async end(year) {
      return endRelease(db, year, await clock.now());
    },

    async setStage(year, stage) {
      await setReleaseStage(db, year, stage, await clock.now());
    },
  };
};
