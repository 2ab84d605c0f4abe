/** The end of a task: asked for by its unit or brought by the year's, and judged by somebody who filed nothing. */
import type { Calendar } from './calendar.ts';
import { compareDecimals, decimal } from './decimal.ts';
import { afterRed, type Deadline } from './deadline.ts';
import {
  armAhead,
  armPeriod,
  armYearEnd,
  isJudged,
  isOwed,
  reportDue,
  yearEnd,
} from './indicator-task-deadlines.ts';
import type { Event, Given, In, IndicatorTask, Life } from './indicator-task-events.ts';
import { armReview, dueAgain, hasFiled, withoutDeadlines } from './indicator-task-reports.ts';
import { system, type Circumstances } from './process.ts';
import { isRefusal, refuse, type Refusal } from './refusal.ts';
import { deadlineDate, type Instant } from './time.ts';
import { afterWorkingDays } from './due.ts';
import { allArmed, armedOf, armNext, armWorkingDays } from './watching.ts';

export function requestClose(
  state: In<'in_progress'>,
  { result, evidence_ids = [] }: Given<'request_close'>,
  c: Circumstances,
): readonly Event[] | Refusal {
  const review = armWorkingDays(state, 'review', 'reviewing', state.rules.close_review_working_days, c);
  if (isRefusal(review)) return review;
  return [
    {
      type: 'close_requested',
      at: c.at,
      by: c.by,
      result,
      evidence_ids,
      ...leftOpen(state),
      clears: watchedNow(state),
      arms: [review],
    },
  ];
}

/** R-058, the zero. Its red card has been given at this very moment. */
export function endYear(
  state: IndicatorTask,
  { due }: Deadline,
  at: Instant,
  calendar: Calendar,
): readonly Event[] {
  const end = afterWorkingDays(calendar, deadlineDate(due), state.rules.close_review_working_days);
  // Creation has seen to it that the calendar covers what reaches beyond the year.
  const review = isRefusal(end)
    ? end
    : armNext(state, { kind: 'review', chain: 'reviewing', ...end }, { at: due, calendar });
  if (isRefusal(review)) throw new Error(review.detail);
  const clears = watchedNow(state);
  return [{ type: 'year_ended', at, by: system, as_of: due, ...leftOpen(state), clears, arms: [review] }];
}

/** @returns the assessment, or `same_person`, `completion_out_of_range`. */
export function approve(
  state: In<'under_review'>,
  { completion, reasons }: Given<'approve'>,
  c: Circumstances,
): readonly Event[] | Refusal {
  if (hasFiled(state, c.by)) return reviewsOwn;
  if (compareDecimals(completion, decimal('0')) < 0 || compareDecimals(completion, decimal('100')) > 0)
    return refuse('completion_out_of_range', '完成率须在0至100之间。', '/completion');
  const done = compareDecimals(completion, state.rules.completed_from) >= 0;
  return [
    {
      type: 'assessed',
      at: c.at,
      by: c.by,
      outcome: done ? 'completed' : 'not_completed',
      completion,
      reasons,
      on_time: state.request !== null,
      clears: allArmed(state),
    },
  ];
}

/** Everything that is owed is watched again; once the year is over nothing goes back, it is judged as it stands. */
export function returnTask(
  state: In<'under_review'>,
  { reasons }: Given<'return'>,
  c: Circumstances,
): readonly Event[] | Refusal {
  if (hasFiled(state, c.by)) return reviewsOwn;
  if (yearEnd(state.facts).due <= c.at)
    return refuse('year_over', '年度已结束，不能退回；请按实际完成情况认定完成率。');
  const clears = armedOf(state, 'review');
  const year = armYearEnd(state, c);
  if (isRefusal(year)) return year;
  const owed = c.unmended === true ? [] : armOwed(state, c);
  if (isRefusal(owed)) return owed;
  const rest = withoutDeadlines(state, clears);
  const ahead = armAhead({ ...rest, deadlines: [...rest.deadlines, ...owed] }, c);
  if (isRefusal(ahead)) return ahead;
  const reviews: Deadline[] = [];
  for (const { id, filed } of state.periods) {
    if (filed === null) continue;
    const review = armReview(state, id, c);
    if (isRefusal(review)) return review;
    reviews.push(review);
  }
  return [
    { type: 'returned', at: c.at, by: c.by, reasons, clears, arms: [year, ...owed, ...ahead, ...reviews] },
  ];
}

/**
 * What could not be filed meanwhile, or has fewer days left, is due as a report that is returned is. What was late
 * before the end was asked for stays late, and the red card that it has is not given a second time.
 */
function armOwed(state: In<'under_review'>, c: Circumstances): readonly Deadline[] | Refusal {
  const asked = state.request?.at ?? c.at;
  const arms: Deadline[] = [];
  for (const period of state.periods.filter(isOwed)) {
    const stands = reportDue(state, period, c);
    if (isRefusal(stands)) return stands;
    const wasLate = stands.due <= asked;
    const end = wasLate ? stands : dueAgain(state, period, c);
    if (isRefusal(end)) return end;
    // What nobody has watched yet is armed ahead like any other; what was watched stays so.
    if (!wasLate && end.due === stands.due && period.due === null) continue;
    const armed = armPeriod(state, period, end, c);
    if (isRefusal(armed)) return armed;
    const isReminded = wasLate && period.card === 'red_card';
    arms.push(...(isReminded ? armed.map((one) => (one.turn === undefined ? afterRed(one) : one)) : armed));
  }
  return arms;
}

const reviewsOwn = refuse('same_person', '填报进度或申请办结的人不能自己审核，请由另一人审核。');

/** A card by progress stands until the task is judged again: it is a finding, and no day brings it nearer. */
const watchedNow = (state: Life) =>
  state.deadlines.filter((deadline) => !isJudged(deadline)).map(({ kind }) => kind);

const leftOpen = (state: IndicatorTask) => ({
  open_periods: state.periods.filter(({ accepted }) => accepted === null).map(({ id }) => id),
  lapsed_adjustment: state.stage === 'in_progress' ? (state.adjustment?.adjustment.kind ?? null) : null,
});
