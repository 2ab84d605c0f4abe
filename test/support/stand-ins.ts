/** What a test that has no use for them gives the API: it says so when it is used all the same. */
import type { AppDeps, EvidenceDeps, Processes } from '../../api/deps.ts';

const unused = (what: string) => () => Promise.reject(new Error(`this test brought no ${what}`));

export const noProcesses: Processes = {
  createSupervisionItem: unused('processes'),
  replan: unused('processes'),
  command: unused('processes'),
  runCadence: unused('processes'),
  releaseList: unused('processes'),
  turnRelease: unused('processes'),
  seen: unused('processes'),
  release: unused('processes'),
  receiptCame: unused('processes'),
  catchUp: () => void unused('processes')(),
  handOver: () => void unused('processes')(),
};

export const noEvidence: EvidenceDeps = {
  store: {
    receive: unused('evidence store'),
    read: unused('evidence store'),
    free: () => Promise.resolve(null),
  },
  uploadMaxBytes: 1024 * 1024,
  unitQuotaBytes: 1024 * 1024 * 1024,
};

export const noStory: NonNullable<AppDeps['story']> = {
  travelTo: unused('story'),
  travelAlone: unused('story'),
  beginAt: unused('story'),
};

export const noEngine: AppDeps['engine'] = { historyOf: unused('engine'), uiUrlOf: () => null };
