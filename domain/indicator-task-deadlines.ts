/** The days of an indicator task: of its reports, its checkpoints and the end of its year (processes 2). */
import { covers } from './calendar.ts';
import { nameOf, ofPeriod, policyName, type Deadline, type DeadlineKind } from './deadline.ts';
import { afterWorkingDays, dueOn, fixed, type Due } from './due.ts';
import type { IndicatorTask, Life, PeriodState } from './indicator-task-events.ts';
import type { PeriodId } from './period.ts';
import type { Circumstances } from './process.ts';
import { dueToMakeUp, type Judgement } from './progress-policy.ts';
import { isRefusal, refuse, type Refusal } from './refusal.ts';
import {
  addDays,
  deadlineDate,
  instant,
  localDate,
  localDateOf,
  type Instant,
  type LocalDate,
} from './time.ts';
import { armNext, nextVersion } from './watching.ts';

/** The longest that warnings and reviews reach beyond the end of the year: the calendar must cover it. */
export const CALENDAR_REACH_DAYS = 40;

type When = Pick<Circumstances, 'at' | 'calendar'>;

/** all that the year began with is cleared by 31 December. */
export const yearEnd = (facts: { readonly year: number }): Due => fixed(localDate(`${facts.year}-12-31`));

/** @returns null, or `year_over`, `calendar_not_loaded`: from then on nothing of this year meets a day that is unknown. */
export function coversYear(year: number, { at, calendar }: When): Refusal | null {
  const end = deadlineDate(yearEnd({ year }).due);
  if (yearEnd({ year }).due <= at) return refuse('year_over', `${year}年度已结束。`);
  return covers(calendar, localDateOf(at), addDays(end, CALENDAR_REACH_DAYS));
}

export const armYearEnd = (
  state: Pick<Life, 'policies' | 'deadline_versions'> & { readonly facts: { readonly year: number } },
  when: When,
): Deadline | Refusal =>
  armNext(state, { kind: 'year_end', chain: 'undertaking', turn: 'year_end', ...yearEnd(state.facts) }, when);

/** Asked for, and neither filed nor accepted yet. */
export const isOwed = ({ filed, accepted }: Pick<PeriodState, 'filed' | 'accepted'>): boolean =>
  filed === null && accepted === null;

/** What stands; else so many working days after the period, or after the task was given where that came later. */
export function reportDue(
  { facts, rules, assigned_on }: Pick<Life, 'facts' | 'rules' | 'assigned_on'>,
  { ends_on, due, due_basis }: PeriodState,
  { at, calendar }: When,
): Due | Refusal {
  if (due !== null) return due <= at ? { due, basis: due_basis } : dueOn(calendar, { due, basis: due_basis });
  const from = ends_on > assigned_on ? ends_on : assigned_on;
  return withinYear(facts, afterWorkingDays(calendar, from, rules.report_working_days));
}

/** Nothing of a year is due after it: its last report comes before it is cleared. */
export function withinYear(facts: { readonly year: number }, end: Due | Refusal): Due | Refusal {
  const last = yearEnd(facts);
  return isRefusal(end) || end.due <= last.due ? end : last;
}

/**
 * One period's report, and the checkpoint at which the plan is compared where nothing was filed: as many
 * working days later as a review takes, so a unit that is late does not put it off. What is filed waits
 * for the reviewer: nobody is given a card because the reviewer is slow. A period that has been judged is
 * judged again when its report is accepted, and its card stays until then.
 */
export function armPeriod(
  state: Life,
  { id, judgement }: PeriodState,
  end: Due,
  when: When,
): readonly Deadline[] | Refusal {
  const report = armNext(state, { kind: ofPeriod('report', id), chain: 'undertaking', ...end }, when);
  if (isRefusal(report) || judgement !== null) return isRefusal(report) ? report : [report];
  const checkpoint = afterWorkingDays(
    when.calendar,
    deadlineDate(end.due),
    state.rules.report_review_working_days,
  );
  if (isRefusal(checkpoint)) return checkpoint;
  // What comes after the end of the year is judged as a whole.
  if (checkpoint.due >= yearEnd(state.facts).due) return [report];
  const kind = ofPeriod('progress', id);
  const compares =
    checkpoint.due <= when.at
      ? { due: when.at, basis: { kind: 'fixed' } as const }
      : { due: checkpoint.due, basis: checkpointBasis(end, checkpoint) };
  const progress = armNext(state, { kind, chain: 'undertaking', turn: 'checkpoint', ...compares }, when);
  return isRefusal(progress) ? progress : [report, progress];
}

