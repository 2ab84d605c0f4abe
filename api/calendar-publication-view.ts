/** How a proposed or published notice is shown: which days it changes and which items it moves. */
import { Type, type Static } from 'typebox';
import { publishedDays } from '../db/calendar.ts';
import type { ItemMove, Proposal } from '../db/calendar-proposals.ts';
import type { Db } from '../db/client.ts';
import type { PublishedDay } from '../domain/calendar-proposal.ts';
import type { DeadlineKind } from '../domain/deadline.ts';
import type { Actor } from '../domain/process.ts';
import { rfc3339, yearOf, type Instant } from '../domain/time.ts';
import type { SignedIn } from '../db/sessions.ts';
import { CalendarDay } from './calendar.ts';
import { movesUnder } from './calendar-applying.ts';
import { closed, named, nullable, oneOf, Timestamp, Uuid, Version, whole } from './schemas.ts';

const summary = {
  id: Uuid,
  year: whole(1, 9999),
  source: Type.String(),
  stage: oneOf(['proposed', 'applying', 'applied']),
  calendar_version: nullable(whole(1, 2_147_483_647)),
  proposed_by: Uuid,
  proposed_at: Timestamp,
  applied_by: nullable(Uuid),
  applied_at: nullable(Timestamp),
  total: whole(0, 2_147_483_647, { description: '须告知新日历的在办事项数' }),
  done: whole(0, 2_147_483_647, { description: '已告知的事项数' }),
  version: Version,
  allowed_commands: Type.Array(oneOf(['apply'])),
};

export const PublicationSummary = named('CalendarPublicationSummary', closed(summary));

/** A deadline's name, with its period where a process has one for each. */
const KindOfDeadline = Type.Unsafe<DeadlineKind>(
  Type.String({ pattern: '^[a-z_]+(/[0-9Q-]+)?$', description: '期限类型，如 item、report/2026-03' }),
);

const Move = closed({
  id: Uuid,
  number: Type.String(),
  title: Type.String(),
  old_due_at: nullable(Timestamp),
  new_due_at: nullable(Timestamp),
  old_next_at: nullable(Timestamp),
  new_next_at: nullable(Timestamp),
  deadlines: Type.Array(closed({ kind: KindOfDeadline, old_due_at: Timestamp, new_due_at: Timestamp })),
});

export const Publication = named(
  'CalendarPublication',
  closed({
    ...summary,
    changes: Type.Array(CalendarDay, { description: '与现行日历不同的日期；发布后为空' }),
    moved: whole(0, 2_147_483_647, { description: '期限或下一次预警会移动的事项数' }),
    moves: Type.Array(Move, { description: '按编号排列；过多时只列前面一部分' }),
    cannot_move: Type.Array(
      closed({ id: Uuid, number: Type.String(), title: Type.String(), detail: Type.String() }),
    ),
  }),
);

/** A page that anybody reads to the end. `moved` counts all. */
const SHOWN_MOVES = 1_000;

/** Grows with everything that happens to a proposal. */
export const revisionOf = ({ state, done }: Proposal): number =>
  state === 'proposed' ? 1 : done + (state === 'applying' ? 2 : 3);

export function summaryOf(proposal: Proposal, viewer: SignedIn): Static<typeof PublicationSummary> {
  const { id, year, source, state, version, proposed_by, proposed_at, applied_by, applied_at, total, done } =
    proposal;
  const mayApply = state === 'applying' || (state === 'proposed' && proposed_by !== viewer.account_id);
  return {
    id,
    year,
    source,
    stage: state,
    calendar_version: version,
    proposed_by,
    proposed_at: rfc3339(proposed_at),
    applied_by,
    applied_at: timeOrNull(applied_at),
    total,
    done,
    version: revisionOf(proposal),
    allowed_commands: mayApply ? ['apply'] : [],
  };
}

export async function viewOf(
  db: Db,
  proposal: Proposal,
  { viewer, by, at }: { readonly viewer: SignedIn; readonly by: Actor; readonly at: Instant },
): Promise<Static<typeof Publication>> {
  // Until somebody applies it, what moves depends on what is open at the moment.
  const moves = proposal.moves ?? (await movesUnder(db, proposal, { by, at }));
  const moving = moves.filter((move) => !('cannot' in move));
  return {
    ...summaryOf(proposal, viewer),
    changes: proposal.state === 'proposed' ? await changesOf(db, proposal.days) : [],
    moved: moving.length,
    moves: moving.slice(0, SHOWN_MOVES).flatMap(moveView),
    cannot_move: moves.flatMap((move) =>
      'cannot' in move ? [{ id: move.id, number: move.number, title: move.title, detail: move.cannot }] : [],
    ),
  };
}

async function changesOf(db: Db, days: readonly PublishedDay[]): Promise<Static<typeof CalendarDay>[]> {
  const years = new Set(days.map(({ date }) => yearOf(date)));
  const now = new Map<string, boolean>();
  for (const year of years)
    for (const { date, working } of await publishedDays(db, year)) now.set(date, working);
  return days
    .filter(({ date, working }) => now.get(date) !== working)
    .toSorted((a, b) => (a.date < b.date ? -1 : 1))
    .map(({ date, working, name }) => (name === null ? { date, working } : { date, working, name }));
}

const moveView = (move: ItemMove): Static<typeof Move>[] =>
  'cannot' in move
    ? []
    : [
        {
          id: move.id,
          number: move.number,
          title: move.title,
          old_due_at: timeOrNull(move.old_due),
          new_due_at: timeOrNull(move.new_due),
          old_next_at: timeOrNull(move.old_next),
          new_next_at: timeOrNull(move.new_next),
          deadlines: move.deadlines.map(({ kind, old_due, new_due }) => ({
            kind,
            old_due_at: rfc3339(old_due),
            new_due_at: rfc3339(new_due),
          })),
        },
      ];

const timeOrNull = (at: Instant | null): string | null => (at === null ? null : rfc3339(at));
