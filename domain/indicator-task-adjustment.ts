/** An adjustment of the target or of one report's day: asked for by the unit, decided by the city leader in charge. */
import { ofPeriod } from './deadline.ts';
import { compareDecimals } from './decimal.ts';
import { dayEnd, deadlineDate, instantOn, officeTime, type Instant, type LocalDate } from './time.ts';
import { fixed } from './due.ts';
import {
  armAhead,
  armPeriod,
  checkpointOutlived,
  isOwed,
  periodIn,
  reportDue,
  yearEnd,
} from './indicator-task-deadlines.ts';
import type { Adjustment, Event, Given, In, IndicatorFacts, Life, Target } from './indicator-task-events.ts';
import { replaced, unknownPeriod, withoutDeadlines } from './indicator-task-reports.ts';
import { periodName } from './period.ts';
import { notBeyondTarget } from './plan-curve.ts';
import { samePerson, type Circumstances, type EventFrame } from './process.ts';
import { isRefusal, refuse, type Refusal } from './refusal.ts';

type ReportDate = Extract<Adjustment, { kind: 'report_date' }>;
type NewTarget = Extract<Adjustment, { kind: 'target' }>;

/**
 * @returns the request, or `adjustment_pending`, and for a report's day `period_unknown`, `nothing_changed`,
 * `adjustment_too_late`, `due_not_later`, `due_beyond_year`, for a target `nothing_changed`,
 * `target_not_beyond_baseline`, `plan_invalid`.
 */
export function requestAdjustment(
  state: In<'in_progress'>,
  { adjustment, reason }: Given<'request_adjustment'>,
  c: Circumstances,
): readonly Event[] | Refusal {
  if (state.adjustment !== null) return refuse('adjustment_pending', '已有调整申请待审批。');
  const fault =
    adjustment.kind === 'target' ? faultOfTarget(state, adjustment) : faultOfDate(state, adjustment, c);
  return fault ?? [{ type: 'adjustment_requested', at: c.at, by: c.by, adjustment, reason }];
}

/**
 * @returns the decision, or `no_adjustment_pending`, `same_person`, and where too much has happened since it
 * was asked for `nothing_changed`, `due_in_past`, `due_not_later`, `plan_invalid`.
 */
export function decideAdjustment(
  state: In<'in_progress'>,
  { granted, reason }: Given<'decide_adjustment'>,
  c: Circumstances,
): readonly Event[] | Refusal {
  const { at, by } = c;
  if (state.adjustment === null) return refuse('no_adjustment_pending', '没有待审批的调整申请。');
  if (samePerson(state.adjustment.by, by)) return refuse('same_person', '调整不能由申请人自己审批。');
  if (!granted) return [{ type: 'adjustment_rejected', at, by, reason }];
  const { adjustment } = state.adjustment;
  const event = { type: 'adjustment_granted', at, by, adjustment, reason } as const;
  if (adjustment.kind === 'target') {
    const decided = c.unmended === true ? adjustment : withItsPlan(state, adjustment);
    return (
      faultOfTarget(state, adjustment) ?? [
        { ...event, adjustment: decided, was_target: state.target, was_due: null },
      ]
    );
  }
  const moved = moveReport(state, adjustment, c);
  return isRefusal(moved) ? moved : [{ ...event, was_target: null, ...moved }];
}

/** an individual target exceeds last year's value in its direction. */
export function isBeyondBaseline(
  { kind, baseline }: Pick<IndicatorFacts, 'kind' | 'baseline'>,
  target: Target,
) {
  if (kind === 'common' || baseline === null) return true;
  const difference = compareDecimals(target.value, baseline);
  return target.direction === 'higher_better' ? difference > 0 : difference < 0;
}

