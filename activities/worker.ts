/** The Temporal workers of one process: one lives the workflows and writes rows, one sends SMS. */
import { Worker, type NativeConnection, type WorkerOptions } from '@temporalio/worker';
import type { Cadences } from './cadences.ts';
import type { ListRelease } from './list-release.ts';
import type { Messages } from './messages.ts';
import type { Projections } from './projections.ts';
import type { Sms } from './sms.ts';

export type WorkersOptions = {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly taskQueues: { readonly processes: string; readonly sms: string };
  /** A bundle made beforehand, or the path from which to make one. */
  readonly workflows: Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath' | 'bundlerOptions'>;
  readonly activities: Projections & Messages & ListRelease & Cadences;
  readonly sms: Sms;
  /** Of the whole system: the server divides it among all workers of the queue. */
  readonly smsPerSecond: number;
};

export const processesSettings = {
  /** Kept at hand, 0.2 MB each; the others are read from their history when something happens to them [D]. */
  maxCachedWorkflows: 2_500,
  /** A process that waits for its rows, or for a recipient to be told, holds a task: others go on meanwhile. */
  maxConcurrentWorkflowTaskExecutions: 200,
  maxConcurrentLocalActivityExecutions: 200,
} as const;

export type Workers = { readonly run: () => Promise<void>; readonly shutdown: () => void };

export async function createWorkers(options: WorkersOptions): Promise<Workers> {
  const { connection, namespace, taskQueues } = options;
  const processes = await Worker.create({
    connection,
    namespace,
    taskQueue: taskQueues.processes,
    ...options.workflows,
    activities: options.activities,
    ...processesSettings,
    shutdownGraceTime: '10s',
  });
  const sms = await Worker.create({
    connection,
    namespace,
    taskQueue: taskQueues.sms,
    activities: options.sms,
    maxTaskQueueActivitiesPerSecond: options.smsPerSecond,
    maxConcurrentActivityTaskExecutions: 20,
    shutdownGraceTime: '25s',
  });
  return {
    run: async () => {
      await Promise.all([processes.run(), sms.run()]);
    },
    shutdown: () => {
      for (const worker of [processes, sms]) if (worker.getState() === 'RUNNING') worker.shutdown();
    },
  };
}
