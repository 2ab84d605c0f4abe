/**
 * What moves open processes, seen before it is done: proposed, previewed, then applied and told to each of
 * them, with progress. A notice of holidays and a policy's new version differ in what is told and who applies.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { audit } from '../db/audit.ts';
import { calendarToTell } from '../db/calendar.ts';
import type { Tx } from '../db/client.ts';
import {
  beginReplanning,
  cannotFollow,
  finishReplanning,
  interruptedReplans,
  openProcesses,
  replanOf,
  replans,
  toldUpTo,
  type Concerned,
  type Replanning,
  type ReplanTable,
  type ThingMove,
} from '../db/replans.ts';
import type { Thing } from '../db/process-event.ts';
import type { Right } from '../domain/permissions.ts';
import type { Actor } from '../domain/process.ts';
import { instant, type Instant } from '../domain/time.ts';
import { actingUnder } from './acting.ts';
import { done } from './audited.ts';
import { viewerOf } from './authentication.ts';
import { checkIfMatch, setEtag } from './concurrency.ts';
import type { AppDeps } from './deps.ts';
import type { LongWork } from './long-work.ts';
import { turnPage, pageQuery } from './paging.ts';
import { notFound } from './problem.ts';

export type ReplanDeps = Pick<AppDeps, 'db' | 'clock' | 'processes'>;

export type Applying = { readonly account_id: string; readonly by: Actor; readonly at: Instant };

/** What one sort of replan has of its own. */
export type ReplanSort<Row extends Replanning> = {
  readonly table: ReplanTable;
  /** What the audit log and the processes' command ids call it. */
  readonly subject: string;
  readonly command: string;
  readonly right: Right;
  /** Whose processes are told, and of which policy. */
  readonly policyOf: (row: Row) => Promise<Concerned>;
  /**
   * Makes it hold, under whatever checks it has, and tells what it moves; `detail` goes into the audit log.
   * @throws ApiProblem; then nothing is stored.
   */
  readonly begin: (
    tx: Tx,
    row: Row,
    applying: Applying,
  ) => Promise<{ readonly moves: readonly ThingMove[]; readonly detail: Readonly<Record<string, unknown>> }>;
};

/** Grows with everything that happens to one. */
export const revisionOf = ({ state, done: told }: Pick<Replanning, 'state' | 'done'>): number =>
  state === 'proposed' ? 1 : told + (state === 'applying' ? 2 : 3);

/** Goes on with what a crash interrupted, behind everything else. */
export async function resumeReplans<Row extends Replanning>(
  deps: ReplanDeps,
  sort: ReplanSort<Row>,
  patiently: LongWork,
): Promise<void> {
  for (const { id, ...person } of await interruptedReplans(deps.db, sort.table)) {
    const by: Actor = { kind: 'person', ...person, role: 'assessment_admin' };
    tell(deps, sort, patiently, id, by).catch(() => undefined);
  }
}

/** One page, the newest first. */
export async function pageOfReplans<Row extends Replanning, Shown>(
  { db }: ReplanDeps,
  { table }: ReplanSort<Row>,
  request: FastifyRequest<{ Querystring: { limit?: number | undefined; cursor?: string | undefined } }>,
  reply: FastifyReply,
  shown: (row: Row) => Shown,
): Promise<{ items: Shown[]; next_cursor: string | null }> {
  const page = pageQuery(request.query, 2);
  const [at = '', id = ''] = page.after ?? [];
  const before = page.after === null ? undefined : { proposed_at: instant(Number(at)), id };
  const rows = await replans<Row>(db, table, { limit: page.limit + 1, before });
  const turned = turnPage(request, reply, page, rows, (row) => [String(row.proposed_at), row.id]);
  return { ...turned, items: turned.items.map(shown) };
}

