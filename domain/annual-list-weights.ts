/**
 * weights change during the year as dated versions, a unit's whole set at once, so that its
 * list stays at 100 points on every day. The past never changes. Of two changes from one day the one confirmed later
 * holds: several matters may begin on the same day.
 */
import {
  compareDecimals,
  decimal,
  fixed,
  fromScaled,
  placesOf,
  scaled,
  sumOf,
  type Decimal,
} from './decimal.ts';
import { refuse, type Refusal } from './refusal.ts';
import type { LocalDate } from './time.ts';

export type Weight = { readonly indicator_id: string; readonly points: Decimal };

/** An indicator's weight in force, and since when. */
export type WeightInForce = Weight & { readonly unit_id: string; readonly from_date: LocalDate };

/** What one unit's list would become. */
export type UnitWeights = {
  readonly unit_id: string;
  readonly unit_name: string;
  /** The latest version of each of the unit's indicators. */
  readonly now: readonly WeightInForce[];
  readonly weights: readonly Weight[];
  /** Points of indicators that join with the same change. */
  readonly added: readonly Decimal[];
};

const HUNDRED = decimal('100');

/** Null when the change may be proposed, or still be confirmed. `today` is the day of asking. */
export function weightRefusal(
  units: readonly UnitWeights[],
  {
    from_date,
    today,
    year,
  }: { readonly from_date: LocalDate; readonly today: LocalDate; readonly year: number },
): Refusal | null {
  if (!from_date.startsWith(`${year}-`)) {
    return refuse('weights_in_past', `起始日期须在${year}年之内。`, '/from_date');
  }
  if (from_date < today) {
    const detail = `起始日期${from_date}已过，已过日期的得分须按当日分值计算；请改为${today}或之后的日期重新提出。`;
    return refuse('weights_in_past', detail, '/from_date');
  }
  if (units.length > 0 && units.every((unit) => unit.added.length === 0 && isUnchanged(unit))) {
    return refuse('nothing_changed', '各指标的分值与现行的相同。', '/weights');
  }
  for (const unit of units) {
    const refusal = unitRefusal(unit, from_date);
    if (refusal !== null) return refusal;
  }
  return null;
}

function unitRefusal({ unit_name, now, weights, added }: UnitWeights, from_date: LocalDate): Refusal | null {
  const latest = now
    .map((one) => one.from_date)
    .toSorted()
    .at(-1);
  if (latest !== undefined && from_date < latest) {
    const detail = `“${unit_name}”的现行分值自${latest}起，新的起始日期不得早于该日。`;
    return refuse('weights_in_past', detail, '/from_date');
  }
  const given = new Set(weights.map(({ indicator_id }) => indicator_id));
  const own = new Set(now.map(({ indicator_id }) => indicator_id));
  if (given.size !== weights.length || given.size !== own.size || [...given].some((id) => !own.has(id))) {
    const detail = `须列出“${unit_name}”现有的全部${own.size}项指标，每项一次：清单任何时候都合计100分。`;
    return refuse('weights_incomplete', detail, '/weights');
  }
  const all = [...weights.map(({ points }) => points), ...added];
  if (all.some((points) => compareDecimals(points, decimal('0')) <= 0 || placesOf(points) > 2)) {
    return refuse('weights_not_100', '每项分值须大于0，最多两位小数。', '/weights');
  }
  const sum = sumOf(all);
  return sum === HUNDRED
    ? null
    : refuse('weights_not_100', `“${unit_name}”合计${fixed(sum, 2)}分，须恰为100分。`, '/weights');
}

const isUnchanged = ({ now, weights }: UnitWeights): boolean => {
  const before = new Map(now.map(({ indicator_id, points }) => [indicator_id, points]));
  return weights.every(({ indicator_id, points }) => before.get(indicator_id) === points);
};

/**
 * The same indicators within `room` points, each in proportion to what it had: rounded down to the
 * hundredth, then a hundredth more for those that lost most by it (the earlier one where equal).
 * Null when there is not a hundredth for each.
 */
export function shareOut(weights: readonly Weight[], room: Decimal): Weight[] | null {
  const target = scaled(room, 2);
  const whole = scaled(sumOf(weights.map(({ points }) => points)), 2);
  if (weights.length === 0 || whole <= 0n || target < BigInt(weights.length)) return null;
  const shares = weights.map(({ indicator_id, points }, index) => {
    const exact = scaled(points, 2) * target;
    const down = exact / whole;
    return { indicator_id, index, share: down > 0n ? down : 1n, lost: down > 0n ? exact % whole : 0n };
  });
  let left = target - shares.reduce((sum, { share }) => sum + share, 0n);
  for (const one of shares.toSorted((a, b) =>
    a.lost === b.lost ? a.index - b.index : a.lost < b.lost ? 1 : -1,
  )) {
    if (left <= 0n) break;
    one.share += 1n;
    left -= 1n;
  }
  // Hundredths that the smallest were given come from the largest.
  for (const one of shares.toSorted((a, b) =>
    a.share < b.share ? 1 : a.share > b.share ? -1 : a.index - b.index,
  )) {
    const spare = one.share - 1n < -left ? one.share - 1n : -left;
    if (left >= 0n) break;
    one.share -= spare;
    left += spare;
  }
  return shares.map(({ indicator_id, share }) => ({ indicator_id, points: fromScaled(share, 2) }));
}
