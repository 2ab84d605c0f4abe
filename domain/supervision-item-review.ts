/** 审核评定: somebody else than who filed judges whether the item is done. */
import { afterRed } from './deadline.ts';
import { dueOn } from './due.ts';
import { unreachable, type Actor, type Circumstances } from './process.ts';
import { isRefusal, refuse, type Refusal } from './refusal.ts';
import { armItem, armReport, dueOf } from './supervision-item-deadlines.ts';
import type { Event, In, ItemCommand, Rating, SupervisionItem } from './supervision-item-events.ts';
import { allArmed, armedOf } from './watching.ts';

export const hasFiled = ({ filed_by }: SupervisionItem, by: Actor): boolean =>
  by.kind === 'person' && filed_by.includes(by.person_id);

export function decideReview(
  state: In<'review_rating'>,
  command: ItemCommand,
  c: Circumstances,
): readonly Event[] | Refusal {
  if (hasFiled(state, c.by))
    return refuse('same_person', '填报进度或申请办结的人不能自己审核，请由另一人审核。');
  switch (command.command) {
    case 'approve':
      return command.rating === 'unqualified'
        ? returnToUnit(state, command.opinion ?? '评定为不合格', 'unqualified', c)
        : close(state, command.rating, command.opinion ?? '', c);
    case 'return':
      return returnToUnit(state, command.reasons, null, c);
    default:
      return unreachable(command);
  }
}

/** Judged by the moment of the request that was approved: a slow review never makes an item late. */
function close(
  state: In<'review_rating'>,
  rating: Rating,
  opinion: string,
  { at, by }: Circumstances,
): readonly Event[] {
  const requested_at = state.request.at;
  const due = dueOf(state);
  const on_time = requested_at < due;
  return [{ type: 'closed', at, by, rating, opinion, on_time, requested_at, due, clears: allArmed(state) }];
}

/**
 * The deadline has not moved: where it has passed meanwhile, the red card comes at once. One that had passed before
 * the end was asked for has its red card: it stands, is no second one, and its people are reminded at once.
 */
function returnToUnit(
  state: In<'review_rating'>,
  reasons: string,
  rating: Rating | null,
  c: Circumstances,
): readonly Event[] | Refusal {
  const stands = { due: dueOf(state), basis: state.due_basis };
  const end = stands.due <= c.at ? stands : dueOn(c.calendar, stands);
  if (isRefusal(end)) return end;
  const armed = armItem(state, end, c);
  if (isRefusal(armed)) return armed;
  const wasLate = stands.due <= state.request.at && c.unmended !== true;
  const item = wasLate ? afterRed(armed) : armed;
  const report = armReport(state, item.due, c);
  if (isRefusal(report)) return report;
  const clears = armedOf(state, 'review');
  return [{ type: 'returned', at: c.at, by: c.by, reasons, rating, clears, arms: [item, ...report] }];
}
