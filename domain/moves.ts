/** What a new calendar or another policy moves of an open process: its days, and its warnings that move, come or go. */
import type { Calendar } from './calendar.ts';
import { periodOf, type Deadline, type DeadlineKind, type Policies } from './deadline.ts';
import { judged } from './indicator-task-reports.ts';
import type { IndicatorTask } from './indicator-task.ts';
import { notYetWatched } from './not-yet-watched.ts';
import { acceptedBy } from './plan-curve.ts';
import type { Circumstances, EventFrame, Process } from './process.ts';
import { isRefusal, type Refusal } from './refusal.ts';
import type { SupervisionItem } from './supervision-item.ts';
import type { Instant } from './time.ts';
import type { WarningLevel } from './warning-policy.ts';

/** What is still to come: a warning, or the end of the deadline itself. */
export type Moment = {
  readonly kind: DeadlineKind;
  readonly what: WarningLevel | 'due';
  /** 0 for the first of its level, 1 and on for the repeats of the red card. */
  readonly repeat: number;
  readonly at: Instant;
};

export type MomentMove = Omit<Moment, 'at'> & {
  /** Null: there was none. */
  readonly from: Instant | null;
  /** Null: there would be none. */
  readonly to: Instant | null;
};

/** How one open process moves. */
export type Move = {
  readonly deadlines: readonly {
    readonly kind: DeadlineKind;
    readonly old_due: Instant;
    readonly new_due: Instant;
  }[];
  /** Without the ends of the deadlines. */
  readonly warnings: readonly MomentMove[];
  readonly old_due: Instant | null;
  readonly new_due: Instant | null;
  readonly old_next: Instant | null;
  readonly new_next: Instant | null;
};

type Open = SupervisionItem | IndicatorTask;

export type Prospective<State> = {
  readonly state: State;
  /** What holds now, and what would hold. */
  readonly now: Calendar;
  readonly coming: Circumstances;
  readonly policies: Policies;
};

/**
 * Null when nothing about the process changes. What it watches is decided by the very rule that it will follow
 * itself; what it does not watch yet it will arm by what holds then.
 */
export function moveOf<State extends Open, Command, Event extends EventFrame>(
  { replan, evolve, next }: Pick<Process<State, Command, Event>, 'replan' | 'evolve' | 'next'>,
  { state, now, coming, policies }: Prospective<State>,
  dueOf: (state: State) => Instant | null,
): Move | null | Refusal {
  const events = replan(state, coming, policies);
  if (isRefusal(events)) return events;
  const after = events.reduce(evolve, state);
  const watchedLater = unwatched(after, coming);
  if (isRefusal(watchedLater)) return watchedLater;
  const before = unwatched(state, { ...coming, calendar: now });
  // Of a year whose days nobody has published yet nothing stands that could move.
  const unwatchedMoves = movesBetween(momentsOf(isRefusal(before) ? [] : before), momentsOf(watchedLater));
  if (events.length === 0 && unwatchedMoves.length === 0) return null;
  const deadlines = after.deadlines.flatMap(({ kind, due, version }) => {
    const before = state.deadlines.find((deadline) => deadline.kind === kind);
    return before === undefined || before.version === version
      ? []
      : [{ kind, old_due: before.due, new_due: due }];
  });
  const all = (of: State) => [...momentsOf(of.deadlines), ...expectedCards(of)];
  const dueMoves = unwatchedMoves.flatMap(({ kind, what, from, to }) =>
    what !== 'due' || from === null || to === null ? [] : [{ kind, old_due: from, new_due: to }],
  );
  return {
    deadlines: [...deadlines, ...dueMoves],
    warnings: [...movesBetween(all(state), all(after)), ...unwatchedMoves].filter(
      ({ what }) => what !== 'due',
    ),
    old_due: dueOf(state),
    new_due: dueOf(after),
    old_next: next(state)?.at ?? null,
    new_next: next(after)?.at ?? null,
  };
}

const unwatched = (state: Open, c: Circumstances): readonly Deadline[] | Refusal =>
  'periods' in state ? notYetWatched(state, c) : [];

/** In their order; what was judged by progress has come already and has no day. */
export const momentsOf = (deadlines: readonly Deadline[]): readonly Moment[] =>
  deadlines
    .filter(({ judgement }) => judgement === undefined)
    .flatMap(({ kind, due, steps }): Moment[] => [
      { kind, what: 'due', repeat: 0, at: due },
      ...steps.map(({ level, repeat, at }) => ({ kind, what: level, repeat, at })),
    ])
    .toSorted((a, b) => a.at - b.at);

/** The cards that the checkpoints which are watched would give if nothing more were accepted by then. */
export function expectedCards(state: Open): readonly Moment[] {
  if (!('periods' in state)) return [];
  return state.deadlines.flatMap(({ kind, due, turn }): Moment[] => {
    const period = state.periods.find(({ id }) => id === periodOf(kind));
    if (turn !== 'checkpoint' || period === undefined) return [];
    const accepted = acceptedBy(state.periods, period.id, state.facts.start_value);
    const { level } = judged(state, period, accepted);
    return level === 'none' ? [] : [{ kind, what: level, repeat: 0, at: due }];
  });
}

export function movesBetween(before: readonly Moment[], after: readonly Moment[]): readonly MomentMove[] {
  const moves = new Map<string, MomentMove>();
  const keyOf = ({ kind, what, repeat }: Moment) => `${kind} ${what} ${repeat}`;
  for (const moment of before) {
    const { at, ...rest } = moment;
    moves.set(keyOf(moment), { ...rest, from: at, to: null });
  }
  for (const moment of after) {
    const { at, ...rest } = moment;
    moves.set(keyOf(moment), { ...rest, from: moves.get(keyOf(moment))?.from ?? null, to: at });
  }
  return [...moves.values()].filter(({ from, to }) => from !== to);
}
