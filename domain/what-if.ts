/**
 * What would be: the deadlines, warnings and card of an open thing if a day, a policy or the calendar were
 * another, beside those that stand (domain.md 10, 2). Decided by the rules that the change itself would follow;
 * nothing is changed.
 */
import type { Calendar } from './calendar.ts';
import { replan } from './common-commands.ts';
import {
  nameOf,
  ofPeriod,
  periodOf,
  type Deadline,
  type DeadlineKind,
  type DeadlineName,
} from './deadline.ts';
import { fixed, type Due } from './due.ts';
import { armPeriod, isOwed, reportDue } from './indicator-task-deadlines.ts';
import type { IndicatorTask } from './indicator-task.ts';
import type { Circumstances } from './process.ts';
import { isRefusal, refuse, type Refusal } from './refusal.ts';
import { armReport } from './supervision-item-deadlines.ts';
import type { SupervisionItem } from './supervision-item.ts';
import type { Instant, LocalDate } from './time.ts';
import { higher, type Card, type WarningLevel, type WarningPolicy } from './warning-policy.ts';
import { armNext, cardShown, evolveFrame, type Watched } from './watching.ts';

export type Change = {
  /** Another day for one deadline. Where it is not watched, nothing moves. */
  readonly due?: { readonly deadline: DeadlineKind; readonly on: LocalDate };
  /** In place of the policy of the same name, or of whatever watches one sort of deadline. */
  readonly policy?: {
    readonly deadline?: Exclude<DeadlineName, 'progress'>;
    readonly policy: WarningPolicy;
  };
  readonly calendar?: Calendar;
};

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

export type Prospect = {
  readonly before: readonly Moment[];
  readonly after: readonly Moment[];
  readonly moves: readonly MomentMove[];
  readonly card: Card;
  /** What it would show at once. */
  readonly card_after: Card;
};

type Open = SupervisionItem | IndicatorTask;

/** @returns what would be, or `due_in_past`, `calendar_not_loaded`. */
export function whatIf(state: Open, change: Change, c: Circumstances): Prospect | Refusal {
  const then = { ...c, calendar: change.calendar ?? c.calendar };
  const replanned = underOtherRules(state, change, then);
  if (isRefusal(replanned)) return replanned;
  const moved = onOtherDay(replanned, change, then);
  if (isRefusal(moved)) return moved;
  const [before, after] = [momentsOf(state, c), momentsOf(moved, then)];
  if (isRefusal(before)) return before;
  if (isRefusal(after)) return after;
  return {
    before,
    after,
    moves: movesBetween(before, after),
    card: cardShown(givenBy(state, c.at)),
    card_after: cardShown(givenBy(moved, c.at)),
  };
}

export type Prospects<Thing> = {
  readonly checked: number;
  /** Of these something moves. */
  readonly moving: readonly (Prospect & { readonly thing: Thing })[];
  /** For these it cannot be computed: a year has no calendar. */
  readonly cannot: readonly { readonly thing: Thing; readonly refusal: Refusal }[];
};

/** The same for many. */
export function whatIfAll<Thing extends { readonly state: Open }>(
  things: readonly Thing[],
  change: Change,
  c: Circumstances,
): Prospects<Thing> {
  const moving: (Prospect & { readonly thing: Thing })[] = [];
  const cannot: { readonly thing: Thing; readonly refusal: Refusal }[] = [];
  for (const thing of things) {
    const prospect = whatIf(thing.state, change, c);
    if (isRefusal(prospect)) cannot.push({ thing, refusal: prospect });
    else if (prospect.moves.length > 0 || prospect.card !== prospect.card_after)
      moving.push({ thing, ...prospect });
  }
  return { checked: things.length, moving, cannot };
}

function underOtherRules<State extends Open>(
  state: State,
  { policy, calendar }: Change,
  then: Circumstances,
): State | Refusal {
  if (policy === undefined && calendar === undefined) return state;
  const events = replan(state, then, policy === undefined ? state.policies : replaced(state, policy));
  if (isRefusal(events)) return events;
  return events.reduce<State>((before, event) => {
    const after = evolveFrame(before, event);
    return event.type === 'replanned' ? { ...after, policies: event.policies ?? after.policies } : after;
  }, state);
}

