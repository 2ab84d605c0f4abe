/**
 * weights change during the year as dated versions, with a reason and by two people. They decide in the annual
 * list; the task hears of it from the list's release, which may be paused then or find no worker.
 */
import { compareDecimals, decimal, type Decimal } from './decimal.ts';
import { today } from './indicator-task-deadlines.ts';
import type { Event, Given, Life, WeightVersion } from './indicator-task-events.ts';
import { samePerson, type Circumstances } from './process.ts';
import { refuse, type Refusal } from './refusal.ts';
import { yearOf, type LocalDate } from './time.ts';

/**
 * What the task weighed on a day: of two versions for one day the one approved later. Null before a dynamic
 * indicator counts.
 */
export function weightOn(
  { weights, facts }: Pick<Life, 'weights' | 'facts'>,
  date: LocalDate,
): Decimal | null {
  if (facts.effective_from !== null && date < facts.effective_from) return null;
  const holds = weights
    .filter(({ effective_from }) => effective_from <= date)
    .reduce<WeightVersion | null>(
      (found, version) =>
        found === null || version.effective_from >= found.effective_from ? version : found,
      null,
    );
  return holds?.points ?? facts.points;
}

/** @returns the proposal, or `weight_pending`, `points_invalid`, `nothing_changed`, `due_in_past`, `due_beyond_year`. */
export function proposeWeight(
  state: Life,
  { points, effective_from, reason, decided_on }: Given<'change_weight'>,
  c: Circumstances,
): readonly Event[] | Refusal {
  if (state.weight_proposal !== null)
    return refuse('weight_pending', '已有权重调整待确认，请由另一人确认或驳回。');
  if (compareDecimals(points, decimal('0')) < 0 || compareDecimals(points, decimal('100')) > 0)
    return refuse('points_invalid', '分值须在0至100之间。', '/points');
  // A past score is computed with the weights of its day: what has been is not changed.
  const decided = decided_on ?? today(c);
  if (effective_from < decided)
    return refuse('due_in_past', `生效日期须为${decided}或之后。`, '/effective_from');
  if (yearOf(effective_from) !== state.facts.year)
    return refuse('due_beyond_year', `生效日期须在${state.facts.year}年度内。`, '/effective_from');
  if (points === weightOn(state, effective_from))
    return refuse('nothing_changed', `${effective_from}的分值已是${points}。`, '/points');
  return [{ type: 'weight_proposed', at: c.at, by: c.by, points, effective_from, reason }];
}

/** It holds from its day on, or from the day of the second signature where that came later. */
export function confirmWeight(
  { weight_proposal }: Life,
  { decided_on }: Given<'confirm_weight'>,
  c: Circumstances,
): readonly Event[] | Refusal {
  if (weight_proposal === null) return noWeightPending;
  if (samePerson(weight_proposal.by, c.by))
    return refuse('same_person', '权重调整须由提出人以外的另一人确认。');
  const { points, reason, by: proposed_by } = weight_proposal;
  const decided = decided_on ?? today(c);
  const effective_from = weight_proposal.effective_from > decided ? weight_proposal.effective_from : decided;
  return [{ type: 'weight_changed', at: c.at, by: c.by, points, effective_from, reason, proposed_by }];
}

export function rejectWeight(
  { weight_proposal }: Life,
  { reason }: Given<'reject_weight'>,
  { at, by }: Circumstances,
): readonly Event[] | Refusal {
  return weight_proposal === null ? noWeightPending : [{ type: 'weight_rejected', at, by, reason }];
}

const noWeightPending = refuse('no_weight_pending', '没有待确认的权重调整。');
