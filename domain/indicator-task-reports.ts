/** Reports by period: filed by the unit, accepted or returned by a reviewer, compared with the plan. */
import type { Calendar } from './calendar.ts';
import { ofPeriod, periodOf, policyName, type Deadline, type DeadlineKind } from './deadline.ts';
import type { Decimal } from './decimal.ts';
import { afterWorkingDays, type Due } from './due.ts';
import {
  armAhead,
  armJudgement,
  armPeriod,
  isJudged,
  periodIn,
  reportDue,
  today,
  withinYear,
} from './indicator-task-deadlines.ts';
import type { Event, Given, In, IndicatorTask, Life, PeriodState } from './indicator-task-events.ts';
import { periodName, startOfPeriod, type PeriodId } from './period.ts';
import { acceptedBy, judge, valueAt } from './plan-curve.ts';
import { system, type Actor, type Circumstances } from './process.ts';
import type { Judgement, Outlook } from './progress-policy.ts';
import { isRefusal, refuse, type Refusal } from './refusal.ts';
import type { Instant } from './time.ts';
import { armedOf, armWorkingDays } from './watching.ts';

export const hasFiled = ({ filed_by }: Pick<Life, 'filed_by'>, by: Actor): boolean =>
  by.kind === 'person' && filed_by.includes(by.person_id);

/** @returns the report, or `period_unknown`, `period_accepted`, `period_not_begun`, `evidence_missing`, `value_missing`. */
export function reportProgress(
  state: In<'in_progress'>,
  command: Given<'report_progress'>,
  c: Circumstances,
): readonly Event[] | Refusal {
  const { text, evidence_ids = [], percent = null } = command;
  const period = periodIn(state, command.period);
  if (period === undefined) return unknownPeriod(command.period);
  const { id } = period;
  if (period.accepted !== null)
    return refuse('period_accepted', `${periodName(id)}的进度已认定，请在下一填报期填报。`, '/period');
  const begins = startOfPeriod(state.periods, id);
  if (begins > today(c))
    return refuse('period_not_begun', `${periodName(id)}自${begins}起方可填报。`, '/period');
  if (state.facts.evidence.required && evidence_ids.length === 0)
    return refuse('evidence_missing', `请上传印证资料：${state.facts.evidence.what}。`, '/evidence_ids');
  const value = valueOf(state, command);
  if (isRefusal(value)) return value;
  const amends = period.filed !== null;
  const owed = state.deadlines.find(({ kind }) => kind === ofPeriod('report', id));
  const late = owed !== undefined && owed.due <= c.at;
  const clears = endedByFiling(state, id);
  const after: Life = {
    ...withoutDeadlines(state, clears),
    periods: replaced(state.periods, { ...period, filed: { at: c.at, by: c.by, value } }),
  };
  const ahead = armAhead(after, c);
  if (isRefusal(ahead)) return ahead;
  const review = amends ? null : armReview(state, id, c);
  if (isRefusal(review)) return review;
  const arms = review === null ? ahead : [review, ...ahead];
  const report = { period: id, value, percent, text, evidence_ids, late, amends };
  return [{ type: 'progress_reported', at: c.at, by: c.by, ...report, clears, arms }];
}

/** @returns the decision, or `period_unknown`, `no_report_pending`, `same_person`. */
export function acceptReport(
  state: In<'in_progress'> | In<'under_review'>,
  { period: id, opinion = '', outlook }: Given<'accept_report'>,
  c: Circumstances,
): readonly Event[] | Refusal {
  const filed = filedReport(state, id, c.by);
  if (isRefusal(filed)) return filed;
  const { period, value } = filed;
  const judgement = judged(state, period, value, outlook);
  const card = state.stage === 'in_progress' ? cardFor(state, judgement, c) : noCard;
  const clears = [...armedOf(state, ofPeriod('review', id)), ...card.clears];
  const event = {
    type: 'report_accepted',
    at: c.at,
    by: c.by,
    period: id,
    value,
    opinion,
    judgement,
  } as const;
  return [{ ...event, clears, arms: card.arms }];
}

/**
 * What is returned is owed again: in so many working days from now [D], so that a slow review leaves time
 * to put it right, and never before the day that stood, so that a quick one takes no time away.
 * @returns the decision, or `period_unknown`, `no_report_pending`, `same_person`.
 */
export function returnReport(
  state: In<'in_progress'>,
  { period: id, reasons }: Given<'return_report'>,
  c: Circumstances,
): readonly Event[] | Refusal {
  const filed = filedReport(state, id, c.by);
  if (isRefusal(filed)) return filed;
  const end = dueAgain(state, filed.period, c);
  if (isRefusal(end)) return end;
  const armed = armPeriod(state, { ...filed.period, filed: null }, end, c);
  if (isRefusal(armed)) return armed;
  const arms = withCardForReturn(state, filed.period, armed, c);
  const clears = armedOf(state, ofPeriod('review', id));
  const event = { type: 'report_returned', at: c.at, by: c.by, period: id, reasons, due: end.due } as const;
  return [{ ...event, clears, arms }];
}