function faultOfTarget(state: Life, { value, planned = {} }: NewTarget): Refusal | null {
  const target = { ...state.target, value };
  if (!isBeyondBaseline(state.facts, target))
    return refuse(
      'target_not_beyond_baseline',
      `目标值须优于上年基数${state.facts.baseline ?? ''}。`,
      '/adjustment/value',
    );
  const last = state.periods.at(-1)?.id;
  for (const id of Object.keys(planned)) {
    const pointer = `/adjustment/planned/${id}`;
    const period = periodIn(state as In<'in_progress'>, id);
    if (period === undefined) return { ...unknownPeriod(id), pointer };
    if (period.accepted !== null)
      return refuse('plan_invalid', `${periodName(id)}已认定，其计划值不能再改。`, pointer);
    if (id === last && planned[id] !== value)
      return refuse('plan_invalid', `${periodName(id)}的计划值须等于目标值${value}。`, pointer);
  }
  const same = value === state.target.value && Object.keys(planned).length === 0;
  return same ? refuse('nothing_changed', '目标值没有变化。', '/adjustment/value') : null;
}

/** A target that is lowered takes the plan of open periods along: who has reached all of it is not behind. */
function withItsPlan({ facts, target, periods }: Life, adjustment: NewTarget): NewTarget {
  const { value, planned = {} } = adjustment;
  const way = { start_value: facts.start_value, target: { ...target, value } };
  const capped = periods.slice(0, -1).flatMap(({ id, accepted, planned: stands }) => {
    const asked = planned[id] ?? stands;
    const within = notBeyondTarget(way, asked);
    return accepted !== null || within === asked ? [] : [[id, within] as const];
  });
  return capped.length === 0
    ? adjustment
    : { ...adjustment, planned: { ...planned, ...Object.fromEntries(capped) } };
}

function faultOfDate(state: In<'in_progress'>, { period: id, due_on }: ReportDate, c: Circumstances) {
  const period = periodIn(state, id);
  if (period === undefined) return { ...unknownPeriod(id), pointer: '/adjustment/period' };
  if (!isOwed(period))
    return refuse('nothing_changed', `${periodName(id)}已填报，无须调整期限。`, '/adjustment/period');
  const stands = reportDue(state, period, c);
  if (isRefusal(stands)) return stands;
  const cutoff = instantOn(deadlineDate(stands.due), state.rules.adjustment_cutoff);
  if (c.at > cutoff || c.at >= stands.due)
    return refuse('adjustment_too_late', `调整申请须在${officeTime(cutoff)}前提出，现已逾时；请尽快填报。`);
  return faultOfNewDay(state.facts, due_on, stands.due);
}

function faultOfNewDay(facts: IndicatorFacts, due_on: LocalDate, stands: number): Refusal | null {
  const pointer = '/adjustment/due_on';
  if (dayEnd(due_on) <= stands) return refuse('due_not_later', `新期限须晚于现期限。`, pointer);
  return dayEnd(due_on) > yearEnd(facts).due
    ? refuse('due_beyond_year', `新期限不得超出${facts.year}年度。`, pointer)
    : null;
}

function moveReport(
  state: In<'in_progress'>,
  { period: id, due_on }: ReportDate,
  c: Circumstances,
): (Pick<EventFrame, 'clears' | 'arms'> & { readonly was_due: Instant }) | Refusal {
  const period = periodIn(state, id);
  if (period === undefined) return unknownPeriod(id);
  if (!isOwed(period)) return refuse('nothing_changed', `${periodName(id)}已填报，只能驳回。`);
  const end = fixed(due_on);
  if (end.due <= c.at) return refuse('due_in_past', `申请的新期限${due_on}已过，只能驳回。`);
  const stands = reportDue(state, period, c);
  if (isRefusal(stands)) return stands;
  const fault = faultOfNewDay(state.facts, due_on, stands.due);
  if (fault !== null) return fault;
  const armed = armPeriod(state, period, end, c);
  if (isRefusal(armed)) return armed;
  const moved = { ...period, due: end.due, due_basis: end.basis };
  const rest = withoutDeadlines(state, [ofPeriod('report', id), ofPeriod('progress', id)]);
  const after = {
    ...rest,
    deadlines: [...rest.deadlines, ...armed],
    periods: replaced(state.periods, moved),
  };
  // The periods after it would otherwise wait until this one has been filed or has passed.
  const ahead = armAhead(after, c);
  if (isRefusal(ahead)) return ahead;
  const clears = c.unmended === true ? [] : checkpointOutlived(state, id, armed);
  return { was_due: stands.due, ...(clears.length === 0 ? {} : { clears }), arms: [...armed, ...ahead] };
}
