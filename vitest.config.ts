import { defineConfig } from 'vitest/config';
import { zoneSettings } from './test/zones.ts';

// Each file in a zone of its own (fault 21), which is set before it is read: processes, for threads have none.
// A process takes one file after the other: what all of them import is read and compiled once.
const shared = {
  pool: 'forks',
  isolate: false,
  maxConcurrency: 3,
  restoreMocks: true,
  setupFiles: 'test/in-a-zone.ts',
  env: zoneSettings(),
} as const;

const rooms = (...names: string[]) => names.map((name) => `test/${name}/**/*.test.ts`);

/* oxlint-disable-next-line import/no-default-export -- the only way that Vitest reads its settings */
export default defineConfig({
  test: {
    // On two cores: one of them mostly waits for something to end or to be restarted.
    maxWorkers: 3,
    projects: [
      // Rules and parts that need nothing: milliseconds each.
      {
        test: {
          ...shared,
          name: 'pure',
          include: [...rooms('domain', 'sms', 'sample', 'activities', 'simulate'), 'test/*.test.ts'],
        },
      },
      // Starts and kills stacks of its own.
      {
        test: {
          ...shared,
          name: 'embedded',
          include: rooms('embedded'),
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      // The README's commands on a clone of its own; the first time it may have to build Temporal's server.
      {
        test: {
          ...shared,
          name: 'fresh',
          include: rooms('fresh-start'),
          testTimeout: 180_000,
          hookTimeout: 1_200_000,
        },
      },
      // On one real PostgreSQL and one real Temporal server, started once for all of them.
      {
        test: {
          ...shared,
          name: 'system',
          include: rooms('api', 'db', 'workflows', 'smoke', 'faults'),
          globalSetup: 'test/global-setup.ts',
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