/** Nothing had been filed by the checkpoint: what stands accepted is compared. Decided as it would have been then. */
export function passCheckpoint(
  state: IndicatorTask,
  deadline: Deadline,
  at: Instant,
  calendar: Calendar,
): readonly Event[] {
  const period = periodIn(state, periodOf(deadline.kind) ?? '');
  if (period === undefined) throw new Error(`no period of ${deadline.kind}`);
  const then = { at: deadline.due, calendar };
  const judgement = judged(state, period, acceptedBy(state.periods, period.id, state.facts.start_value));
  const card = cardFor(state, judgement, then);
  const clears = [deadline.kind, ...card.clears.filter((kind) => kind !== deadline.kind)];
  const ahead = armAhead(withoutDeadlines(state, clears), then);
  // Creation has seen to it that the calendar covers the whole year and what reaches beyond it.
  if (isRefusal(ahead)) throw new Error(ahead.detail);
  const arms = [...card.arms, ...ahead];
  return [
    { type: 'checkpoint_passed', at, by: system, as_of: then.at, period: period.id, judgement, clears, arms },
  ];
}

export const unknownPeriod = (id: PeriodId): Refusal =>
  refuse('period_unknown', `没有填报期“${id}”。`, '/period');

export const replaced = (periods: readonly PeriodState[], changed: PeriodState): readonly PeriodState[] =>
  periods.map((period) => (period.id === changed.id ? changed : period));

export const withoutDeadlines = (state: Life, cleared: readonly DeadlineKind[]): Life => ({
  ...state,
  deadlines: state.deadlines.filter(({ kind }) => !cleared.includes(kind)),
});

export const armReview = (state: Life, id: PeriodId, c: Circumstances): Deadline | Refusal =>
  armWorkingDays(state, ofPeriod('review', id), 'reviewing', state.rules.report_review_working_days, c);

function valueOf(state: Life, { value, percent }: Given<'report_progress'>): Decimal | Refusal {
  if (value !== undefined && percent !== undefined)
    return refuse('value_missing', '完成值与完成百分比只填一项。', '/percent');
  if (value !== undefined) return value;
  if (percent === undefined) return refuse('value_missing', '请填写完成值或完成百分比。', '/value');
  return valueAt({ start_value: state.facts.start_value, target: state.target }, percent);
}

function endedByFiling(state: IndicatorTask, id: PeriodId): readonly DeadlineKind[] {
  const checkpoint = state.deadlines.some(
    ({ kind, turn }) => kind === ofPeriod('progress', id) && turn === 'checkpoint',
  );
  return [...armedOf(state, ofPeriod('report', id)), ...(checkpoint ? [ofPeriod('progress', id)] : [])];
}

type Filed = { readonly period: PeriodState; readonly value: Decimal };

function filedReport(state: IndicatorTask, id: PeriodId, by: Actor): Filed | Refusal {
  const period = periodIn(state, id);
  if (period === undefined) return unknownPeriod(id);
  if (period.filed === null)
    return refuse('no_report_pending', `${periodName(id)}没有待审核的进度汇报。`, '/period');
  if (hasFiled(state, by)) return refuse('same_person', '填报进度的人不能自己审核，请由另一人审核。');
  return { period, value: period.filed.value };
}

/** So many working days from now, and never before the day that stands. */
export function dueAgain(state: Life, period: PeriodState, c: Circumstances): Due | Refusal {
  const stands = reportDue(state, period, c);
  if (isRefusal(stands)) return stands;
  const fresh = withinYear(
    state.facts,
    afterWorkingDays(c.calendar, today(c), state.rules.returned_report_working_days),
  );
  return isRefusal(fresh) || fresh.due > stands.due ? fresh : stands;
}

/** What stands accepted, compared with the plan by the policy that the task has frozen. */
export function judged(state: Life, period: PeriodState, value: Decimal, outlook?: Outlook): Judgement {
  const { progress } = state.policies;
  if (progress === undefined) throw new Error('no progress policy frozen');
  const way = { start_value: state.facts.start_value, target: state.target };
  return judge(progress, way, period, value, outlook);
}

type CardGiven = { readonly clears: readonly DeadlineKind[]; readonly arms: readonly Deadline[] };
const noCard: CardGiven = { clears: [], arms: [] };

/** The newest judgement takes the place of the cards before it; what is made up for an earlier period gives none. */
function cardFor(state: Life, judgement: Judgement, when: Pick<Circumstances, 'at' | 'calendar'>): CardGiven {
  const index = state.periods.findIndex(({ id }) => id === judgement.period);
  if (state.periods.slice(index + 1).some((later) => later.judgement !== null)) return noCard;
  const card = armJudgement(state, judgement, when);
  const clears = state.deadlines.filter(isJudged).map(({ kind }) => kind);
  return { clears, arms: card === null ? [] : [card] };
}

/** Where a policy gives a card for poor work, it stands until the report is filed again. */
function withCardForReturn(
  state: Life,
  period: PeriodState,
  armed: readonly Deadline[],
  when: Pick<Circumstances, 'at' | 'calendar'>,
): readonly Deadline[] {
  const { progress } = state.policies;
  if (progress?.on_return === undefined || period.judgement !== null) return armed;
  const accepted = acceptedBy(state.periods, period.id, state.facts.start_value);
  const found = judged(state, period, accepted);
  const { praised: _, ...judgement } = { ...found, level: progress.on_return, returned: true } as const;
  const card = armJudgement(state, judgement, when);
  if (card === null) return armed;
  const checkpoint = armed.find(({ turn }) => turn === 'checkpoint');
  if (checkpoint === undefined) return [...armed, card];
  const both = { ...checkpoint, policy: policyName(progress), steps: card.steps, judgement };
  return armed.map((deadline) => (deadline === checkpoint ? both : deadline));
}
