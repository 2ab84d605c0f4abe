/** The plan of a year as a curve over its periods, and how far what was accepted lies behind it. */
import {
  compareDecimals,
  decimal,
  divideDecimals,
  multiplyDecimals,
  subtractDecimals,
  addDecimals,
  type Decimal,
} from './decimal.ts';
import { endsQuarter, type Period, type PeriodId } from './period.ts';
import { isPraised, levelOf, type Judgement, type Outlook, type ProgressPolicy } from './progress-policy.ts';

/** The whole way, from the value at the beginning of the year to the target, is a hundred percentage points. */
export type Way = {
  readonly start_value: Decimal;
  readonly target: { readonly value: Decimal; readonly direction: 'higher_better' | 'lower_better' };
};

export type Standing = Period & { readonly accepted: { readonly value: Decimal } | null };

const hundred = decimal('100');

/** Percentage points behind the plan, negative when ahead, rounded half up. */
export function pointsBehind(
  { start_value, target }: Way,
  planned: Decimal,
  accepted: Decimal,
  places: number,
): Decimal {
  const gap =
    target.direction === 'higher_better'
      ? subtractDecimals(planned, accepted)
      : subtractDecimals(accepted, planned);
  const way = lengthOf({ start_value, target });
  // Where nothing is allowed (no accident), anything beyond the plan misses all of it.
  if (way === '0') return compareDecimals(gap, decimal('0')) > 0 ? hundred : decimal('0');
  return divideDecimals(multiplyDecimals(gap, hundred), way, places);
}

/** The value that a percentage of the way stands for. */
export const valueAt = ({ start_value, target }: Way, percent: Decimal): Decimal =>
  addDecimals(
    start_value,
    multiplyDecimals(multiplyDecimals(subtractDecimals(target.value, start_value), percent), decimal('0.01')),
  );

/** No plan asks for more than the target: what lies beyond the end of the way is the target. */
export function notBeyondTarget({ start_value, target }: Way, planned: Decimal): Decimal {
  const way = compareDecimals(target.value, start_value);
  return way === 0 || way * compareDecimals(planned, target.value) > 0 ? target.value : planned;
}

function lengthOf({ start_value, target }: Way): Decimal {
  const way = subtractDecimals(target.value, start_value);
  return way.startsWith('-') ? subtractDecimals(decimal('0'), way) : way;
}

/** What stands accepted at a period: of it, or else of the last one before it. */
export function acceptedBy(periods: readonly Standing[], period: PeriodId, start_value: Decimal): Decimal {
  const index = periods.findIndex(({ id }) => id === period);
  return (
    periods.slice(0, index + 1).findLast(({ accepted }) => accepted !== null)?.accepted?.value ?? start_value
  );
}

export function judge(
  policy: ProgressPolicy,
  way: Way,
  { id, ends_on, planned }: Period,
  accepted: Decimal,
  outlook?: Outlook,
): Judgement {
  const behind = pointsBehind(way, planned, accepted, policy.places);
  const quarterEnds = endsQuarter({ ends_on });
  const level = levelOf(policy, behind, { quarterEnds, ...(outlook === undefined ? {} : { outlook }) });
  return {
    period: id,
    planned,
    accepted,
    behind,
    level,
    ...(outlook === undefined ? {} : { outlook }),
    ...(isPraised(policy, behind) ? { praised: true } : {}),
  };
}
