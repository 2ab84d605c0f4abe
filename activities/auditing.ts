/**
 * The auditor: from the tables alone it computes what must have happened by now and compares. It nudges a
 * bounded number of processes and reports the rest; it never writes what a process should have written.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { checkChains } from '../db/auditor-chains.ts';
import { findFaults } from '../db/auditor.ts';
import { beginningsOf, markBegun } from '../db/beginnings.ts';
import type { Fault } from '../db/cadence-runs.ts';
import type { Db } from '../db/client.ts';
import { overdue, rowOf, type Overdue } from '../db/reconciling.ts';
import type { Clock } from '../db/clock.ts';
import type { Anchor } from '../domain/auditor.ts';
import { later, MINUTE, officeTime } from '../domain/time.ts';
import { inLanes, type Oversight } from './oversight.ts';

export type Findings = {
  readonly faults: readonly Fault[];
  readonly numbers: Readonly<Record<string, number>>;
  /** What a report fixes for whoever keeps it. */
  readonly anchor?: Anchor | null;
};

/** A run repairs at most so many [D]: more of them have one cause, and somebody should look. */
const MOST_REPAIRS = 50;
/** And names so many. */
const MOST_NAMED = 1_000;
/** So late a process may be. */
const GRACE = MINUTE;
const SETTLES_WITHIN_MS = 10_000;

export type Surroundings = {
  readonly db: Db;
  readonly clock: Clock;
  readonly oversight: Oversight;
  /** Throws when the worker is to end. */
  readonly goOn: () => void;
};

export async function audit({ db, clock, oversight, goOn }: Surroundings): Promise<Findings> {
  const at = await clock.now();
  const before = await findFaults(db, at);
  goOn();
  const late = await overdue(db, later(at, -GRACE), MOST_NAMED);
  const nudged = late.slice(0, MOST_REPAIRS);
  await inLanes(4, nudged, (one) => nudge(db, oversight, one));
  const acted = new Set<Overdue>();
  await inLanes(4, nudged, async (one) => {
    if (await moved(db, one, goOn)) acted.add(one);
  });
  const after = late.length === 0 ? before : await findFaults(db, at);
  const left = new Set(after);
  const chains = await checkChains(db, { at, goOn });
  return {
    faults: [
      // Nothing can be put right here: somebody has been at the tables.
      ...chains.faults.map((what) => ({ what, mended: false })),
      ...late.map((one) => ({ what: lateness(one), mended: acted.has(one) })),
      ...before.map((what) => ({ what, mended: !left.has(what) })),
      // Came up only when something had moved.
      ...after.filter((what) => !before.includes(what)).map((what) => ({ what, mended: false })),
    ],
    numbers: {
      faults: before.length,
      overdue: late.length,
      nudged: nudged.length,
      ...chains.numbers,
    },
    anchor: chains.anchor,
  };
}

const lateness = ({ number, next_at, next_what }: Overdue): string =>
  `${number}：应于${officeTime(next_at)}${next_what ?? '到点'}，流程没有动作`;

async function nudge(db: Db, oversight: Oversight, thing: Overdue): Promise<void> {
  if ((await oversight.versionOf(thing)) === null) {
    for (const beginning of await beginningsOf(db, thing.next_at, [thing])) await oversight.begin(beginning);
    await markBegun(db, [thing]);
  }
  await oversight.reproject(thing);
}

async function moved(db: Db, thing: Overdue, goOn: () => void): Promise<boolean> {
  for (const until = Date.now() + SETTLES_WITHIN_MS; Date.now() < until; await pause(100)) {
    goOn();
    const now = await rowOf(db, thing);
    if (now === null || !now.open || now.version !== thing.version) return true;
  }
  return false;
}
