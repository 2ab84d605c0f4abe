/**
 * 清单下达: starts the task of every indicator of a released list that has none yet, batch by batch. It can be
 * paused between two batches and goes on after any crash where the tables say that it is; indicators that come
 * during the year are released the same way.
 */
import {
  allHandlersFinished,
  condition,
  continueAsNew,
  defineSignal,
  defineUpdate,
  patched,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { ListRelease } from '../activities/list-release.ts';
import type { Actor } from '../domain/process.ts';

export type Input = { readonly year: number; readonly by: Actor; readonly paused?: boolean };

export const pauseRelease = defineUpdate<void>('pause');
export const resumeRelease = defineUpdate<void>('resume');
/** There is something to release: told to a run that is about to end, it makes the run look once more. */
export const lookSignal = defineSignal('look');

const { releaseBatch, tellWeights, end, setStage } = proxyActivities<ListRelease>({
  startToCloseTimeout: '5m',
  // A worker that died is noticed, and another one goes on: what is done is not done again.
  heartbeatTimeout: '20s',
  // Whatever is in the way, it is written down and started in the end.
  retry: { initialInterval: '500ms', maximumInterval: '30s' },
});

/** Releases that began before this wrote two stages at once. */
const ONE_AT_A_TIME = 'one stage is written at a time';

/** A year's list of a province is some hundred batches. */
const BATCHES_PER_RUN = 200;

export async function listRelease({ year, by, paused: before = false }: Input): Promise<void> {
  let paused = before;
  let ended = false;
  let writing = false;
  const turn = async (to: boolean) => {
    if (ended) return;
    const waits = writing && patched(ONE_AT_A_TIME);
    if (paused === to && !waits) return;
    paused = to;
    while (waits && writing) await condition(() => !writing);
    writing = true;
    try {
      // Whatever has been asked for meanwhile: people read what the release does.
      await setStage(year, paused ? 'paused' : 'releasing');
    } finally {
      writing = false;
    }
  };
  let more = false;
  setHandler(lookSignal, () => {
    more = true;
  });
  setHandler(pauseRelease, () => turn(true));
  setHandler(resumeRelease, () => turn(false));
  for (let batches = 0; ; batches += 1) {
    await condition(() => !paused);
    if (batches >= BATCHES_PER_RUN || workflowInfo().continueAsNewSuggested) {
      // Who has paused or resumed it is answered by this run: the next one knows nothing of them.
      await condition(allHandlersFinished);
      return continueAsNew<typeof listRelease>({ year, by, paused });
    }
    more = false;
    const { left } = await releaseBatch(year, by);
    if (left > 0 || paused) continue;
    await tellWeights(year);
    if (paused || !(await end(year)) || more) continue;
    ended = true;
    // Whoever asked for a pause just then is answered before it is over.
    await condition(allHandlersFinished);
    return;
  }
}
