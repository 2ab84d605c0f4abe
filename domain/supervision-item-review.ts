/** 审核评定: somebody else than who asked judges whether the item is done. */
import { samePerson, unreachable, type Circumstances } from './process.ts';
import { isRefusal, refuse, type Refusal } from './refusal.ts';
import { armReport } from './supervision-item-deadlines.ts';
import type { Event, In, ItemCommand, Rating, SupervisionItem } from './supervision-item-events.ts';
import { localDateOf } from './time.ts';
import { armNext } from './watching.ts';

export function decideReview(
  state: In<'review_rating'>,
  command: ItemCommand,
  c: Circumstances,
): readonly Event[] | Refusal {
  const { at, by } = c;
  if (samePerson(state.request.by, by))
    return refuse('same_person', '申请办结的人不能自己审核，请由另一人审核。');
  switch (command.command) {
    case 'approve': {
      if (command.rating === 'unqualified')
        return returnToUnit(state, command.opinion ?? '评定为不合格', 'unqualified', c);
      // Judged by the moment of the request that was approved: a slow review never makes an item late.
      const on_time = state.due === null || state.request.at <= state.due;
      return [
        {
          type: 'closed',
          at,
          by,
          rating: command.rating,
          opinion: command.opinion ?? '',
          on_time,
          requested_at: state.request.at,
          clears: state.deadlines.map(({ kind }) => kind),
        },
      ];
    }
    case 'return':
      return returnToUnit(state, command.reasons, null, c);
    default:
      return unreachable(command);
  }
}

function returnToUnit(
  state: SupervisionItem,
  reasons: string,
  rating: Rating | null,
  c: Circumstances,
): readonly Event[] | Refusal {
  const due = state.due ?? c.at;
  const item = armNext(state, { kind: 'item', chain: 'undertaking', due, basis: { kind: 'fixed' } }, c);
  if (isRefusal(item)) return item;
  const report = armReport(state, c, localDateOf(c.at));
  if (isRefusal(report)) return report;
  return [
    { type: 'returned', at: c.at, by: c.by, reasons, rating, clears: ['review'], arms: [item, ...report] },
  ];
}
