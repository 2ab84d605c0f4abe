/** How a proposed or published notice is shown: which days it changes and which items it moves. */
import { Type, type Static } from 'typebox';
import { daysInForce } from '../db/calendar.ts';
import type { Proposal } from '../db/calendar-proposals.ts';
import type { Db } from '../db/client.ts';
import type { SignedIn } from '../db/sessions.ts';
import type { Actor } from '../domain/process.ts';
import { yearOf, type Instant } from '../domain/time.ts';
import { daysUnder, movesUnder } from './calendar-applying.ts';
import { CalendarDay } from './calendar.ts';
import { moveFields, movesView, progressFields, progressOf } from './replan-view.ts';
import { closed, named, nullable, oneOf, whole } from './schemas.ts';

const summary = {
  ...progressFields,
  year: whole(1, 9999),
  region: oneOf(['national', 'local']),
  source: Type.String(),
  calendar_version: nullable(whole(1, 2_147_483_647)),
};

export const PublicationSummary = named('CalendarPublicationSummary', closed(summary));

export const Publication = named(
  'CalendarPublication',
  closed({
    ...summary,
    changes: Type.Array(CalendarDay, { description: '与现行日历不同的日期；发布后为空' }),
    ...moveFields,
  }),
);

export function summaryOf(proposal: Proposal, viewer: SignedIn): Static<typeof PublicationSummary> {
  const { year, region, source, version } = proposal;
  return {
    ...progressOf(proposal, proposal.proposed_by !== viewer.account_id),
    year,
    region: region === 'local' ? 'local' : 'national',
    source,
    calendar_version: version,
  };
}

export async function viewOf(
  db: Db,
  proposal: Proposal,
  { viewer, by, at }: { readonly viewer: SignedIn; readonly by: Actor; readonly at: Instant },
): Promise<Static<typeof Publication>> {
  // Until somebody applies it, what moves depends on what is open at the moment.
  const moves = proposal.moves ?? (await movesUnder(db, proposal, { by, at }));
  return {
    ...summaryOf(proposal, viewer),
    changes: proposal.state === 'proposed' ? await changesOf(db, proposal) : [],
    ...movesView(moves, 'all'),
  };
}

async function changesOf(db: Db, proposal: Proposal): Promise<Static<typeof CalendarDay>[]> {
  const days = await daysUnder(db, proposal);
  const years = new Set(days.map(({ date }) => yearOf(date)));
  const now = new Map<string, boolean>();
  for (const year of years)
    for (const { date, working } of await daysInForce(db, year)) now.set(date, working);
  return days
    .filter(({ date, working }) => now.get(date) !== working)
    .toSorted((a, b) => (a.date < b.date ? -1 : 1))
    .map(({ date, working, name }) => (name === null ? { date, working } : { date, working, name }));
}
