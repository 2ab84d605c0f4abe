/** An extension: asked for in time by the unit, decided by another person, never shortening anything. */
import { covers } from './calendar.ts';
import { fixed } from './due.ts';
import { samePerson, type Actor, type Circumstances } from './process.ts';
import { isRefusal, refuse, type Refusal } from './refusal.ts';
import { armItem, armReport, CALENDAR_REACH_DAYS, dueOf } from './supervision-item-deadlines.ts';
import type { Event, In, ItemCommand, SupervisionItem } from './supervision-item-events.ts';
import { addDays, dayEnd, deadlineDate, instantOn, localDateOf, officeTime } from './time.ts';
import { armedOf } from './watching.ts';

type Reporting = In<'progress_reporting'>;
type Given<Name extends ItemCommand['command']> = Extract<ItemCommand, { command: Name }>;

/** @returns the request, or `extension_too_late`, `extension_pending`, `due_not_later`, `calendar_not_loaded`. */
export function requestExtension(
  state: Reporting,
  { new_due_on, reason }: Given<'request_extension'>,
  { at, by, calendar }: Circumstances,
): readonly Event[] | Refusal {
  const due = dueOf(state);
  const cutoff = instantOn(deadlineDate(due), state.rules.extension_cutoff);
  if (at > cutoff || at >= due) {
    return refuse(
      'extension_too_late',
      `延期申请须在${officeTime(cutoff)}前提出，现已逾时；请尽快办理并申请办结。`,
    );
  }
  if (state.extension !== null) return refuse('extension_pending', '已有延期申请待审批。');
  if (dayEnd(new_due_on) <= due)
    return refuse('due_not_later', `新期限须晚于现期限${deadlineDate(due)}。`, '/new_due_on');
  const uncovered = covers(calendar, localDateOf(at), addDays(new_due_on, CALENDAR_REACH_DAYS));
  if (uncovered !== null) return { ...uncovered, pointer: '/new_due_on' };
  return [{ type: 'extension_requested', at, by, new_due_on, reason }];
}

/** A `year_end_clear` item and every second extension are for the city leader in charge (processes 1). */
export const leaderDecidesExtension = ({ facts, extensions }: SupervisionItem): boolean =>
  facts.item_class === 'year_end_clear' || extensions > 0;

export function mayDecideExtension(state: Reporting, by: Actor): boolean {
  if (state.extension === null || samePerson(state.extension.by, by)) return false;
  return !leaderDecidesExtension(state) || (by.kind === 'person' && by.role === 'city_leader');
}

/**
 * @returns the decision, or `no_extension_pending`, `same_person`, `extension_needs_city_leader`,
 * `due_in_past` and `due_not_later` where too much time went by before it was decided.
 */
export function decideExtension(
  state: Reporting,
  { granted, reason }: Given<'decide_extension'>,
  c: Circumstances,
): readonly Event[] | Refusal {
  const { at, by } = c;
  if (state.extension === null) return refuse('no_extension_pending', '没有待审批的延期申请。');
  if (samePerson(state.extension.by, by)) return refuse('same_person', '延期不能由申请人自己审批。');
  if (!mayDecideExtension(state, by)) {
    return refuse('extension_needs_city_leader', '年底清零事项和第二次延期须由分管市级领导审批。');
  }
  if (!granted) return [{ type: 'extension_rejected', at, by, reason }];
  const from = dueOf(state);
  const end = fixed(state.extension.new_due_on);
  if (end.due <= at)
    return refuse('due_in_past', `申请的新期限${state.extension.new_due_on}已过，只能驳回。`);
  // A pause may have moved the deadline beyond what was asked for before it.
  if (end.due <= from)
    return refuse('due_not_later', `现期限已是${deadlineDate(from)}，不早于申请的新期限，只能驳回。`);
  const item = armItem(state, end, c);
  if (isRefusal(item)) return item;
  const owesReport = armedOf(state, 'report').length > 0;
  const report = owesReport ? [] : armReport(state, end.due, c);
  if (isRefusal(report)) return report;
  return [{ type: 'extension_granted', at, by, from, due: end.due, reason, arms: [item, ...report] }];
}