function replaced(
  { policies }: Watched,
  { deadline, policy }: NonNullable<Change['policy']>,
): Watched['policies'] {
  const { progress, ...byTime } = policies;
  const changed = Object.fromEntries(
    Object.entries(byTime).map(([name, now]) => {
      const meant = deadline === undefined ? now.name === policy.name : name === deadline;
      return [name, meant ? policy : now];
    }),
  );
  return progress === undefined ? changed : { ...changed, progress };
}

function onOtherDay<State extends Open>(state: State, { due }: Change, then: Circumstances): State | Refusal {
  const deadline = state.deadlines.find(
    ({ kind, judgement }) => kind === due?.deadline && judgement === undefined,
  );
  if (due === undefined || deadline === undefined) return state;
  const end = fixed(due.on);
  if (end.due <= then.at)
    return refuse('due_in_past', `${due.on}已过，请改为今日或之后的日期。`, '/change/due/on');
  const arms = armedOn(state, deadline, end, then);
  if (isRefusal(arms)) return arms;
  // As an extension has it: no report is asked for at or after the end of its item.
  const outlived = (kind: DeadlineKind, at: Instant) =>
    deadline.kind === 'item' && kind === 'report' && at >= end.due;
  const clears = state.deadlines.filter((one) => outlived(one.kind, one.due)).map(({ kind }) => kind);
  return evolveFrame(state, { at: then.at, by: then.by, arms, clears });
}

/** A report of a period takes its checkpoint along; an item that has time again owes its report again. */
function armedOn(
  state: Open,
  deadline: Deadline,
  end: Due,
  then: Circumstances,
): readonly Deadline[] | Refusal {
  const { kind, chain, turn } = deadline;
  if ('periods' in state && nameOf(kind) === 'report') {
    const period = state.periods.find(({ id }) => id === periodOf(kind));
    if (period !== undefined) return armPeriod(state, period, end, then);
  }
  const armed = armNext(state, { kind, chain, ...end, ...(turn === undefined ? {} : { turn }) }, then);
  if (isRefusal(armed)) return armed;
  if ('periods' in state || kind !== 'item' || state.stage !== 'progress_reporting') return [armed];
  if (state.deadlines.some((one) => one.kind === 'report')) return [armed];
  const report = armReport(state, end.due, then);
  return isRefusal(report) ? report : [armed, ...report];
}

/** In their order; what was judged by progress comes by itself and has no day. */
function momentsOf(state: Open, when: Circumstances): readonly Moment[] | Refusal {
  const coming = 'periods' in state ? notYetWatched(state, when) : [];
  if (isRefusal(coming)) return coming;
  return [...state.deadlines, ...coming]
    .filter(({ judgement }) => judgement === undefined)
    .flatMap(({ kind, due, steps }): Moment[] => [
      { kind, what: 'due', repeat: 0, at: due },
      ...steps.map(({ level, repeat, at }) => ({ kind, what: level, repeat, at })),
    ])
    .toSorted((a, b) => a.at - b.at);
}

/** A task watches one or two of its periods at a time; the rest of its year is what it would watch. */
function notYetWatched(state: IndicatorTask, when: Circumstances): readonly Deadline[] | Refusal {
  if (state.stage !== 'assigned' && state.stage !== 'in_progress') return [];
  const watched = new Set(state.deadlines.map(({ kind }) => kind));
  const coming: Deadline[] = [];
  for (const period of state.periods) {
    if (!isOwed(period) || watched.has(ofPeriod('report', period.id))) continue;
    const end = reportDue(state, period, when);
    if (isRefusal(end)) return end;
    if (end.due <= when.at) continue;
    const armed = armPeriod(state, period, end, when);
    if (isRefusal(armed)) return armed;
    coming.push(...armed);
  }
  return coming;
}

function movesBetween(before: readonly Moment[], after: readonly Moment[]): readonly MomentMove[] {
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

/** A red card of a deadline that is armed too late for it comes at once. */
const givenBy = (state: Open, at: Instant): Open => ({
  ...state,
  deadlines: state.deadlines.map((deadline) =>
    deadline.steps
      .filter((step) => step.at <= at)
      .reduce((now, { level }) => ({ ...now, given: higher(now.given, level) }), deadline),
  ),
});
