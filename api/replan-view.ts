/** How a proposed or applied replan is shown, whatever its cause: its progress, and what it moves. */
import { Type, type Static } from 'typebox';
import type { Replanning, ThingMove } from '../db/replans.ts';
import type { DeadlineKind } from '../domain/deadline.ts';
import { rfc3339, type Instant } from '../domain/time.ts';
import { revisionOf } from './replans.ts';
import { closed, nullable, oneOf, Timestamp, Uuid, Version, whole } from './schemas.ts';

const count = (description: string) => whole(0, 2_147_483_647, { description });

export const progressFields = {
  id: Uuid,
  stage: oneOf(['proposed', 'applying', 'applied']),
  proposed_by: Uuid,
  proposed_at: Timestamp,
  applied_by: nullable(Uuid),
  applied_at: nullable(Timestamp),
  total: count('须告知的在办事项数'),
  done: count('已告知的事项数'),
  version: Version,
  allowed_commands: Type.Array(oneOf(['apply'])),
};

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
  warnings: Type.Array(
    closed({
      deadline: KindOfDeadline,
      what: oneOf(['bell', 'yellow_card', 'red_card']),
      repeat: whole(0, 366),
      old_at: nullable(Timestamp),
      new_at: nullable(Timestamp),
    }),
    { description: '移动的预警；old_at 为空的新增，new_at 为空的取消' },
  ),
});

export const moveFields = {
  moved: count('期限或预警会移动的事项数'),
  moves: Type.Array(Move, { description: '按编号排列；过多时只列前面一部分' }),
  cannot_move: Type.Array(
    closed({ id: Uuid, number: Type.String(), title: Type.String(), detail: Type.String() }),
  ),
};

/** A page that anybody reads to the end. `moved` counts all. */
const SHOWN_MOVES = 1_000;

export function progressOf(row: Replanning, mayApply: boolean) {
  const { id, state, proposed_by, proposed_at, applied_by, applied_at, total, done } = row;
  return {
    id,
    stage: state,
    proposed_by,
    proposed_at: rfc3339(proposed_at),
    applied_by,
    applied_at: timeOrNull(applied_at),
    total,
    done,
    version: revisionOf(row),
    allowed_commands: state === 'applying' || (state === 'proposed' && mayApply) ? ['apply' as const] : [],
  };
}

type Moving = Exclude<ThingMove, { readonly cannot: string }>;

/** Whether anybody would see a difference: a policy may be another and no day with it. */
const isSeen = (move: ThingMove): move is Moving =>
  !('cannot' in move) &&
  (move.deadlines.some(({ old_due, new_due }) => old_due !== new_due) || warningsOf(move).length > 0);

/** Those stored by 0.2.0 do not tell the warnings. */
const warningsOf = (move: Moving) => (move as Partial<Moving>).warnings ?? [];

export function movesView(moves: readonly ThingMove[], all?: 'all') {
  const moving = moves.filter(
    (move): move is Moving => !('cannot' in move) && (all === 'all' || isSeen(move)),
  );
  return {
    moved: moving.length,
    moves: moving.slice(0, SHOWN_MOVES).map(moveView),
    cannot_move: moves.flatMap((move) =>
      'cannot' in move ? [{ id: move.id, number: move.number, title: move.title, detail: move.cannot }] : [],
    ),
  };
}

const moveView = (move: Moving): Static<typeof Move> => ({
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
  warnings: warningsOf(move).flatMap(({ kind, what, repeat, from, to }) =>
    what === 'due'
      ? []
      : [{ deadline: kind, what, repeat, old_at: timeOrNull(from), new_at: timeOrNull(to) }],
  ),
});

const timeOrNull = (at: Instant | null): string | null => (at === null ? null : rfc3339(at));
