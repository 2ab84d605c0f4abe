/** What a list's release says of itself while it is paused and resumed, on the real server. */
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { aList, give, isAtRest, processOf, released, releaseOf } from '../support/annual-list.ts';
import { beginStory, eventually, type StoryOptions, type World } from '../support/world.ts';

const SLOW_MS = 400;
/** As many as a run of the release does, then it goes on as a new one. */
const BATCHES_PER_RUN = 200;

/** A release with ever more to do, whose writing of one of its stages takes its time. */
function endless(slow: 'paused' | 'releasing') {
  const seen = { batches: 0, goesOn: true };
  const written = Promise.withResolvers<void>();
  const last = Promise.withResolvers<void>();
  const around: NonNullable<StoryOptions['around']> = (activities) => {
    const { releaseBatch, setStage } = activities as unknown as Record<
      string,
      (...args: unknown[]) => Promise<unknown>
    >;
    if (releaseBatch === undefined || setStage === undefined) return activities;
    return {
      ...activities,
      releaseBatch: async (...args: unknown[]) => {
        if (!seen.goesOn) return releaseBatch(...args);
        seen.batches += 1;
        if (seen.batches === BATCHES_PER_RUN) await last.promise;
        return { left: 1 };
      },
      setStage: async (...args: unknown[]) => {
        if (args[1] === slow) {
          written.resolve();
          await pause(SLOW_MS);
        }
        return setStage(...args);
      },
    };
  };
  return { seen, around, slowWriteBegins: written.promise, endRun: () => last.resolve() };
}

test('a release that is paused and resumed at once does what the table says, every time', async () => {
  const release = endless('paused');
  const city = await beginStory({ at: '2026-01-12 10:00', around: release.around });
  const { admin } = await aList(city, 2);
  release.endRun();
  await give(admin, 'release');
  for (let round = 0; round < 5; round += 1) {
    await Promise.all([give(admin, 'pause-release'), give(admin, 'resume-release')]);
    const { stage } = await releaseOf(admin);
    if (stage === 'paused') await isAtRest(city);
    else await isAtWork(release.seen);
    // Asked once more, whatever has come of it, it resumes.
    expect(await give(admin, 'resume-release')).toMatchObject({ stage: 'releasing' });
    await isAtWork(release.seen);
  }
  release.seen.goesOn = false;
  expect(await released(admin)).toMatchObject({ done: 2 });
  await city.ends();
});

test(
  'a release that is resumed while its run comes to its end answers, and says so',
  { timeout: 60_000 },
  async () => {
    const release = endless('releasing');
    const city = await beginStory({ at: '2026-01-12 10:00', around: release.around });
    const { admin } = await aList(city, 2);
    await give(admin, 'release');
    await eventually(
      () => Promise.resolve(release.seen.batches === BATCHES_PER_RUN || null),
      'its run is about to end',
      40_000,
    );
    await give(admin, 'pause-release');
    const resumed = give(admin, 'resume-release');
    await release.slowWriteBegins;
    release.endRun();
    expect(await resumed).toMatchObject({ stage: 'releasing' });
    await isAtWork(release.seen);
    expect(await runsOf(city)).toBe(2);
    release.seen.goesOn = false;
    expect(await released(admin)).toMatchObject({ done: 2 });
    await city.ends();
  },
);

function isAtWork(seen: { readonly batches: number }) {
  const before = seen.batches;
  // One may have been under way.
  return eventually(() => Promise.resolve(seen.batches > before + 1 || null), 'it does more');
}

async function runsOf(city: World): Promise<number> {
  const { workflowId } = await processOf(city);
  const query = `WorkflowId = '${workflowId}'`;
  const { count } = await city.server.client.workflow.count(query);
  return count;
}
