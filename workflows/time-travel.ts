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
 * far (server 1.32): so the last of the way is waited for.
 */
const WAITED_FOR_MS = 2_000;

export async function fastForward(client: Client, workflowId: string, ms: number): Promise<void> {
  if (ms <= 0) return;
  const began = performance.now();
  let reached = await readingOf(client, workflowId);
  const goal = later(reached.now, ms);
  while (reached.now < goal && reached.running) {
    const left = goal - reached.now;
    if (left < WAITED_FOR_MS) return pause(left);
    const { events } = reached;
    reached = await skip(client, workflowId, left);
    if (reached.now < goal - WAITED_FOR_MS) reached = await fired(client, workflowId, events);
  }
  const tooFar = reached.now - goal;
  if (tooFar > performance.now() - began + 1_000) throw new Error(`${workflowId} went ${tooFar} ms too far`);
}

/** Stopped at a timer: the next skip would pass over it as long as it has not fired. */
async function fired(client: Client, workflowId: string, eventsBefore: number): Promise<Reading> {
  for (const until = performance.now() + 1_000; ; await pause(5)) {
    const reading = await readingOf(client, workflowId);
    // The options were updated, the time was skipped; the timer is the next. Fewer are those of a new run.
    const fresh = reading.events - eventsBefore;
    if (fresh > 2 || fresh < 0 || performance.now() > until) return reading;
  }
}

/** Goes to the next timer, or as far as this when none is due before. @returns where it has come to. */
async function skip(client: Client, workflowId: string, ms: number): Promise<Reading> {
  const seconds = Math.floor(ms / 1000);
  await client.workflowService.updateWorkflowExecutionOptions({
    namespace: client.options.namespace,
    workflowExecution: { workflowId },
    workflowExecutionOptions: {
      timeSkippingConfig: {
        enabled: true,
        maxSessionSkipCount: 1,
        fastForwardConfig: {
          id: randomUUID(),
          duration: { seconds: seconds as never, nanos: Math.round((ms - seconds * 1000) * 1e6) },
        },
      },
    },
    updateMask: { paths: ['time_skipping_config'] },
    identity: 'time-travel',
  });
  // The server's own long poll does not hear of a skip that ends at a timer.
  for (const until = performance.now() + SKIPS_WITHIN_MS; ; await pause(5)) {
    const reading = await readingOf(client, workflowId);
    if (!reading.skipping || !reading.running) return reading;
    if (performance.now() > until) throw new Error(`${workflowId}: time did not move, it is at work`);
  }
}

/** Longer than an activity may run: as long as one does, no time is skipped. */
const SKIPS_WITHIN_MS = 30_000;

/** The time on one workflow's own clock. */
export const timeOf = async (client: Client, workflowId: string): Promise<Instant> =>
  (await readingOf(client, workflowId)).now;

type Reading = {
  readonly now: Instant;
  readonly events: number;
  readonly skipping: boolean;
  readonly running: boolean;
};

async function readingOf(client: Client, workflowId: string): Promise<Reading> {
  const { workflowExtendedInfo, workflowExecutionInfo } =
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
  };
}

const RUNNING = Status.WORKFLOW_EXECUTION_STATUS_RUNNING;
