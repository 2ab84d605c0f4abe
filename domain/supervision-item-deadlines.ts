/** The days by which a supervision item and its reports must be done (R-058; processes 1). */
import { covers } from './calendar.ts';
import type { Deadline } from './deadline.ts';
import { fixed, type Due } from './due.ts';
import type { Circumstances } from './process.ts';
import { isRefusal, refuse, type Refusal } from './refusal.ts';
import { nextReport } from './report-cycle.ts';
import * as rule710 from './rule-710.ts';
import type { ItemFacts, SupervisionItem } from './supervision-item-events.ts';
import { addDays, deadlineDate, localDateOf, type Instant, type LocalDate } from './time.ts';
import { itemClasses } from './vocabulary.ts';
import { armNext, type ProcessRules, type Watched } from './watching.ts';

/** The longest that warnings, reviews and repeats reach beyond a deadline: the calendar must cover it. */
export const CALENDAR_REACH_DAYS = 40;

/**
 * When an item that is assigned now must be done.
 * @returns the due day, or `due_missing`, `due_set_by_rule`, `due_in_past`, `calendar_not_loaded`.
 */
export function itemDue(
  facts: Pick<ItemFacts, 'item_class' | 'due_on'>,
  rules: ProcessRules,
  { at, calendar }: Circumstances,
): Due | Refusal {
  const today = localDateOf(at);
  const end = endOf(facts, rules, today, { calendar });
  if (isRefusal(end)) return end;
  const date = deadlineDate(end.due);
  if (date < today) return refuse('due_in_past', `办结日期${date}已过，请改为${today}或之后。`, '/due_on');
  const uncovered = covers(calendar, today, addDays(date, CALENDAR_REACH_DAYS));
  if (uncovered === null) return end;
  return facts.item_class === 'dated' ? { ...uncovered, pointer: '/due_on' } : uncovered;
}

function endOf(
  { item_class, due_on }: Pick<ItemFacts, 'item_class' | 'due_on'>,
  rules: ProcessRules,
  today: LocalDate,
  { calendar }: Pick<Circumstances, 'calendar'>,
): Due | Refusal {
  if (item_class === 'dated') {
    return due_on === null ? refuse('due_missing', '限期事项须写明办结日期。', '/due_on') : fixed(due_on);
  }
  if (due_on !== null) {
    const what = `“${itemClasses[item_class]}”的期限由制度规定，请勿填写办结日期，或将事项类别改为限期。`;
    return refuse('due_set_by_rule', what, '/due_on');
  }
  if (item_class !== 'ordinary_item' || rules.ordinary_item_days === 'calendar_day') {
    return fixed(rule710.dueOf(item_class, today));
  }
  const date = rule710.dueOf(item_class, today, { unit: 'working_day', calendar });
  // Counted from the eve: the day of deployment is day one.
  return isRefusal(date)
    ? date
    : { ...fixed(date), basis: { kind: 'working_days', from: addDays(today, -1), days: 7 } };
}

/** When an item that has been assigned must be done. */
export function dueOf({ due }: SupervisionItem): Instant {
  if (due === null) throw new Error('not assigned yet');
  return due;
}

/** The item's own deadline, armed (again) under its next version. */
export const armItem = (
  state: Pick<Watched, 'policies' | 'deadline_versions'>,
  end: Due,
  c: Circumstances,
): Deadline | Refusal => armNext(state, { kind: 'item', chain: 'undertaking', ...end }, c);

/**
 * The next report that the cycle asks for after a day, as long as it falls before the item's own end.
 * What has been answered for already is not asked for again.
 */
export function armReport(
  state: Pick<SupervisionItem, 'facts' | 'policies' | 'deadline_versions' | 'reported_until'>,
  itemEnds: Instant | null,
  c: Circumstances,
  after: LocalDate = localDateOf(c.at),
): readonly Deadline[] | Refusal {
  const { reported_until } = state;
  const from = reported_until !== null && reported_until > after ? reported_until : after;
  const next = nextReport(state.facts.report_cycle, from, c.calendar);
  if (next === null) return [];
  if (isRefusal(next)) return next;
  if (itemEnds !== null && next.due >= itemEnds) return [];
  const armed = armNext(state, { kind: 'report', chain: 'undertaking', ...next }, c);
  return isRefusal(armed) ? armed : [armed];
}
