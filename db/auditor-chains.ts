/**
 * Whether what was written still stands as it was written (domain.md 10.4). A run looks at all that came since
 * the one before, and at a slice of the rest: after some days everything has been looked at again. What it fixes
 * in its report is compared by the next one, so that a chain which was written anew as a whole is found as well;
 * and whoever keeps a report can compare it themselves (docs/operations.md).
 */
import { setTimeout as pause } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Anchor } from '../domain/auditor.ts';
import { DAY, officeTime, type Instant } from '../domain/time.ts';
import { brokenLines, lastLine, lineHash } from './audit.ts';
import type { Db } from './client.ts';
import { lastSeq, newTransaction } from './event-feed.ts';
import { chainBegins, chainHash, type Thing } from './process-event.ts';
import { namesOfThings } from './things.ts';

/** Numbers from the first to the second, which is included. */
export type Stretch = { readonly after: number; readonly upTo: number };

/** So many of what was looked at before are looked at again in one run [D]. */
const SLICE = 20_000;
const AT_ONCE = 1_000;
/** More of them have one cause. */
const MOST_NAMED = 100;

export async function checkChains(
  db: Db,
  { at, goOn }: { readonly at: Instant; readonly goOn: () => void },
): Promise<{
  readonly faults: readonly string[];
  readonly anchor: Anchor | null;
  readonly numbers: Readonly<Record<string, number>>;
}> {
  const before = await lastAnchor(db);
  const [events, lines] = [await lastSeq(db), await lastLine(db)];
  const looked = {
    events: stretches(before?.anchor.events.seq ?? 0, events, at),
    lines: stretches(Number(before?.anchor.audit_log?.id ?? 0), Number(lines?.id ?? 0), at),
  };
  const faults = before === null ? [] : await anchorFaults(db, before);
  for (const stretch of looked.events) faults.push(...(await brokenEvents(db, stretch, goOn)));
  for (const stretch of looked.lines)
    for (const id of await brokenLines(db, stretch, goOn)) faults.push(`审计日志第${id}行与其哈希链不符`);
  const settled = await isSettled(db, goOn);
  return {
    faults: faults.slice(0, MOST_NAMED),
    anchor: settled ? { events: await endsUpTo(db, events), audit_log: lines } : null,
    numbers: { events_checked: lengthOf(looked.events), log_checked: lengthOf(looked.lines) },
  };
}

const lengthOf = (all: readonly Stretch[]) => all.reduce((sum, { after, upTo }) => sum + upTo - after, 0);

/** What came since, and the slice of this day. */
function stretches(checked: number, last: number, at: Instant): readonly Stretch[] {
  const slices = Math.ceil(checked / SLICE);
  const fresh = { after: checked, upTo: last };
  if (slices === 0) return [fresh];
  const after = (Math.floor(at / DAY) % slices) * SLICE;
  return [fresh, { after, upTo: Math.min(after + SLICE, checked) }];
}

type Row = Thing & {
  readonly seq: string;
  readonly version: number;
  readonly at: Instant;
  readonly type: string;
  readonly body: { readonly at?: unknown; readonly type?: unknown };
  readonly prev_hash: string;
  readonly hash: string;
  /** Of the event before it; null when there is none. */
  readonly follows: string | null;
};

/** One sentence for each event that is not what was written, or does not follow the one before it. */
export async function brokenEvents(
  db: Db,
  { after, upTo }: Stretch,
  goOn: () => void = () => undefined,
): Promise<readonly string[]> {
  const broken: Row[] = [];
  for (let seen = after; ;) {
    goOn();
    const { rows } = await sql<Row>`
      select event.seq, event.thing_kind as kind, event.thing_id as id, event.version, event.at, event.type,
             event.body, event.prev_hash, event.hash, before.hash as follows
        from process_event event
        left join process_event before
          on before.thing_kind = event.thing_kind and before.thing_id = event.thing_id
         and before.version = event.version - 1
       where event.seq > ${seen} and event.seq <= ${upTo}
       order by event.seq
       limit ${AT_ONCE}`.execute(db);
    broken.push(...rows.filter((row) => !stands(row)));
    if (rows.length < AT_ONCE || broken.length > MOST_NAMED) break;
    seen = Number(rows.at(-1)?.seq);
  }
  const ids = [...new Set(broken.map(({ id }) => id))];
  const names = await namesOfThings(db, ids);
  return broken.map(
    ({ kind, id, version }) =>
      `${names.get(id)?.number ?? `${kind}/${id}`}：第${version}号事件与其哈希链不符`,
  );
}

/** The columns beside the body are for looking up: what is hashed is the body. */
const stands = (row: Row): boolean =>
  row.prev_hash === (row.version === 1 ? chainBegins : row.follows) &&
  row.hash === chainHash(row.prev_hash, row, row.version, row.body) &&
  row.type === row.body.type &&
  row.at === row.body.at;

async function endsUpTo(db: Db, seq: number): Promise<Anchor['events']> {
  const { rows } = await sql<{ things: number; digest: string }>`
    select count(*)::int as things,
           encode(sha256(convert_to(coalesce(string_agg(ends, E'\n' order by ends collate "C"), ''), 'UTF8')), 'hex')
             as digest
      from (select distinct on (thing_kind, thing_id)
                   thing_kind || '/' || thing_id || '/' || version || ' ' || hash as ends
              from process_event
             where seq <= ${seq}
             order by thing_kind, thing_id, version desc) chains`.execute(db);
  return { seq, things: rows[0]?.things ?? 0, digest: rows[0]?.digest ?? '' };
}

type Kept = { readonly anchor: Anchor; readonly made_at: Instant };

async function lastAnchor(db: Db): Promise<Kept | null> {
  const { rows } = await sql<Kept>`
    select anchor, made_at from audit_report where anchor is not null
     order by made_at desc, run_id desc limit 1`.execute(db);
  return rows[0] ?? null;
}

async function anchorFaults(db: Db, { anchor, made_at }: Kept): Promise<string[]> {
  const { events, audit_log } = anchor;
  const faults: string[] = [];
  if ((await endsUpTo(db, events.seq)).digest !== events.digest)
    faults.push(
      `${officeTime(made_at)}的报告记下了前${events.seq}号事件的摘要，现在的与之不符：其中有被改动或删除的`,
    );
  if (audit_log !== null && (await lineHash(db, audit_log.id)) !== audit_log.hash)
    faults.push(
      `${officeTime(made_at)}的报告记下了审计日志第${audit_log.id}行，现在的与之不符：有被改动或删除的`,
    );
  return faults;
}

/**
 * Numbers of events are taken before a transaction commits: a lower one than the last may still become visible.
 * @returns whether all who were writing a moment ago have ended. Nothing is fixed while one goes on and on.
 */
async function isSettled(db: Db, goOn: () => void): Promise<boolean> {
  const transaction = await newTransaction(db);
  for (const until = Date.now() + SETTLES_WITHIN_MS; Date.now() < until; await pause(100)) {
    goOn();
    const { rows } = await sql<{ oldest: string }>`
      select pg_snapshot_xmin(pg_current_snapshot())::text as oldest`.execute(db);
    if (BigInt(rows[0]?.oldest ?? 0) > transaction) return true;
  }
  return false;
}

const SETTLES_WITHIN_MS = 30_000;
