/** One run of a cadence: begun by a schedule, or by a person for a day of their choice. */
import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Cadences } from '../activities/cadences.ts';
import type { CadenceName } from '../domain/cadence.ts';
import type { LocalDate } from '../domain/time.ts';

export type Input = {
  readonly name: CadenceName;
  /** Null: the day it is. */
  readonly date: LocalDate | null;
};

const { runCadence } = proxyActivities<Cadences>({
  startToCloseTimeout: '1h',
  // A worker that died is noticed, and the same run begins anew: whatever it does, it does once.
  heartbeatTimeout: '1m',
  retry: { initialInterval: '5s', maximumInterval: '10m', maximumAttempts: 12 },
});

export async function cadence({ name, date }: Input): Promise<void> {
  await runCadence({ run_id: workflowInfo().firstExecutionRunId, name, date });
}
