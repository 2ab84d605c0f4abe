/** Plays histories again on the code as it is: whether it would do the same is what a worker that takes over relies on. */
import proto, { type temporal } from '@temporalio/proto';
import { Worker, type ReplayWorkerOptions } from '@temporalio/worker';

const { History } = proto.temporal.api.history.v1;

export type Remembered = { readonly workflowId: string; readonly history: temporal.api.history.v1.IHistory };

/** As it was written into a file. */
export const historyFrom = (json: object): temporal.api.history.v1.IHistory => History.fromObject(json);

/** @returns by its id, what each does differently; null where nothing. */
export async function replay(
  workflows: Pick<ReplayWorkerOptions, 'workflowBundle' | 'workflowsPath'>,
  remembered: readonly Remembered[],
): Promise<Map<string, string | null>> {
  const outcomes = new Map<string, string | null>();
  const histories = remembered.map(({ workflowId, history }) => ({ workflowId, history }));
  const results = Worker.runReplayHistories({ replayName: 'replay', ...workflows }, histories);
  for await (const { workflowId, error } of results) outcomes.set(workflowId, error?.message ?? null);
  return outcomes;
}
