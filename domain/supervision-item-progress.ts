/** 进度汇报: the unit works, reports, asks for the end; the office may stop the clock. */
import { covers } from './calendar.ts';
import type { Deadline } from './deadline.ts';
import { dueOn, fixed, onWorkingDay, type Due } from './due.ts';
import { unreachable, type Circumstances } from './process.ts';
import { isRefusal, refuse, type Refusal } from './refusal.ts';
import { armReport, CALENDAR_REACH_DAYS, dueOf } from './supervision-item-deadlines.ts';
import type { Event, In, ItemCommand } from './supervision-item-events.ts';
import { decideExtension, requestExtension } from './supervision-item-extension.ts';
import { addDays, daysBetween, deadlineDate, localDateOf } from './time.ts';
import { allArmed, armedOf, armNext, armWorkingDays } from './watching.ts';

type Reporting = In<'progress_reporting'>;
type Given<Name extends ItemCommand['command']> = Extract<ItemCommand, { command: Name }>;

export function decideProgress(
  state: Reporting,
  command: ItemCommand,
  c: Circumstances,
): readonly Event[] | Refusal {
  const { at, by } = c;
  if (state.paused !== null && command.command !== 'resume') {
    return command.command === 'pause' ? refuse('already_paused', '事项已暂停。') : itemPaused;
  }
  switch (command.command) {
    case 'report_progress':
      return reportProgress(state, command, c);
    case 'request_extension':
      return requestExtension(state, command, c);
    case 'decide_extension':
      return decideExtension(state, command, c);
    case 'pause':
      return [
        { type: 'paused', at, by, reason: command.reason, on: localDateOf(at), clears: allArmed(state) },
      ];
    case 'resume':
      return resume(state, command, c);
    case 'request_close':
      return requestClose(state, command, c);
    default:
      return unreachable(command);
  }
}

export const itemPaused: Refusal = refuse('item_paused', '事项暂停期间不能办理，请先由督查办恢复。');

function reportProgress(
  state: Reporting,
  { percent, text, evidence_ids = [] }: Given<'report_progress'>,
  c: Circumstances,
): readonly Event[] | Refusal {
  const { at, by } = c;
  const unit_id = by.kind === 'person' ? by.unit_id : null;
  if (unit_id !== null && state.facts.assisting_unit_ids.includes(unit_id)) {
    return [{ type: 'share_reported', at, by, unit_id, percent, text, evidence_ids }];
  }
  if (unit_id !== state.facts.lead_unit_id)
    return refuse('unit_not_on_item', '只有牵头单位或协办单位可以汇报进度。');
  const report = { type: 'progress_reported', at, by, percent, text, evidence_ids } as const;
  const owed = state.deadlines.find(({ kind }) => kind === 'report');
  const today = localDateOf(at);
  // Of several reports in one period the first answers for it; the others are welcome and change nothing.
  if (owed === undefined || (state.reported_until !== null && today <= state.reported_until)) {
    return [{ ...report, answers_until: null, late: false }];
  }
  // Filed before its day it answers for that day; filed late, for all that was missed.
  const late = owed.due <= at;
  const answers_until = late ? today : deadlineDate(owed.due);
  const next = armReport({ ...state, reported_until: answers_until }, state.due, c);
  if (isRefusal(next)) return next;
  return [{ ...report, answers_until, late, clears: ['report'], arms: next }];
}

/**
 * The clock stood still: every deadline moves by the whole days between the pause and now. One that
 * was counted in working days does not come to lie on a day off.
 */
function resume(
  state: Reporting,
  { reason = '' }: Given<'resume'>,
  c: Circumstances,
): readonly Event[] | Refusal {
  if (state.paused === null) return refuse('not_paused', '事项未暂停。');
  const days = daysBetween(state.paused.on, localDateOf(c.at));
  const arms: Deadline[] = [];
  for (const stopped of state.paused.deadlines) {
    const end = movedBy(days, stopped, c);
    if (isRefusal(end)) return end;
    const { kind, chain } = stopped;
    const armed = armNext(state, { kind, chain, ...end }, c);
    if (isRefusal(armed)) return armed;
    arms.push(armed);
  }
  const due = arms.find(({ kind }) => kind === 'item')?.due ?? dueOf(state);
  const uncovered = covers(c.calendar, localDateOf(c.at), addDays(deadlineDate(due), CALENDAR_REACH_DAYS));
  if (uncovered !== null) return uncovered;
  const stands = arms.filter((armed) => armed.kind !== 'report' || armed.due < due);
  return [{ type: 'resumed', at: c.at, by: c.by, reason, days, due, arms: stands }];
}

function movedBy(days: number, stopped: Due, { calendar }: Circumstances): Due | Refusal {
  const end = dueOn(calendar, stopped);
  if (isRefusal(end)) return end;
  const date = addDays(deadlineDate(end.due), days);
  return end.basis.kind === 'fixed' ? fixed(date) : onWorkingDay(calendar, date);
}

function requestClose(
  state: Reporting,
  { result, evidence_ids = [] }: Given<'request_close'>,
  c: Circumstances,
): readonly Event[] | Refusal {
  const review = armWorkingDays(state, 'review', 'reviewing', state.rules.review_working_days, c);
  if (isRefusal(review)) return review;
  return [
    {
      type: 'close_requested',
      at: c.at,
      by: c.by,
      result,
      evidence_ids,
      missing_shares: state.facts.assisting_unit_ids.filter((id) => state.shares[id] === undefined),
      lapsed_extension: state.extension?.new_due_on ?? null,
      clears: armedOf(state, 'item', 'report'),
      arms: [review],
    },
  ];
}
