/** What the release of a list does to the world: tasks are written by the hundred and started one beside the other. */
import { Context } from '@temporalio/activity';
import type { Db } from '../db/client.ts';
import type { Clock } from '../db/clock.ts';
import type { HandOver } from '../db/hand-overs.ts';
import { indicatorTasks } from '../db/indicator-task.ts';
import { markTasksStarted, tasksNotStarted, type TaskStart } from '../db/indicator-tasks.ts';
import { loadCalendar } from '../db/calendar.ts';
import {
  birthsOf,
  endRelease,
  keepRefused,
  pauseRelease,
  resumeRelease,
  withoutTask,
} from '../db/list-release.ts';
import {
  changesToTell,
  markTold,
  promotionsToTell,
  tellOnceMore,
  weightsToTell,
} from '../db/list-release-changes.ts';
import { hasAnswered } from '../db/process-event.ts';
import { begin } from '../db/projecting.ts';
import type { Calendar } from '../domain/calendar.ts';
import type { Command, IndicatorTask } from '../domain/indicator-task.ts';
import type { Actor } from '../domain/process.ts';
import type { Refusal, RefusalCode } from '../domain/refusal.ts';
import { localDateOf, yearOf, type Instant } from '../domain/time.ts';
import { inLanes } from './oversight.ts';

export type ListRelease = {
  /**
   * Writes and starts the next tasks; an indicator that can have none is set aside, where it is seen.
   * @returns how many indicators are left without a running task.
   */
  releaseBatch(year: number, by: Actor): Promise<{ readonly left: number }>;
  /** What two people have decided of weights and of what becomes common, told to the tasks that run. */
  tellWeights(year: number): Promise<void>;
  /** @returns false when something more has come meanwhile. */
  end(year: number): Promise<boolean>;
  setStage(year: number, stage: 'paused' | 'releasing'): Promise<void>;
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
  /** Rejects when nobody answers. @returns null, or the task's refusal. */
  readonly command: (
    task_id: string,
    command: Command,
    by: Actor,
    command_id: string,
  ) => Promise<Refusal | null>;
};

/** So many are begun before a pause is heeded [D]. */
const BATCH = 200;
/** So many in one transaction: while they are written, those before them are started [D]. */
const PORTION = 50;
/** So many starts, or commands, under way at a time [D]. */
const AT_ONCE = 20;
/** That a worker died is noticed by its silence (workflows/list-release.ts), and another one goes on. */
const BEAT_MS = 5_000;

/** A task that has ended, or whose points are these anyway, need not be told. Any other refusal is a fault, and must not be lost. */
const passedOver: ReadonlySet<RefusalCode> = new Set(['process_ended', 'stage_forbids', 'nothing_changed']);

export const createListRelease = ({
  db,
  clock,
  handOver,
  start,
  command,
}: ListReleaseSurroundings): ListRelease => {
  async function writeNext(year: number, by: Actor, at: Instant): Promise<void> {
    const ids = await withoutTask(db, year, PORTION);
    if (ids.length === 0) return;
    const { births, refused } = await birthsOf(db, year, { ids }, { by, at });
    // The list was looked through before it was released. What is refused now, because the year is over or an
    // older version let it in, keeps none of the others.
    await keepRefused(db, year, refused, at);
    // Before they are there: whoever finds them may rely on it that they will be told.
    await tellOnceMore(
      db,
      births.map(({ thing }) => thing.id),
    );
    const { caused } = await begin(db, indicatorTasks, births);
    handOver(caused);
  }

  async function startAll(tasks: readonly TaskStart[], at: Instant): Promise<void> {
    if (tasks.length === 0) return;
    // Not older than the one by which they were written.
    const calendar = await loadCalendar(db, { fromYear: yearOf(localDateOf(at)) });
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
    throwFirst(ends);
  }

  /** @returns whether the task has taken it in. */
  async function tell(task_id: string, told: Command, by: Actor, command_id: string): Promise<boolean> {
    if (await hasAnswered(db, { kind: 'indicator_task', id: task_id }, command_id)) return true;
    const refusal = await command(task_id, told, by, command_id);
    if (refusal !== null && !passedOver.has(refusal.refusal))
      throw new Error(
        `indicator_task/${task_id} refuses what was decided: ${refusal.refusal}, ${refusal.detail}`,
      );
    return refusal === null;
  }

  async function tellChange(change_id: string): Promise<void> {
    await inLanes(AT_ONCE, await weightsToTell(db, change_id), async (weight) => {
      const { indicator_id, points, from_date: effective_from, reason, decided_on } = weight;
      const key = `weight/${change_id}/${indicator_id}`;
      const proposal = { command: 'change_weight', points, effective_from, reason, decided_on } as const;
      if (await tell(indicator_id, proposal, weight.proposed_by, `${key}/proposed`)) {
        const confirmation = { command: 'confirm_weight', decided_on } as const;
        await tell(indicator_id, confirmation, weight.confirmed_by, `${key}/confirmed`);
      }
    });
    for (const { indicator_id, theme, reason, proposed_by, confirmed_by } of await promotionsToTell(
      db,
      change_id,
    )) {
      const promotion = { command: 'promote', theme, reason, proposed_by } as const;
      await tell(indicator_id, promotion, confirmed_by, `promotion/${change_id}`);
    }
    await markTold(db, change_id);
  }

  return {
    releaseBatch: (year, by) =>
      beating(async () => {
        const at = await clock.now();
        let written = await tasksNotStarted(db, { year, limit: BATCH });
        for (let looked = 0; looked < BATCH; looked += PORTION) {
          await allOf([writeNext(year, by, at), startAll(written, at)]);
          written = await tasksNotStarted(db, { year, limit: PORTION });
        }
        await startAll(written, at);
        const left =
          (await withoutTask(db, year, 1)).length + (await tasksNotStarted(db, { year, limit: 1 })).length;
        return { left };
      }),

    tellWeights: (year) =>
      beating(async () => {
        for (const change of await changesToTell(db, year)) await tellChange(change);
      }),

    async end(year) {
      return endRelease(db, year, await clock.now());
    },

    async setStage(year, stage) {
      if (stage === 'paused') await pauseRelease(db, year);
      else await resumeRelease(db, year, await clock.now());
    },
  };
};

/** Nothing goes on behind the back of whoever is told that one of them failed. */
const allOf = async (work: readonly Promise<void>[]) => throwFirst(await Promise.allSettled(work));

function throwFirst(ends: readonly PromiseSettledResult<void>[]): void {
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

async function beating<T>(work: () => Promise<T>): Promise<T> {
  const context = Context.current();
  const beats = setInterval(() => context.heartbeat(), BEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(beats);
  }
}
