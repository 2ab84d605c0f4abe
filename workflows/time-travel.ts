/**
 * Moves the clock of one process forward, on a server that allows it (demonstration and tests only;
 * spec: temporal, "Time travel on the real server"). Its timers fire on the way in their order.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { optionalTsToMs } from '@temporalio/common/lib/time.js';
import proto from '@temporalio/proto';
import { instant, later, type Instant } from '../domain/time.ts';

const { WorkflowExecutionStatus: Status } = proto.temporal.api.enums.v1;

/**
 * A skip whose goal passes while the workflow is at work on something goes on to its next timer, however
 * far (server 1.32): so none begins while it is at work, and the last of the way is waited for.
 */
const WAITED_FOR_MS = 2_000;

export async function fastForward(client: Client, workflowId: string, ms: number): Promise<void> {
  if (ms <= 0) return;
  const began = performance.now();
  let reached = await readingOf(client, workflowId);
  const goal = later(reached.now, ms);
  for (;;) {
    reached = await atRest(client, workflowId, goal);
    if (!reached.running || reached.now >= goal) break;
    if (isNear(reached, goal)) return pause(goal - reached.now);
    const before = reached;
    reached = await skip(client, workflowId, before, goal);
    if (reached.running && !isNear(reached, goal)) await fired(client, workflowId, before);
  }
  const tooFar = reached.now - goal;
  if (tooFar > performance.now() - began + 1_000) throw new Error(`${workflowId} went ${tooFar} ms too far`);
}

const isNear = ({ now }: Reading, goal: Instant): boolean => goal - now < WAITED_FOR_MS;

/** Its clock goes on while it works: it may come to the goal by that alone. */
async function atRest(client: Client, workflowId: string, goal: Instant): Promise<Reading> {
  for (const until = performance.now() + RESTS_WITHIN_MS; ; await pause(5)) {
    const reading = await readingOf(client, workflowId);
    if (!reading.isAtWork || !reading.running || isNear(reading, goal)) return reading;
    if (performance.now() > until) throw new Error(`${workflowId}: time did not move, it is at work`);
  }
}

/** Stopped at a timer: the next skip would pass over it as long as it has not fired. */
async function fired(client: Client, workflowId: string, before: Reading): Promise<void> {
  for (const until = performance.now() + FIRES_WITHIN_MS; performance.now() < until; await pause(5)) {
    const { events } = await readingOf(client, workflowId);
    // The options were updated, the time was skipped; the timer is the next. Fewer are those of a new run.
    const fresh = events - before.events;
    if (fresh > 2 || fresh < 0) return;
  }
}

const FIRES_WITHIN_MS = 10_000;

/** Goes to the next timer, or as far as this when none is due before. @returns where it has come to. */
async function skip(client: Client, workflowId: string, from: Reading, goal: Instant): Promise<Reading> {
  const ms = goal - from.now;
  const seconds = Math.floor(ms / 1000);
  await setSkipping(client, workflowId, {
    enabled: true,
    maxSessionSkipCount: 1,
    fastForwardConfig: {
      id: randomUUID(),
      duration: { seconds: seconds as never, nanos: Math.round((ms - seconds * 1000) * 1e6) },
    },
  });
  // The server's own long poll does not hear of a skip that ends at a timer.
  for (const until = performance.now() + RESTS_WITHIN_MS; ; await pause(5)) {
    const reading = await readingOf(client, workflowId);
    if (!reading.skipping || !reading.running) return reading;
    const isTooLong = performance.now() > until;
    // Work came in between: given up before the goal passes.
    if (isTooLong || isNear(reading, goal)) await setSkipping(client, workflowId, { enabled: false });
    if (isTooLong) throw new Error(`${workflowId}: time did not move, it is at work`);
  }
}

const setSkipping = (
  client: Client,
  workflowId: string,
  timeSkippingConfig: proto.temporal.api.common.v1.ITimeSkippingConfig,
) =>
  client.workflowService.updateWorkflowExecutionOptions({
    namespace: client.options.namespace,
    workflowExecution: { workflowId },
    workflowExecutionOptions: { timeSkippingConfig },
    updateMask: { paths: ['time_skipping_config'] },
    identity: 'time-travel',
  });

/** Longer than an activity may run and wait for its turn: as long as one does, no time is skipped. */
const RESTS_WITHIN_MS = 60_000;

/** The time on one workflow's own clock. */
export const timeOf = async (client: Client, workflowId: string): Promise<Instant> =>
  (await readingOf(client, workflowId)).now;

type Reading = {
  readonly now: Instant;
  readonly events: number;
  readonly skipping: boolean;
  readonly running: boolean;
  readonly isAtWork: boolean;
};

async function readingOf(client: Client, workflowId: string): Promise<Reading> {
  const { workflowExtendedInfo, workflowExecutionInfo, pendingActivities, pendingWorkflowTask } =
    await client.workflowService.describeWorkflowExecution({
      namespace: client.options.namespace,
      execution: { workflowId },
    });
  const skipping = workflowExtendedInfo?.timeSkippingInfo;
  return {
    now: instant(optionalTsToMs(skipping?.currentTime) ?? Date.now()),
    events: Number(workflowExecutionInfo?.historyLength ?? 0),
    skipping: skipping?.effectiveConfig?.enabled === true,
    // gRPC's JSON form names the value, the binary form numbers it.
    running: [RUNNING, Status[RUNNING]].includes(workflowExecutionInfo?.status as never),
    isAtWork: pendingWorkflowTask != null || (pendingActivities ?? []).length > 0,
  };
}

const RUNNING = Status.WORKFLOW_EXECUTION_STATUS_RUNNING;
