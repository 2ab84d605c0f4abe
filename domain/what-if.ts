/**
 * What would be: the deadlines, warnings and card of an open thing if a day, a policy or the calendar were
 * another, beside those that stand (domain.md 10, 2). Decided by the rules that the change itself would follow;
 * nothing is changed.
 */
import type { Calendar } from './calendar.ts';
import { replan } from './common-commands.ts';
import { nameOf, periodOf, type Deadline, type DeadlineKind, type DeadlineName } from './deadline.ts';
import { fixed, type Due } from './due.ts';
import { armPeriod, checkpointOutlived } from './indicator-task-deadlines.ts';
import type { IndicatorTask } from './indicator-task.ts';
import { expectedCards, momentsOf, movesBetween, type Moment, type MomentMove } from './moves.ts';
import { notYetWatched } from './not-yet-watched.ts';
import { withPolicy } from './policy-change.ts';
import type { Circumstances } from './process.ts';
import type { ProgressPolicy } from './progress-policy.ts';
import { isRefusal, refuse, type Refusal } from './refusal.ts';
import { armReport } from './supervision-item-deadlines.ts';
import type { SupervisionItem } from './supervision-item.ts';
import type { Instant, LocalDate } from './time.ts';
import { higher, type Card, type WarningPolicy } from './warning-policy.ts';
import { armNext, cardShown, evolveFrame, type Watched } from './watching.ts';

export type Change = {
  /** Another day for one deadline. Where nothing asks for it (any more), nothing moves. */
  readonly due?: { readonly deadline: DeadlineKind; readonly on: LocalDate };
  /** In place of the policy of the same name, or of whatever watches one sort of deadline. */
  readonly policy?: {
    readonly deadline?: Exclude<DeadlineName, 'progress'>;
    readonly policy: WarningPolicy;
  };
  /** In place of the policy by progress of the same name. */
  readonly progress?: ProgressPolicy;
  readonly calendar?: Calendar;
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
  const [before, after] = [momentsToCome(state, change, c), momentsToCome(moved, change, then)];
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
  { policy, progress, calendar }: Change,
  then: Circumstances,
): State | Refusal {
  if (policy === undefined && progress === undefined && calendar === undefined) return state;
  const byTime = policy === undefined ? state.policies : replaced(state, policy);
  const policies =
    progress === undefined ? byTime : withPolicy(byTime, { sort: 'progress', policy: progress });
  const events = replan(state, then, policies);
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
  return deadline === undefined || policies[deadline] === undefined
    ? withPolicy(policies, { sort: 'warning', policy })
    : { ...policies, [deadline]: policy };
}

function onOtherDay<State extends Open>(
  before: State,
  { due }: Change,
  then: Circumstances,
): State | Refusal {
  if (due === undefined) return before;
  const state = watching(before, due.deadline, then);
  if (isRefusal(state)) return state;
  const deadline = state.deadlines.find(
    ({ kind, judgement }) => kind === due.deadline && judgement === undefined,
  );
  if (deadline === undefined) return state;
  const end = fixed(due.on);
  if (end.due <= then.at)
    return refuse('due_in_past', `${due.on}已过，请改为今日或之后的日期。`, '/change/due/on');
  const arms = armedOn(state, deadline, end, then);
  if (isRefusal(arms)) return arms;
  // As an extension has it: no report is asked for at or after the end of its item.
  const outlived = (kind: DeadlineKind, at: Instant) =>
    deadline.kind === 'item' && kind === 'report' && at >= end.due;
  const clears = state.deadlines.filter((one) => outlived(one.kind, one.due)).map(({ kind }) => kind);
  const period = nameOf(deadline.kind) === 'report' ? periodOf(deadline.kind) : null;
  const checkpoint = period === null ? [] : checkpointOutlived(state, period, arms);
  return evolveFrame(state, { at: then.at, by: then.by, arms, clears: [...clears, ...checkpoint] });
}

/** With the period of this deadline as it would be watched, where it is not yet. */
function watching<State extends Open>(
  state: State,
  deadline: DeadlineKind,
  then: Circumstances,
): State | Refusal {
  if (!('periods' in state) || state.deadlines.some(({ kind }) => kind === deadline)) return state;
  const coming = notYetWatched(state, then);
  if (isRefusal(coming)) return coming;
  const arms = coming.filter(({ kind }) => periodOf(kind) === periodOf(deadline));
  return evolveFrame<State>(state, { at: then.at, by: then.by, arms });
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

/** With the cards by progress only where it is their policy that changes: they are a guess, the rest is not. */
function momentsToCome(state: Open, { progress }: Change, when: Circumstances): readonly Moment[] | Refusal {
  const coming = 'periods' in state ? notYetWatched(state, when) : [];
  if (isRefusal(coming)) return coming;
  const moments = momentsOf([...state.deadlines, ...coming]);
  return progress === undefined
    ? moments
    : [...moments, ...expectedCards(state)].toSorted((a, b) => a.at - b.at);
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
