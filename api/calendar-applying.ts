/** A notice becomes the calendar: stored first, then told to every process that is still running. */
import { loadCalendar, publish } from '../db/calendar.ts';
import {
  beginApplying,
  finishApplying,
  openProcesses,
  previewMoves,
  proposalOf,
  toldUpTo,
  type ItemMove,
  type Proposal,
} from '../db/calendar-proposals.ts';
import type { Db, Tx } from '../db/client.ts';
import { withDays } from '../domain/calendar-proposal.ts';
import type { Actor } from '../domain/process.ts';
import { localDateOf, yearOf, type Instant } from '../domain/time.ts';
import type { AppDeps } from './deps.ts';
import { ApiProblem } from './problem.ts';

/** What would move if the notice held now. */
export async function movesUnder(
  db: Db,
  { days, base_version }: Pick<Proposal, 'days' | 'base_version'>,
  { by, at }: { readonly by: Actor; readonly at: Instant },
): Promise<readonly ItemMove[]> {
  const calendar = withDays(await loadCalendar(db), days, base_version + 1);
  return previewMoves(db, { by, at, calendar });
}

/** @throws ApiProblem `same_person`, `preview_outdated`; then nothing is stored. */
export async function begin(
  tx: Tx,
  proposal: Proposal,
  { account_id, by, at }: { readonly account_id: string; readonly by: Actor; readonly at: Instant },
): Promise<{ readonly version: number; readonly moves: readonly ItemMove[] }> {
  if (proposal.proposed_by === account_id) {
    throw new ApiProblem('same_person', '放假通知须由申报人以外的另一人发布。');
  }
  const moves = await movesUnder(tx, proposal, { by, at });
  const note = `${proposal.year}年：${proposal.source}`;
  const version = await publish(tx, { at, accountId: account_id, note, days: proposal.days });
  // Asked after the lock that publishing takes: another notice may have come first.
  if (version !== proposal.base_version + 1) {
    throw new ApiProblem('preview_outdated', '申报之后日历已有新版本，预览不再准确；请重新申报。');
  }
  await beginApplying(tx, proposal.id, { by: account_id, at, version, moves });
  return { version, moves };
}

/** So many processes are told at once: workers have other things to do. */
const AT_ONCE = 8;

/** Goes on where an earlier attempt ended; a process that is told twice moves once. */
export async function tellProcesses(
  { db, clock, processes }: Pick<AppDeps, 'db' | 'clock' | 'processes'>,
  id: string,
  by: Actor,
  isStopping: () => boolean,
): Promise<void> {
  // The year before too: a deadline's count may have begun in December.
  const fromYear = yearOf(localDateOf(await clock.now())) - 1;
  const calendar = await loadCalendar(db, { fromYear });
  let after = (await proposalOf(db, id))?.told_up_to ?? null;
  while (!isStopping()) {
    const things = await openProcesses(db, after, AT_ONCE);
    const last = things.at(-1);
    if (last === undefined) {
      await finishApplying(db, id);
      return;
    }
    await Promise.all(
      things.map((thing) => processes.replan(thing, calendar, by, `calendar-${id}-${thing.id}`)),
    );
    await toldUpTo(db, id, last.id, things.length);
    after = last.id;
  }
}
