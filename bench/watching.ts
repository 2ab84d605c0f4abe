/**
 * A run of the auditor and two of the reconciler over everything that is open: how long, and how many questions.
 * The second finds nearly all as the first has left it, as every night's does.
 */
import type { Findings, Surroundings } from '../activities/auditing.ts';
import { audit } from '../activities/auditing.ts';
import { reconcile } from '../activities/reconciling.ts';
import type { Oversight } from '../activities/oversight.ts';
import { connect } from '../db/client.ts';
import { createClock } from '../db/clock.ts';
import { createOversight } from '../workflows/oversight.ts';
import type { Ground } from './ground.ts';
import { taskQueues } from './workers.ts';

export type Watched = {
  readonly seconds: number;
  readonly queries: number;
  /** At Temporal's server: lists, and where single histories stand. */
  readonly looks: number;
  /** To processes, which a worker may have to replay. */
  readonly asked: number;
};

export type WatchedAll = Readonly<Record<'auditor' | 'reconciler' | 'reconciler again', Watched>>;

export async function watched(ground: Ground): Promise<WatchedAll> {
  return {
    auditor: await timed(ground, audit),
    reconciler: await timed(ground, reconcile),
    'reconciler again': await timed(ground, reconcile),
  };
}

async function timed(ground: Ground, run: (around: Surroundings) => Promise<Findings>): Promise<Watched> {
  let queries = 0;
  let looks = 0;
  let asked = 0;
  const url = ground.databaseUrl;
  const plain = connect({ url, onError: () => undefined });
  const db = plain.withPlugin({
    transformQuery: ({ node }) => {
      queries += 1;
      return node;
    },
    transformResult: async ({ result }) => result,
  });
  const { client, processes } = ground;
  const oversight = createOversight({ client, processes, taskQueues, timeTravel: false });
  const counted: Oversight = {
    ...oversight,
    running: (kind) => ((looks += 1), oversight.running(kind)),
    footprintOf: (thing) => ((looks += 1), oversight.footprintOf(thing)),
    versionOf: (thing) => ((asked += 1), oversight.versionOf(thing)),
    recipientOf: (person) => ((asked += 1), oversight.recipientOf(person)),
  };
  const clock = createClock({ db: plain, timeTravel: false });
  const from = performance.now();
  const { faults } = await run({ db, clock, oversight: counted, goOn: () => undefined });
  const seconds = (performance.now() - from) / 1000;
  await plain.destroy();
  if (faults.length > 0)
    throw new Error(
      faults
        .slice(0, 5)
        .map(({ what }) => what)
        .join('; '),
    );
  return { seconds, queries, looks, asked };
}