/** What stood beside a report's former day: after a new one, at which `arms` holds no checkpoint, it is no longer owed. */
export const checkpointOutlived = (
  { deadlines }: Pick<Life, 'deadlines'>,
  id: PeriodId,
  arms: readonly Deadline[],
): readonly DeadlineKind[] =>
  deadlines
    .filter(({ kind, turn }) => kind === ofPeriod('progress', id) && turn === 'checkpoint')
    .map(({ kind }) => kind)
    .filter((kind) => arms.every((armed) => armed.kind !== kind));

/** Counted from where the report's day is counted, so that a new calendar moves both alike. */
const checkpointBasis = ({ basis }: Due, checkpoint: Due): Due['basis'] =>
  basis.kind === 'working_days' && checkpoint.basis.kind === 'working_days'
    ? { ...basis, days: basis.days + checkpoint.basis.days }
    : checkpoint.basis;

/** A card by progress, or what was found to be on plan; not a checkpoint that is still to come. */
export const isJudged = (deadline: Deadline | undefined): boolean =>
  deadline !== undefined && nameOf(deadline.kind) === 'progress' && deadline.turn === undefined;

/**
 * The reports that have to be watched from now on: the next one that is owed, and those whose first
 * warning may come before there is another occasion to look. There always is one, when a report is filed
 * or a checkpoint passes; so a year's task carries one or two of its twelve periods and not all of them.
 */
export function armAhead(state: Life, when: When): readonly Deadline[] | Refusal {
  const arms: Deadline[] = [];
  const watched = new Set(state.deadlines.map(({ kind }) => kind));
  let looksAgain = earliestCheckpoint(state.deadlines);
  for (const period of state.periods) {
    if (!isOwed(period) || watched.has(ofPeriod('report', period.id))) continue;
    const end = reportDue(state, period, when);
    if (isRefusal(end)) return end;
    const armed = armPeriod(state, period, end, when);
    if (isRefusal(armed)) return armed;
    const first = armed[0]?.steps[0]?.at ?? end.due;
    if (looksAgain !== null && first > looksAgain) break;
    arms.push(...armed);
    looksAgain = earliestCheckpoint([...state.deadlines, ...arms]);
  }
  return arms;
}

function earliestCheckpoint(deadlines: readonly Deadline[]): Instant | null {
  return deadlines.reduce<Instant | null>(
    (found, { turn, due }) => (turn === 'checkpoint' && (found === null || due < found) ? due : found),
    null,
  );
}

/** The card that a judgement gives, from now on; null where it gives none. */
export function armJudgement(state: Life, judgement: Judgement, { at, calendar }: When): Deadline | null {
  const policy = state.policies.progress;
  if (policy === undefined) throw new Error('no progress policy frozen');
  if (judgement.level === 'none') return null;
  const kind = ofPeriod('progress', judgement.period);
  // Poor work is put right by filing it again; what lies behind the plan is made up.
  const madeUp = judgement.returned === true ? null : dueToMakeUp(policy, localDateOf(at));
  return {
    kind,
    chain: 'undertaking',
    version: nextVersion(state, kind),
    due: madeUp === null ? at : instant(Math.max(at, Math.min(madeUp, yearEnd(state.facts).due))),
    basis: { kind: 'fixed' },
    armed_at: at,
    calendar_version: calendar.version,
    policy: policyName(policy),
    steps: [{ level: judgement.level, at, repeat: 0 }],
    given: 'none',
    judgement,
  };
}

export const periodIn = (state: IndicatorTask, id: PeriodId): PeriodState | undefined =>
  state.periods.find((period) => period.id === id);

export const today = ({ at }: Pick<Circumstances, 'at'>): LocalDate => localDateOf(at);
