/** 机构改革: one unit goes up in another one from a day on. */
import { refuse, type Refusal } from './refusal.ts';
import type { LocalDate } from './time.ts';

export type Mergeable = {
  readonly id: string;
  readonly name: string;
  readonly merged_into: string | null;
  readonly merged_from: LocalDate | null;
};

export type Merge = { readonly into: string; readonly from_date: LocalDate };

/** @returns null where exactly this was decided before. */
export function decideMerge(
  unit: Mergeable,
  into: Mergeable | null,
  { from_date, today }: { readonly from_date: LocalDate; readonly today: LocalDate },
): Merge | null | Refusal {
  if (into === null) return refuse('unknown_unit', '没有这个单位，请核对单位编号。', '/into');
  if (unit.merged_into === into.id && unit.merged_from === from_date) return null;
  if (unit.id === into.id) return refuse('merge_into_itself', '单位不能并入自身。', '/into');
  if (unit.merged_into !== null) return refuse('unit_merged', `${unit.name}已并入其他单位，不能再次并入。`);
  if (into.merged_into !== null)
    return refuse('merge_into_merged', `${into.name}已并入其他单位，请改选其并入后的单位。`, '/into');
  // What was sent until now was sent to whoever held the posts then.
  if (from_date < today) return refuse('merge_in_past', '并入日期不能早于今日。', '/from_date');
  return { into: into.id, from_date };
}
