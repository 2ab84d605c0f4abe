/** The plan curve of a row: a column per month, or dated milestones in one cell. */
import { monthEnd, plannedMonths, type PeriodKind, type PlannedValue } from './annual-list.ts';
import { parseDecimal } from './decimal.ts';
import { monthHeaders, type AnnualListRow } from './import-annual-list-sheet.ts';
import { officeDate } from './import-sheet.ts';
import { yearOf } from './time.ts';

/** Null when a cell was at fault. */
export const planOf = (row: AnnualListRow, year: number, kind: PeriodKind): PlannedValue[] | null =>
  kind === 'milestones' ? milestonesOf(row, year) : byMonths(row, year, kind);

function byMonths(row: AnnualListRow, year: number, kind: PeriodKind): PlannedValue[] | null {
  let sound = true;
  const fault = (column: (typeof monthHeaders)[number] | '节点计划', what: string, mend: string) => {
    sound = false;
    row.fault(column, what, mend);
  };
  if (!row.isEmpty('节点计划'))
    fault('节点计划', '只有按节点的指标填写节点计划', '请清空本栏，或将周期改为节点');
  const months = plannedMonths(kind);
  const plan = monthHeaders.flatMap((header, index): PlannedValue[] => {
    const isAsked = months.includes(index + 1);
    if (row.isEmpty(header)) {
      if (isAsked) fault(header, '不能为空', '请填写到该月底的计划累计值');
      return [];
    }
    if (!isAsked) {
      fault(header, '按季的指标只填季末月份', '请清空本栏，只填3月、6月、9月、12月');
      return [];
    }
    const value = row.optionalDecimal(header, 4);
    if (value !== null) return [{ by: monthEnd(year, index + 1), value }];
    sound = false;
    return [];
  });
  return sound ? plan : null;
}

const HOW = '请按“日期=计划累计值”填写，多个节点用分号隔开，例如2026-06-30=50；2026-12-31=100';

function milestonesOf(row: AnnualListRow, year: number): PlannedValue[] | null {
  let sound = true;
  for (const header of monthHeaders) {
    if (row.isEmpty(header)) continue;
    sound = false;
    row.fault(header, '按节点的指标不填各月计划', '请清空本栏，只填节点计划');
  }
  const plan = (row.text('节点计划', 500) ?? '').split(/[;；]/).flatMap((part): PlannedValue[] => {
    if (part.trim() === '') return [];
    const [date = '', number = '', ...more] = part.split(/[=＝]/);
    const by = officeDate(date);
    const value = parseDecimal(number);
    const fault = (what: string, mend: string) => {
      sound = false;
      row.fault('节点计划', what, mend);
      return [];
    };
    if (by === null) return fault(`“${date.trim()}”不是真实存在的日期`, HOW);
    if (yearOf(by) !== year) return fault(`${by}不在${year}年`, '节点须在清单的年度之内');
    if (value === null || more.length > 0) return fault(`“${part.trim()}”不是“日期=数字”`, HOW);
    return [{ by, value }];
  });
  return sound && plan.length > 0 ? plan : null;
}
