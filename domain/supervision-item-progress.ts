/** 进度汇报: the unit works, reports, asks for more time or for the end; the office may stop the clock. */
import { covers } from './calendar.ts';
import type { Deadline } from './deadline.ts';
import { samePerson, unreachable, type Actor, type Circumstances } from './process.ts';
import { isRefusal, refuse, type Refusal } from './refusal.ts';
import { armReport, CALENDAR_REACH_DAYS } from './supervision-item-deadlines.ts';
import type { Event, In, ItemCommand, SupervisionItem } from './supervision-item-events.ts';
import {
  addDays,
  dayEnd,
  daysBetween,
  deadlineDate,
  instantOn,
  localDateOf,
  officeTime,
  type Instant,
} from './time.ts';
import { armNext, armWorkingDays } from './watching.ts';

export function decideProgress(
  state: In<'progress_reporting'>,
  command: ItemCommand,
  c: Circumstances,
): readonly Event[] | Refusal {
  const { at, by } = c;
  const due = state.due ?? at;
  if (state.paused !== null && command.command !== 'resume') {
    return command.command === 'pause'
      ? refuse('already_paused', '事项已暂停。')
      : refuse('item_paused', '事项暂停期间不能办理，请先由督查办恢复。');
  }
  switch (command.command) {
    case 'report_progress':
      return reportProgress(state, command, c);
    case 'request_extension': {
      const cutoff = instantOn(deadlineDate(due), state.rules.extension_cutoff);
      if (at > cutoff) {
        return refuse(
          'extension_too_late',
          `延期申请须在${officeTime(cutoff)}前提出，现已逾时；请尽快办理并申请办结。`,
        );
      }
      if (state.extension !== null) return refuse('extension_pending', '已有延期申请待审批。');
      if (dayEnd(command.new_due_on) <= due) {
        return refuse('due_not_later', `新期限须晚于现期限${deadlineDate(due)}。`, '/new_due_on');
      }
      const uncovered = covers(c.calendar, localDateOf(at), addDays(command.new_due_on, CALENDAR_REACH_DAYS));
      if (uncovered !== null) return { ...uncovered, pointer: '/new_due_on' };
      return [
        { type: 'extension_requested', at, by, new_due_on: command.new_due_on, reason: command.reason },
      ];
    }
    case 'decide_extension':
      return decideExtension(state, command, c);
    case 'pause':
      return [
        {
          type: 'paused',
          at,
          by,
          reason: command.reason,
          on: localDateOf(at),
          clears: state.deadlines.map(({ kind }) => kind),
        },
      ];
    case 'resume':
      return resume(state, command, c);
    case 'request_close': {
      const review = armWorkingDays(state, 'review', 'reviewing', state.rules.review_working_days, c);
      if (isRefusal(review)) return review;
      const missing_shares = state.facts.assisting_unit_ids.filter((id) => state.shares[id] === undefined);
      return [
        {
          type: 'close_requested',
          at,
          by,
          result: command.result,
          evidence_ids: command.evidence_ids ?? [],
          missing_shares,
          clears: ['report', 'item'],
          arms: [review],
        },
      ];
    }
    default:
      return unreachable(command);
  }
}

function reportProgress(
  state: In<'progress_reporting'>,
  { percent, text, evidence_ids = [] }: Extract<ItemCommand, { command: 'report_progress' }>,
  c: Circumstances,
): readonly Event[] | Refusal {
  const { at, by } = c;
  const unit_id = by.kind === 'person' ? by.unit_id : null;
  if (unit_id !== null && state.facts.assisting_unit_ids.includes(unit_id)) {
    return [{ type: 'share_reported', at, by, unit_id, percent, text, evidence_ids }];
  }
  if (unit_id !== state.facts.lead_unit_id)
    return refuse('unit_not_on_item', '只有牵头单位或协办单位可以汇报进度。');
  // A report filed before its day answers for that day; one filed late answers for all that was missed.
  const owed = state.deadlines.find(({ kind }) => kind === 'report');
  const late = owed !== undefined && owed.due < at;
  const from = owed !== undefined && !late ? deadlineDate(owed.due) : localDateOf(at);
  const report = armReport(state, c, from);
  if (isRefusal(report)) return report;
  return [
    {
      type: 'progress_reported',
      at,
      by,
      percent,
      text,
      evidence_ids,
      late,
      clears: ['report'],
      arms: report,
    },
  ];
}

export const extensionNeedsLeader = (state: SupervisionItem, by: Actor): boolean =>
  (state.facts.item_class === 'year_end_clear' || state.extensions > 0) &&
  !(by.kind === 'person' && by.role === 'city_leader');

function decideExtension(
  state: In<'progress_reporting'>,
  { granted, reason }: Extract<ItemCommand, { command: 'decide_extension' }>,
  c: Circumstances,
): readonly Event[] | Refusal {
  const { at, by } = c;
  if (state.extension === null) return refuse('no_extension_pending', '没有待审批的延期申请。');
  if (samePerson(state.extension.by, by)) return refuse('same_person', '延期不能由申请人自己审批。');
  if (extensionNeedsLeader(state, by)) {
    return refuse('extension_needs_city_leader', '年底清零事项和第二次延期须由分管市级领导审批。');
  }
  if (!granted) return [{ type: 'extension_rejected', at, by, reason }];
  const due = dayEnd(state.extension.new_due_on);
  if (due <= at)
    return refuse('due_in_past', `申请的新期限${state.extension.new_due_on}已过，请驳回后重新申请。`);
  const item = armNext(state, { kind: 'item', chain: 'undertaking', due, basis: { kind: 'fixed' } }, c);
  if (isRefusal(item)) return item;
  const report = state.deadlines.some(({ kind }) => kind === 'report')
    ? []
    : armReport({ ...state, due }, c, localDateOf(at));
  if (isRefusal(report)) return report;
  return [
    { type: 'extension_granted', at, by, from: state.due ?? due, due, reason, arms: [item, ...report] },
  ];
}

/** The clock stood still: every deadline moves by the whole days between the pause and now. */
function resume(
  state: In<'progress_reporting'>,
  { reason = '' }: Extract<ItemCommand, { command: 'resume' }>,
  c: Circumstances,
): readonly Event[] | Refusal {
  if (state.paused === null) return refuse('not_paused', '事项未暂停。');
  const days = daysBetween(state.paused.on, localDateOf(c.at));
  const moved = (due: Instant) => dayEnd(addDays(deadlineDate(due), days));
  const due = moved(state.due ?? c.at);
  const uncovered = covers(c.calendar, localDateOf(c.at), addDays(deadlineDate(due), CALENDAR_REACH_DAYS));
  if (uncovered !== null) return uncovered;
  const arms: Deadline[] = [];
  for (const { kind, chain, due: before } of state.paused.deadlines) {
    const armed = armNext(state, { kind, chain, due: moved(before), basis: { kind: 'fixed' } }, c);
    if (isRefusal(armed)) return armed;
    arms.push(armed);
  }
  return [{ type: 'resumed', at: c.at, by: c.by, reason, days, due, arms }];
}
