/** What a change of a released list would do, worked out before it is proposed and once more before it is confirmed. */
import { randomUUID } from 'node:crypto';
import { listedIndicators, type ListRow } from '../db/annual-list.ts';
import type { Addition } from '../db/annual-list-tables.ts';
import { listedUnits, peopleOfUnits, weightsInForce, type WeightChange } from '../db/annual-list-changes.ts';
import { knownOfYear, type IndicatorRow } from '../db/annual-list-views.ts';
import type { Tx } from '../db/client.ts';
import { indicatorFaults, type ListFault } from '../domain/annual-list-checks.ts';
import { shareOut, weightRefusal, type UnitWeights, type Weight } from '../domain/annual-list-weights.ts';
import { decimal, subtractDecimals, type Decimal } from '../domain/decimal.ts';
import { isRefusal, refuse, type Refusal } from '../domain/refusal.ts';
import type { LocalDate } from '../domain/time.ts';
import { listFaulty } from './annual-lists-faults.ts';
import { ApiProblem, refusalProblem } from './problem.ts';

export type Days = { readonly from_date: LocalDate; readonly today: LocalDate; readonly year: number };

type Proposed = Pick<WeightChange, 'weights' | 'additions'>;

/** @throws ApiProblem with the refusal; then nothing may be stored. */
export async function checkWeights(
  tx: Tx,
  proposed: Proposed,
  units: readonly string[],
  days: Days,
): Promise<void> {
  const refusal = weightRefusal(await unitWeights(tx, proposed, units, days.year), days);
  if (refusal !== null) throw refusalProblem(refusal);
}

/** @throws ApiProblem `preview_outdated` when the list has changed since the proposal. */
export async function checkOnce(tx: Tx, change: WeightChange, today: LocalDate): Promise<void> {
  const units = await unitsOf(tx, change);
  const days = { from_date: change.from_date, today, year: change.year };
  const refusal = weightRefusal(await unitWeights(tx, change, units, change.year), days);
  if (refusal?.refusal === 'weights_incomplete') throw outdated();
  if (refusal !== null) throw refusalProblem(refusal);
  const known = await knownOfYear(tx, change.year);
  const faults = change.additions.flatMap((one) => indicatorFaults(one, known));
  if (faults.length > 0) throw outdated();
}

const outdated = () => new ApiProblem('preview_outdated', '提出之后清单或人员已有变化，请重新提出。');

async function unitsOf(tx: Tx, { weights, additions, year }: WeightChange): Promise<string[]> {
  const ids = weights.map(({ indicator_id }) => indicator_id);
  const rows = await listedIndicators(tx, year, { ids });
  return [...new Set([...rows, ...additions].map(({ unit_id }) => unit_id))];
}

async function unitWeights(
  tx: Tx,
  { weights, additions }: Proposed,
  units: readonly string[],
  year: number,
): Promise<UnitWeights[]> {
  const now = await weightsInForce(tx, year, units);
  const owners = new Map(now.map(({ indicator_id, unit_id }) => [indicator_id, unit_id]));
  return units.map((unit_id, index) => {
    const own = now.filter((one) => one.unit_id === unit_id);
    return {
      unit_id,
      unit_name: own[0]?.unit_name ?? '',
      now: own,
      // Whoever names an indicator of another unit is told so at the first one.
      weights: weights.filter(
        ({ indicator_id }) => (owners.get(indicator_id) ?? (index === 0 ? unit_id : '')) === unit_id,
      ),
      added: additions.filter((one) => one.unit_id === unit_id).map(({ points }) => points),
    };
  });
}

