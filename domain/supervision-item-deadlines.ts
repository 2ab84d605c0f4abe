/** The days by which a supervision item and its reports must be done (R-058; processes 1). */
import { covers, type Calendar } from './calendar.ts';
import { armNext } from './watching.ts';
import type { Deadline } from './deadline.ts';
import type { Circumstances } from './process.ts';
import { isRefusal, refuse, type Refusal } from './refusal.ts';
import { nextReport } from './report-cycle.ts';
import { dueOf } from './rule-710.ts';
import type { ItemFacts, SupervisionItem } from './supervision-item-events.ts';
import { addDays, localDateOf, type Instant, type LocalDate } from './time.ts';

/** The longest that warnings, reviews and repeats reach beyond a deadline: the calendar must cover it. */
export const CALENDAR_REACH_DAYS = 40;

export function dueFault(facts: ItemFacts, at: Instant, calendar: Calendar): Refusal | null {
  if (facts.item_class === 'dated' && facts.due_on === null) {
    return refuse('due_in_past', '限期事项须写明办结日期。', '/due_on');
  }
  const today = localDateOf(at);
  const due = dueDate(facts, today);
  if (due < today) return refuse('due_in_past', `办结日期${due}已过，请改为${today}或之后。`, '/due_on');
  const uncovered = covers(calendar, today, addDays(due, CALENDAR_REACH_DAYS));
  return uncovered === null ? null : { ...uncovered, pointer: '/due_on' };
}

export const dueDate = (facts: ItemFacts, assignedOn: LocalDate): LocalDate =>
  facts.item_class === 'dated' ? (facts.due_on ?? assignedOn) : dueOf(facts.item_class, assignedOn);

/** The next report that the cycle asks for after a day, as long as it falls before the item's own end. */
export function armReport(
  state: SupervisionItem,
  c: Circumstances,
  after: LocalDate,
): readonly Deadline[] | Refusal {
  const next = nextReport(state.facts.report_cycle, after, c.calendar);
  if (next === null) return [];
  if (isRefusal(next)) return next;
  if (state.due !== null && next.due >= state.due) return [];
  const armed = armNext(state, { kind: 'report', chain: 'undertaking', ...next }, c);
  return isRefusal(armed) ? armed : [armed];
}
