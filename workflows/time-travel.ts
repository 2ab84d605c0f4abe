/**
 * Moves the clock of one process forward, on a server that allows it (demonstration and tests only;
 * spec: temporal, "Time travel on the real server"). Its timers fire on the way in their order.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { optionalTsToMs } from '@temporalio/common/lib/time.js';
import proto, { type temporal } from '@temporalio/proto';
import { instant, later, type Instant } from '../domain/time.ts';

const { FastForwardPollingResult: Result } = proto.temporal.api.enums.v1;

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
  while (reached.now < goal) {
    const left = goal - reached.now;
    if (left < WAITED_FOR_MS) return pause(left);
    if ((await skip(client, workflowId, left)) === 'at a timer')
      await fired(client, workflowId, reached.events);
    reached = await readingOf(client, workflowId);
  }
  const tooFar = reached.now - goal;
  if (tooFar > performance.now() - began + 1_000) throw new Error(`${workflowId} went ${tooFar} ms too far`);
}

/** The next skip would pass over a timer that is due and has not fired. */
async function fired(client: Client, workflowId: string, eventsBefore: number): Promise<void> {
  // The options were updated, the time was skipped; the timer is the next.
  for (const until = performance.now() + 2_000; performance.now() < until; await pause(5)) {
    if ((await readingOf(client, workflowId)).events > eventsBefore + 2) return;
  }
}

/** Goes to the next timer, or as far as this when none is due before. */
async function skip(
  client: Client,
  workflowId: string,
  ms: number,
): Promise<'at the goal' | 'at a timer' | 'in a new run'> {
  const { workflowService, options } = client;
  const namespace = options.namespace;
  const workflowExecution = { workflowId, runId: '' };
  const fastForwardId = randomUUID();
  const seconds = Math.floor(ms / 1000);
  await workflowService.updateWorkflowExecutionOptions({
    namespace,
    workflowExecution,
    workflowExecutionOptions: {
      timeSkippingConfig: {
        enabled: true,
        maxSessionSkipCount: 1,
        fastForwardConfig: {
          id: fastForwardId,
          duration: { seconds: seconds as never, nanos: Math.round((ms - seconds * 1000) * 1e6) },
        },
      },
    },
    updateMask: { paths: ['time_skipping_config'] },
    identity: 'time-travel',
  });
  for (;;) {
    const poll = await workflowService.pollWorkflowExecutionTimeSkipping({
      namespace,
      workflowExecution,
      fastForwardId,
    });
    // gRPC's JSON form names the value, the binary form numbers it.
    const result = poll.fastForwardPollingResult as unknown;
    if (isResult(result, Result.FAST_FORWARD_POLLING_RESULT_FAST_FORWARD_COMPLETED)) return 'at the goal';
    if (isResult(result, Result.FAST_FORWARD_POLLING_RESULT_FAST_FORWARD_FAILED)) {
      if (poll.failedReason?.startsWith(STOPPED_AT_A_TIMER) === true) return 'at a timer';
      if (poll.failedReason?.startsWith(OF_ANOTHER_RUN) === true) return 'in a new run';
      throw new Error(`time did not move: ${poll.failedReason ?? 'no reason given'}`);
    }
  }
}

const STOPPED_AT_A_TIMER = 'time skipping was disabled';
const OF_ANOTHER_RUN = 'the requested fast_forward_id does not match';

/** The time on one workflow's own clock. */
export const timeOf = async (client: Client, workflowId: string): Promise<Instant> =>
  (await readingOf(client, workflowId)).now;

async function readingOf(client: Client, workflowId: string): Promise<{ now: Instant; events: number }> {
  const { workflowExtendedInfo, workflowExecutionInfo } =
    await client.workflowService.describeWorkflowExecution({
      namespace: client.options.namespace,
      execution: { workflowId },
    });
  const skipped = workflowExtendedInfo?.timeSkippingInfo?.currentTime;
  return {
    now: instant(optionalTsToMs(skipped) ?? Date.now()),
    events: Number(workflowExecutionInfo?.historyLength ?? 0),
  };
}

const isResult = (answered: unknown, wanted: temporal.api.enums.v1.FastForwardPollingResult): boolean =>
  answered === wanted || answered === Result[wanted];