/** The unit's other indicators in the room that is left for them. @throws ApiProblem `weights_not_100`. */
export async function makeRoom(
  tx: Tx,
  year: number,
  units: readonly string[],
  points: Decimal,
): Promise<Weight[]> {
  const now = await weightsInForce(tx, year, units);
  const shared = units.flatMap((unit_id): (Weight | Refusal)[] => {
    const own = now.filter((one) => one.unit_id === unit_id);
    if (own.length === 0) return [refuse('weights_incomplete', '该单位本年度没有清单。', '/unit_id')];
    return (
      shareOut(own, subtractDecimals(decimal('100'), points)) ?? [
        refuse('weights_not_100', `“${own[0]?.unit_name}”的其余指标容不下${points}分。`, '/points'),
      ]
    );
  });
  const refusal = shared.find(isRefusal);
  if (refusal !== undefined) throw refusalProblem(refusal);
  return shared.flatMap((one) => (isRefusal(one) ? [] : [one]));
}

/** what comes during the year is only planned from its day on. */
export async function checkAddition(
  tx: Tx,
  year: number,
  facts: Addition,
  from_date: LocalDate,
): Promise<void> {
  const faults: Pick<ListFault, 'field' | 'what' | 'mend'>[] = indicatorFaults(
    facts,
    await knownOfYear(tx, year),
  );
  const early = facts.plan.find(({ by }) => by < from_date);
  if (early !== undefined) {
    const what = `计划日期${early.by}早于起始日期${from_date}`;
    faults.push({ field: 'plan', what, mend: '请只填起始日期之后的计划累计值' });
  }
  if (faults.length > 0) throw listFaulty(faults);
}

/**
 * what one unit had becomes common: the other units get the same with their own people, and
 * their other indicators make room for it.
 */
export async function promotion(
  tx: Tx,
  row: IndicatorRow,
  {
    theme,
    from_date,
    points,
    unit_ids,
  }: {
    readonly theme: string;
    readonly from_date: LocalDate;
    readonly points: Decimal | null;
    readonly unit_ids: readonly string[] | null;
  },
): Promise<Proposed> {
  const [source] = await listedIndicators(tx, row.year, { ids: [row.id] });
  if (source === undefined) throw outdated();
  const all = await listedUnits(tx, row.year);
  const wanted = unit_ids ?? all;
  const stranger = wanted.find((unit) => !all.includes(unit));
  if (stranger !== undefined) {
    throw refusalProblem(refuse('weights_incomplete', '所列单位中有本年度没有清单的。', '/unit_ids'));
  }
  const units = wanted.filter((unit) => unit !== row.unit_id);
  const each = points ?? source.points;
  const people = await peopleOfUnits(tx, units, from_date);
  const plan = source.plan.filter(({ by }) => by >= from_date);
  const known = await knownOfYear(tx, row.year);
  const vacant = units.filter((unit) => !people.has(unit)).map((unit) => known.units.get(unit)?.name ?? unit);
  if (vacant.length > 0) {
    const what = `以下单位未配齐填报责任人、直接负责人和联系人：${vacant.join('、')}`;
    throw listFaulty([{ field: 'reporter_id', what, mend: '请先登记任职，或在unit_ids中只列其余单位' }]);
  }
  const { id: _, number: __, origin: ___, effective_from: ____, ...facts } = source;
  const additions = units.flatMap((unit_id): Addition[] => {
    const own = people.get(unit_id);
    const fresh = { id: randomUUID(), number: null, unit_id, promoted_from: row.id, baseline_value: null };
    return own === undefined
      ? []
      : [{ ...facts, ...fresh, ...own, kind: 'common', theme, value_kind: 'cumulative', points: each, plan }];
  });
  for (const one of additions) await checkAddition(tx, row.year, one, from_date);
  return { weights: units.length === 0 ? [] : await makeRoom(tx, row.year, units, each), additions };
}

/** @throws ApiProblem `stage_forbids`: a draft is edited, not changed by proposals. */
export function requireReleased(list: ListRow | null): void {
  if (list?.stage === 'released') return;
  throw new ApiProblem(
    'stage_forbids',
    list === null ? '没有该年度的清单。' : '清单尚未下达，请直接修改清单。',
  );
}
