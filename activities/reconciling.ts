/**
 * The reconciler: rows against processes, after one of the two databases was restored, or a crash came between
 * them. What can be put right is; nothing old is sent again unasked.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { beginningsOf, markBegun, neverBegun } from '../db/beginnings.ts';
import type { Fault } from '../db/cadence-runs.ts';
import type { Db } from '../db/client.ts';
import type { Clock } from '../db/clock.ts';
import type { Thing } from '../db/process-event.ts';
import { allSeen, forgetSeen, keepSeen, thingKey, type Footprint, type Seen } from '../db/process-seen.ts';
import { closeMended } from '../db/record-mended.ts';
import { openRows, rowOf, type OpenRow } from '../db/reconciling.ts';
import type { Findings, Surroundings } from './auditing.ts';
import { inLanes, type Oversight } from './oversight.ts';
import { reconcileRecipients } from './reconciling-recipients.ts';

/** A question may make a worker replay a process. */
const LANES = 6;
/** A look at where a history stands wakes nobody. */
const LOOKING_LANES = 20;
const KEPT_AT_ONCE = 200;
/**
 * A run begins at most so many that do not run any more [D]: as many as a report names. That more of them are
 * missing somebody should see before all are begun; where a whole database was lost, the runs after it go on.
 */
const MOST_BEGUN = 1_000;
const SETTLES_WITHIN_MS = 5_000;

/** Rows whose process nobody has begun yet. @returns how many were begun now. */
export async function beginLost(
  { db, clock, goOn }: Pick<Surroundings, 'db' | 'clock' | 'goOn'>,
  begin: Oversight['begin'],
): Promise<number> {
  let begun = 0;
  for (;;) {
    const lost = await neverBegun(db, await clock.now());
    if (lost.length === 0) return begun;
    await inLanes(LANES, lost, async (beginning) => {
      goOn();
      await begin(beginning);
    });
    await markBegun(db, lost);
    begun += lost.length;
  }
}

export async function reconcile(around: Surroundings): Promise<Findings> {
  const { db, clock, oversight } = around;
  const at = await clock.now();
  await db.transaction().execute((tx) => closeMended(tx, at));
  const begun = await beginLost(around, oversight.begin);
  const things = await reconcileThings(around);
  const recipients = await reconcileRecipients(around);
  const faults = [...things.faults, ...recipients.faults];
  return { faults, numbers: { begun, ...things.numbers, ...recipients.numbers } };
}

async function reconcileThings({ db, clock, oversight, goOn }: Surroundings): Promise<Findings> {
  const faults: Fault[] = [];
  // The processes first: a row that comes in between has one that is not in the list yet, and is asked for.
  const running = {
    supervision_item: await oversight.running('supervision_item'),
    indicator_task: await oversight.running('indicator_task'),
  };
  const rows = await openRows(db);
  const { changed, missing } = await lookAround({ db, oversight, goOn }, rows);
  const asked = changed.length;
  const agree: Seen[] = [];
  await inLanes(LANES, changed, async ({ row, footprint }) => {
    goOn();
    const version = await oversight.versionOf(row);
    if (version === null) missing.push(row);
    else if (version !== row.version) {
      const fault = await bringTogether(db, oversight, row);
      if (fault !== null) faults.push(fault);
    } else if (agree.push({ ...seenOf(row), ...footprint }) >= KEPT_AT_ONCE) {
      // Who takes this over after a crash goes on from here.
      await keepSeen(db, agree.splice(0));
    }
  });
  await keepSeen(db, agree);
  await inLanes(LANES, missing.slice(0, MOST_BEGUN), async (row) => {
    goOn();
    const fault = await beginAgain(db, clock, oversight, row);
    if (fault !== null) faults.push(fault);
  });
  for (const { number } of missing.slice(MOST_BEGUN))
    faults.push({ what: `${number}：流程不在运行，留待下一次启动`, mended: false });
  const known = new Set(rows.map(thingKey));
  for (const kind of ['supervision_item', 'indicator_task'] as const) {
    for (const id of running[kind]) {
      if (known.has(thingKey({ kind, id }))) continue;
      goOn();
      const fault = await withoutOpenRow(db, oversight, { kind, id });
      if (fault !== null) faults.push(fault);
    }
  }
  const processes = running.supervision_item.size + running.indicator_task.size;
  return { faults, numbers: { rows: rows.length, processes, asked } };
}

/** Which processes have to be asked, since they or their rows are not as they were when both agreed, and which do not run. */
async function lookAround(
  { db, oversight, goOn }: Pick<Surroundings, 'db' | 'oversight' | 'goOn'>,
  rows: readonly OpenRow[],
): Promise<{ changed: { row: OpenRow; footprint: Footprint }[]; missing: OpenRow[] }> {
  const seen = new Map(await allSeen(db));
  const changed: { row: OpenRow; footprint: Footprint }[] = [];
  const missing: OpenRow[] = [];
  await inLanes(LOOKING_LANES, rows, async (row) => {
    goOn();
    const before = seen.get(thingKey(row));
    seen.delete(thingKey(row));
    // Before the process is asked: what it does in between shows the next time.
    const footprint = await oversight.footprintOf(row);
    if (footprint === null) missing.push(row);
    else if (before === undefined || !isDeepStrictEqual(before, { ...footprint, ...seenOf(row) }))
      changed.push({ row, footprint });
  });
  await forgetSeen(db, [...seen.values()]);
  return { changed, missing };
}

const seenOf = ({ kind, id, version }: OpenRow) => ({ kind, id, version });

async function beginAgain(db: Db, clock: Clock, oversight: Oversight, thing: OpenRow): Promise<Fault | null> {
  // Ended meanwhile: its process ends right after its row says so.
  if ((await rowOf(db, thing))?.open !== true) return null;
  for (const beginning of await beginningsOf(db, await clock.now(), [thing]))
    await oversight.begin(beginning);
  const mended = (await oversight.versionOf(thing)) !== null;
  return { what: `${thing.number}：流程不在运行，已按数据表重新启动`, mended };
}

/** Row and process differ: a command may be on its way, else the process writes once more what it knows. */
async function bringTogether(db: Db, oversight: Oversight, thing: OpenRow): Promise<Fault | null> {
  await pause(500);
  const before = await versions(db, oversight, thing);
  if (before === null || before.row === before.process) return null;
  await oversight.reproject(thing);
  const what = `${thing.number}：数据表为第${before.row}版，流程为第${before.process}版`;
  for (const until = Date.now() + SETTLES_WITHIN_MS; Date.now() < until; await pause(100)) {
    const after = await versions(db, oversight, thing);
    if (after === null || after.row === after.process) return { what: `${what}，已重新写入`, mended: true };
  }
  return { what, mended: false };
}

async function versions(
  db: Db,
  oversight: Oversight,
  thing: Thing,
): Promise<{ readonly row: number; readonly process: number } | null> {
  const process = await oversight.versionOf(thing);
  const row = await rowOf(db, thing);
  return row === null || process === null ? null : { row: row.version, process };
}

async function withoutOpenRow(db: Db, oversight: Oversight, thing: Thing): Promise<Fault | null> {
  if ((await oversight.versionOf(thing)) === null) return null;
  const row = await rowOf(db, thing);
  if (row === null) return { what: `流程 ${thingKey(thing)} 没有对应的记录`, mended: false };
  // Listed since the rows were read, or on the way to its end.
  return row.open ? null : bringTogether(db, oversight, row);
}
