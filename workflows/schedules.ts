/**
 * The cadences as Temporal Schedules, kept as desired state: whoever starts makes what stands equal to what
 * is wanted. Schedules go by the wall's clock; the day that a run works for is the business clock's.
 */
import { setTimeout as pause } from 'node:timers/promises';
import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  type Client,
  type ScheduleOptions,
} from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { cadences, type CadenceName, type Times } from '../domain/cadence.ts';
import type { LocalDate } from '../domain/time.ts';
import { cadence } from './cadence.ts';
import { kindAttribute } from './search-attributes.ts';

/** Two systems may share a namespace: each has a task queue of its own. */
const prefixOf = (taskQueue: string) => `cadence/${taskQueue}/`;

type Wanted = Omit<ScheduleOptions, 'memo'>;

function wanted(taskQueue: string, name: CadenceName): Wanted {
  const spec = { calendars: [calendarOf(cadences[name].when)], timezone: 'Asia/Shanghai' };
  const policies = { overlap: 'SKIP', catchupWindow: catchupWindowOf(cadences[name].when) } as const;
  return {
    scheduleId: `${prefixOf(taskQueue)}${name}`,
    spec,
    policies,
    action: {
      type: 'startWorkflow',
      workflowType: cadence,
      workflowId: `cadence/${taskQueue}/${name}`,
      taskQueue,
      args: [{ name, date: null }],
      typedSearchAttributes: [{ key: kindAttribute, value: 'cadence' }],
      staticSummary: cadences[name].title,
    },
    // What is compared: the server tells a schedule in other words than it was given.
    state: { note: JSON.stringify({ made: 1, spec, policies }) },
  };
}

/**
 * From one time to the next: however long Temporal was down, the last one is made up for. What was missed before
 * it has nothing left to do, but for months to close, which the next close finds by itself.
 */
function catchupWindowOf({ weekday, day, hour }: Times) {
  if (day !== undefined) return '31 days';
  if (weekday !== undefined) return '7 days';
  return hour === undefined ? '1 hour' : '1 day';
}

function calendarOf({ weekday, day, hour, minute }: Times) {
  return {
    minute,
    hour: hour ?? ('*' as const),
    dayOfMonth: day ?? ('*' as const),
    dayOfWeek: weekday ?? ('*' as const),
  };
}

/**
 * Repeats, and several starting at once, do no harm. A schedule that an operator has paused stays paused.
 * @returns what was changed.
 */
export async function ensureSchedules(
  client: Client,
  taskQueue: string,
): Promise<{ readonly created: number; readonly updated: number; readonly deleted: number }> {
  const all = (Object.keys(cadences) as CadenceName[]).map((name) => ({ name, ...wanted(taskQueue, name) }));
  const done = { created: 0, updated: 0, deleted: 0, stood: 0 };
  for (const { name, ...schedule } of all) done[await ensure(client, name, schedule)] += 1;
  const known = new Set(all.map(({ scheduleId }) => scheduleId));
  for await (const { scheduleId } of client.schedule.list()) {
    if (!scheduleId.startsWith(prefixOf(taskQueue)) || known.has(scheduleId)) continue;
    await client.schedule
      .getHandle(scheduleId)
      .delete()
      .catch((error: unknown) => {
        if (!(error instanceof ScheduleNotFoundError)) throw error;
      });
    done.deleted += 1;
  }
  const { created, updated, deleted } = done;
  return { created, updated, deleted };
}

async function ensure(
  client: Client,
  name: CadenceName,
  schedule: Wanted,
): Promise<'created' | 'updated' | 'stood'> {
  const handle = client.schedule.getHandle(schedule.scheduleId);
  try {
    const { state } = await handle.describe();
    if (state.note === schedule.state?.note) return 'stood';
    const { scheduleId: _, ...rest } = schedule;
    await handle.update((before) => ({ ...rest, state: { ...rest.state, paused: before.state.paused } }));
    return 'updated';
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
  try {
    // Whether all is well in a new system need not be waited for until tomorrow.
    const state = { ...schedule.state, triggerImmediately: name === 'audit' || name === 'reconcile' };
    await client.schedule.create({ ...schedule, state });
    return 'created';
  } catch (error) {
    if (error instanceof ScheduleAlreadyRunning) return 'stood';
    throw error;
  }
}

/** Only as long as somebody waits for the answer. */
const WAITED_MS = 8_000;

/**
 * A run that a person asks for, for a day of their choice; the same command is the same run.
 * @returns the run's id, when it has ended or has been waited for long enough.
 */
export async function runCadence(
  client: Client,
  taskQueue: string,
  { name, date, commandId }: { name: CadenceName; date: LocalDate; commandId: string },
): Promise<string> {
  const workflowId = `cadence/${taskQueue}/${name}/${date}/${commandId.slice(0, 16)}`;
  await client.workflow
    .start(cadence, {
      workflowId,
      taskQueue,
      args: [{ name, date }],
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      workflowIdConflictPolicy: 'USE_EXISTING',
      typedSearchAttributes: [{ key: kindAttribute, value: 'cadence' }],
      staticSummary: `${cadences[name].title} ${date}`,
    })
    .catch((error: unknown) => {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    });
  const handle = client.workflow.getHandle(workflowId);
  const { runId } = await handle.describe();
  const enough = new AbortController();
  await Promise.race([
    client.connection.withAbortSignal(enough.signal, () => handle.result()).catch(() => undefined),
    pause(WAITED_MS),
  ]);
  enough.abort();
  return runId;
}
