import { defineConfig } from 'vitest/config';

/** `npm run record-histories`: writes what `npm test` replays. */
/* oxlint-disable-next-line import/no-default-export -- the only way that Vitest reads its settings */
export default defineConfig({
  test: {
    pool: 'forks',
    include: ['test/histories/record-*.ts'],
    globalSetup: 'test/global-setup.ts',
    testTimeout: 300_000,
    hookTimeout: 120_000,
  },
});
