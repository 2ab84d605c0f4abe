/** 下达: an indicator task begins when its unit's list is released, or when a dynamic one is added. */
import type { Policies } from './deadline.ts';
import { compareDecimals, decimal } from './decimal.ts';
import { isBeyondBaseline } from './indicator-task-adjustment.ts';
import { armYearEnd, coversYear, today } from './indicator-task-deadlines.ts';
import type { Event, IndicatorFacts, IndicatorRules } from './indicator-task-events.ts';
import { planFaults } from './period.ts';
import type { Circumstances } from './process.ts';
import { isRefusal, refuse, type Refusal } from './refusal.ts';
import { armWorkingDays, unwatched } from './watching.ts';

/** The first version of the settings [D]. */
export const defaultIndicatorRules: IndicatorRules = {
  version: 1,
  urge_cooldown_hours: 24,
  red_unseen_working_days: 1,
  review_red_unseen_working_days: 1,
  acknowledgement_working_days: 3,
  report_working_days: 5,
  report_review_working_days: 5,
  returned_report_working_days: 3,
  close_review_working_days: 10,
  adjustment_cutoff: '17:00',
  completed_from: decimal('100'),
};

/**
 * The first event of a task's life.
 * @returns it, or `year_over`, `calendar_not_loaded`, `plan_invalid`, `points_invalid`, `target_not_beyond_baseline`.
 */
export function create(
  input: {
    readonly facts: IndicatorFacts;
    readonly rules: IndicatorRules;
    readonly policies: Policies;
  },
  c: Circumstances,
): Event | Refusal {
  const { facts, rules, policies } = input;
  const fault = coversYear(facts.year, c) ?? faultOf(facts);
  if (fault !== null) return fault;
  const unarmed = { ...unwatched(rules, policies), facts };
  const days = rules.acknowledgement_working_days;
  const acknowledgement = armWorkingDays(unarmed, 'acknowledgement', 'undertaking', days, c);
  if (isRefusal(acknowledgement)) return acknowledgement;
  const year = armYearEnd(unarmed, c);
  if (isRefusal(year)) return year;
  // What is given in the last days of a year is over with it, acknowledged or not.
  const arms = acknowledgement.due < year.due ? [acknowledgement, year] : [year];
  return { type: 'created', at: c.at, by: c.by, ...input, assigned_on: today(c), arms };
}

function faultOf(facts: IndicatorFacts): Refusal | null {
  const [fault] = planFaults(facts.periods, { year: facts.year, target: facts.target.value });
  if (fault !== undefined) return refuse('plan_invalid', `${fault}。`, '/periods');
  if (compareDecimals(facts.points, decimal('0')) < 0 || compareDecimals(facts.points, decimal('100')) > 0)
    return refuse('points_invalid', '分值须在0至100之间。', '/points');
  return isBeyondBaseline(facts, facts.target)
    ? null
    : refuse('target_not_beyond_baseline', `目标值须优于上年基数${facts.baseline ?? ''}。`, '/target');
}
