/** The periods for which an indicator is reported: months, quarters, or the days of dated milestones. */
import type { Decimal } from './decimal.ts';
import { addDays, endOfMonth, localDate, parseLocalDate, yearOf, type LocalDate } from './time.ts';

/** `2026-03` a month, `2026-Q1` a quarter, `2026-05-15` a milestone. Part of the keys of its deadlines. */
export type PeriodId = string;

export type Period = {
  readonly id: PeriodId;
  readonly ends_on: LocalDate;
  /** What is planned to stand by then, counted from the beginning of the year. */
  readonly planned: Decimal;
};

const month = /^(\d{4})-(\d{2})$/;
const quarter = /^(\d{4})-Q([1-4])$/;

/** Chinese, as shown. */
export function periodName(id: PeriodId): string {
  const [, ofMonth, nth] = month.exec(id) ?? [];
  if (ofMonth !== undefined) return `${ofMonth}年${Number(nth)}月`;
  const [, ofQuarter, which] = quarter.exec(id) ?? [];
  return ofQuarter === undefined ? `${id}节点` : `${ofQuarter}年第${which}季度`;
}

/** The last day of the period that an id names, or null when it names none. */
export function endOfPeriod(id: PeriodId): LocalDate | null {
  const [, ofQuarter, which] = quarter.exec(id) ?? [];
  const monthly = ofQuarter === undefined ? id : `${ofQuarter}-${String(Number(which) * 3).padStart(2, '0')}`;
  if (!month.test(monthly)) return parseLocalDate(id);
  const first = parseLocalDate(`${monthly}-01`);
  return first === null ? null : endOfMonth(first);
}

/** A month that is the last of its quarter, a quarter, or a milestone on a quarter's last day. */
export const endsQuarter = ({ ends_on }: Pick<Period, 'ends_on'>): boolean =>
  ['03', '06', '09', '12'].includes(ends_on.slice(5, 7)) && endOfMonth(ends_on) === ends_on;

/** The first day of a period: the one after the period before, or the first of its year. */
export function startOfPeriod(periods: readonly Pick<Period, 'id' | 'ends_on'>[], id: PeriodId): LocalDate {
  const index = periods.findIndex((period) => period.id === id);
  const [before, own] = [periods[index - 1], periods[index]];
  if (before !== undefined) return addDays(before.ends_on, 1);
  return localDate(`${yearOf(own?.ends_on ?? localDate('1970-01-01'))}-01-01`);
}

/**
 * What is wrong with a plan, one Chinese sentence each: its periods, and that it ends with the target. No task is born
 * with such a plan (indicator-task-creation.ts), so no list is let through with one (annual-list-checks.ts).
 */
export function planFaults(
  periods: readonly Period[],
  { year, target }: { readonly year: number; readonly target: Decimal },
): string[] {
  const faults = periodFaults(periods, year);
  const last = periods.at(-1)?.planned;
  return faults.length > 0 || last === undefined || last === target
    ? faults
    : [`最后一期的计划值${last}不等于目标${target}`];
}

/** What is wrong with a task's periods, one Chinese sentence each: ids, order, year. */
export function periodFaults(periods: readonly Period[], year: number): string[] {
  if (periods.length === 0) return ['至少须有一个填报期'];
  return periods.flatMap(({ id, ends_on }, index) => {
    const before = periods[index - 1];
    const name = `第${index + 1}个填报期“${id}”`;
    if (endOfPeriod(id) !== ends_on) return [`${name}与其截止日期${ends_on}不符`];
    if (yearOf(ends_on) !== year) return [`${name}不在${year}年内`];
    if (before !== undefined && before.ends_on >= ends_on) return [`${name}须晚于前一个填报期`];
    return [];
  });
}
