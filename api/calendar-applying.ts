/** A notice becomes the calendar: stored first, then told to every process that is still running. */
import { daysInForce, loadCalendar, publish, publishedDays } from '../db/calendar.ts';
import { becameVersion, type Proposal } from '../db/calendar-proposals.ts';
import type { Db, Tx } from '../db/client.ts';
import { previewMoves, type ThingMove } from '../db/replans.ts';
import { laidOver, withDays, type PublishedDay } from '../domain/calendar-proposal.ts';
import type { Actor } from '../domain/process.ts';
import { yearOf, type Instant } from '../domain/time.ts';
import { ApiProblem } from './problem.ts';
import type { ReplanSort } from './replans.ts';

/** The days that a notice decides, as they would hold here: local days lie over whatever the nation says of them. */
export async function daysUnder(
  db: Db | Tx,
  { region, year, days }: Pick<Proposal, 'region' | 'year' | 'days'>,
): Promise<readonly PublishedDay[]> {
  if (region === 'local') return laidOver(await publishedDays(db, year), days);
  const local: PublishedDay[] = [];
  for (const other of new Set(days.map(({ date }) => yearOf(date)))) {
    for (const { local: isLocal, ...day } of await daysInForce(db, other)) if (isLocal) local.push(day);
  }
  return laidOver(days, local);
}

/** What would move if the notice held now. */
export async function movesUnder(
  db: Db | Tx,
  proposal: Pick<Proposal, 'region' | 'year' | 'days' | 'base_version'>,
  { by, at }: { readonly by: Actor; readonly at: Instant },
): Promise<readonly ThingMove[]> {
  const days = await daysUnder(db, proposal);
  const calendar = withDays(await loadCalendar(db), days, proposal.base_version + 1);
  return previewMoves(db, { by, at, calendar });
}

export const calendarReplans: ReplanSort<Proposal> = {
  table: 'calendar_proposal',
  subject: 'calendar_publication',
  command: 'calendar',
  right: 'publish_calendar',
  policyOf: () => Promise.resolve(null),
  async begin(tx, proposal, { account_id, by, at }) {
    if (proposal.proposed_by === account_id) {
      throw new ApiProblem('same_person', '放假通知须由申报人以外的另一人发布。');
    }
    const { id, year, region, source, days } = proposal;
    const moves = await movesUnder(tx, proposal, { by, at });
    const version = await publish(tx, {
      at,
      accountId: account_id,
      note: `${year}年：${source}`,
      ...(region === 'local' ? { localOf: year } : {}),
      days,
    });
    // Asked after the lock that publishing takes: another notice may have come first.
    if (version !== proposal.base_version + 1) {
      throw new ApiProblem('preview_outdated', '申报之后日历已有新版本，预览不再准确；请重新申报。');
    }
    await becameVersion(tx, id, version);
    return { moves, detail: { version } };
  },
};
