/** Fault 2. `npm run faults:long -- 10` is the same for ten minutes. */
import { expect, test } from 'vitest';
import { chance } from '../support/seeded.ts';
import { restartsUnderLoad } from './random-restarts.ts';
import { longRunMinutes } from './long-run.ts';

const here = chance();
const minutes = longRunMinutes();
const things = 500;

test(
  `fault 2: workers are killed at random under load: all ${things} things finish, nothing is lost or double (seed ${here.seed})`,
  { timeout: 240_000 + 3 * minutes * 60_000 },
  async () => {
    const { finished, killed } = await restartsUnderLoad({ chance: here, things, minutes });
    expect(finished).toBeGreaterThanOrEqual(things);
    expect(killed).toBeGreaterThan(2);
    console.log(`${finished} things finished, ${killed} workers killed`);
  },
);