/** Whoever repeats it goes on where it was interrupted; a process that is told twice moves once. */
export async function applyReplan<Row extends Replanning>(
  deps: ReplanDeps,
  sort: ReplanSort<Row>,
  patiently: LongWork,
  request: FastifyRequest,
  id: string,
): Promise<Row> {
  const { db, clock } = deps;
  const viewer = viewerOf(request);
  const by = actingUnder(viewer, sort.right);
  const at = await clock.now();
  const state = await db.transaction().execute(async (tx) => {
    const row = await replanOf<Row>(tx, sort.table, id, 'lock');
    if (row === null) throw notFound();
    checkIfMatch(request, revisionOf(row));
    if (row.state !== 'proposed') return row.state;
    const { moves, detail } = await sort.begin(tx, row, { account_id: viewer.account_id, by, at });
    const concerned = await sort.policyOf(row);
    await beginReplanning(tx, sort.table, id, { by: viewer.account_id, at, moves, concerned });
    const moved = moves.filter((move) => !('cannot' in move)).length;
    await audit(tx, done(request, `${sort.subject}/${id}`, { ...detail, moved }));
    return 'applying' as const;
  });
  if (state === 'applying') await tell(deps, sort, patiently, id, by);
  const now = await replanOf<Row>(db, sort.table, id);
  if (now === null) throw notFound();
  return now;
}

export async function foundReplan<Row extends Replanning>(
  { db }: ReplanDeps,
  { table }: ReplanSort<Row>,
  id: string,
): Promise<Row> {
  const row = await replanOf<Row>(db, table, id);
  if (row === null) throw notFound();
  return row;
}

/** Shows one, with its ETag. */
export async function showReplan<Row extends Replanning, View>(
  { clock }: ReplanDeps,
  { right }: ReplanSort<Row>,
  reply: FastifyReply,
  row: Row,
  view: (
    row: Row,
    seen: { readonly viewer: ReturnType<typeof viewerOf>; readonly by: Actor; readonly at: Instant },
  ) => Promise<View>,
): Promise<View> {
  const viewer = viewerOf(reply.request);
  setEtag(reply, revisionOf(row));
  return view(row, { viewer, by: actingUnder(viewer, right), at: await clock.now() });
}

const tell = <Row extends Replanning>(
  deps: ReplanDeps,
  sort: ReplanSort<Row>,
  patiently: LongWork,
  id: string,
  by: Actor,
) => patiently(`${sort.subject}/${id}`, (isStopping) => tellProcesses(deps, sort, id, by, isStopping));

/** So many processes are told at once: workers have other things to do. */
const AT_ONCE = 8;
/** Who has frozen an older policy is asked of every state that is left: not for each eight anew. */
const LOOKED_UP_AT_ONCE = 400;

async function tellProcesses<Row extends Replanning>(
  deps: ReplanDeps,
  sort: ReplanSort<Row>,
  id: string,
  by: Actor,
  isStopping: () => boolean,
): Promise<void> {
  const { db, clock, processes } = deps;
  const row = await foundReplan(deps, sort, id);
  const policy = await sort.policyOf(row);
  const calendar = await calendarToTell(db, await clock.now());
  const asked = policy === null ? { calendar } : { calendar, policy };
  let after = row.told_up_to;
  let waiting: readonly Thing[] = [];
  while (!isStopping()) {
    if (waiting.length === 0) waiting = await openProcesses(db, after, LOOKED_UP_AT_ONCE, policy);
    const things = waiting.slice(0, AT_ONCE);
    const last = things.at(-1);
    if (last === undefined) {
      await finishReplanning(db, sort.table, id);
      return;
    }
    const answers = await Promise.all(
      things.map((thing) => processes.replan(thing, asked, by, `${sort.command}-${id}-${thing.id}`)),
    );
    // It keeps its deadlines, which is shown, and holds nobody else up.
    for (const [index, { id: thing }] of things.entries()) {
      const refusal = answers[index];
      if (refusal) await cannotFollow(db, sort.table, id, { thing, detail: refusal.detail });
    }
    await toldUpTo(db, sort.table, id, { up_to: last.id, count: things.length });
    after = last.id;
    waiting = waiting.slice(AT_ONCE);
  }
}
