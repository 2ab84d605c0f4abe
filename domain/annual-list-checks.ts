/**
 * What a list must fulfil before it may be released, asked of an upload, of a change and of the
 * list as it stands: one set of rules. A fault names the indicator and the field, says what is
 * wrong and how to mend it.
 */
import {
  indicatorPeople,
  isBetter,
  isNumberOf,
  monthEnd,
  periodsOfPlan,
  plannedMonths,
  winningTarget,
  type IndicatorFacts,
  type PersonField,
} from './annual-list.ts';
import {
  compareDecimals,
  decimal,
  fixed,
  placesOf,
  subtractDecimals,
  sumOf,
  type Decimal,
} from './decimal.ts';
import { planFaults } from './period.ts';

export type ListFault = {
  /** Position in the list that was checked; null when a unit as a whole is at fault. */
  readonly index: number | null;
  readonly unit_id: string;
  readonly field: keyof IndicatorFacts;
  /** Chinese. */
  readonly what: string;
  /** Chinese. */
  readonly mend: string;
};

export type KnownForList = {
  readonly year: number;
  /** By id; the unit that the person belongs to. */
  readonly people: ReadonlyMap<string, { readonly name: string; readonly unit_id: string | null }>;
  /** By id; with those into which the unit was or will be merged. */
  readonly units: ReadonlyMap<string, { readonly name: string; readonly successors?: readonly string[] }>;
  readonly themes: ReadonlyMap<string, string>;
  readonly warning_policies: ReadonlySet<string>;
  /** Null: not known here, so not checked. */
  readonly progress_policies: ReadonlySet<string> | null;
};

const HUNDRED = decimal('100');
const ZERO = decimal('0');

export function listFaults(list: readonly IndicatorFacts[], known: KnownForList): ListFault[] {
  const faults = list.flatMap((facts, index) =>
    indicatorFaults(facts, known).map((fault) => ({ ...fault, index, unit_id: facts.unit_id })),
  );
  return [...faults, ...repeats(list), ...sumFaults(list, known)];
}

/** R-031: each unit's points add to 100, to the hundredth. */
export function sumFaults(
  list: readonly Pick<IndicatorFacts, 'unit_id' | 'points'>[],
  { units }: Pick<KnownForList, 'units'>,
): ListFault[] {
  return [...Map.groupBy(list, ({ unit_id }) => unit_id)].flatMap(([unit_id, rows]): ListFault[] => {
    const sum = sumOf(rows.map(({ points }) => points));
    const off = subtractDecimals(sum, HUNDRED);
    if (compareDecimals(off, ZERO) === 0) return [];
    const name = units.get(unit_id)?.name ?? '';
    const apart = off.startsWith('-') ? `少${fixed(off.slice(1) as Decimal, 2)}` : `多${fixed(off, 2)}`;
    return [
      {
        index: null,
        unit_id,
        field: 'points',
        what: `“${name}”的分值合计为${fixed(sum, 2)}分，应为100.00分（${apart}分）`,
        mend: '请调整该单位各指标的分值，使合计恰为100分',
      },
    ];
  });
}

type IndicatorFault = Omit<ListFault, 'index' | 'unit_id'>;

/** What is wrong with one indicator, whatever stands beside it. */
export function indicatorFaults(facts: IndicatorFacts, known: KnownForList): IndicatorFault[] {
  const faults: IndicatorFault[] = [];
  const fault = (field: keyof IndicatorFacts, what: string, mend: string) =>
    faults.push({ field, what, mend });
  const { number, kind, theme, points, warning_policy, progress_policy } = facts;
  if (number !== null && !isNumberOf(known.year, number)) {
    fault('number', `“${number}”不是有效的编号`, `编号形如考〔${known.year}〕0001，留空则由系统编号`);
  }
  if (!known.units.has(facts.unit_id)) fault('unit_id', '单位不存在', '请填写已登记的单位');
  if (kind === 'common' && theme === null) {
    fault('theme', '共性指标须有主题', `请填写：${[...known.themes.values()].join('、')}`);
  }
  if (theme !== null && !known.themes.has(theme)) {
    fault('theme', '主题不存在', `请填写：${[...known.themes.values()].join('、')}`);
  }
  if (compareDecimals(points, ZERO) <= 0 || compareDecimals(points, HUNDRED) > 0 || placesOf(points) > 2) {
    fault('points', `分值${points}不在范围内`, '分值须大于0、不超过100，最多两位小数');
  }
  if (facts.responsible_office.trim() === '') fault('responsible_office', '未写明责任科室', '请填写责任科室');
  if (!known.warning_policies.has(warning_policy)) {
    fault('warning_policy', `预警策略“${warning_policy}”不存在`, '请改为现行的预警策略');
  }
  if (known.progress_policies !== null && !known.progress_policies.has(progress_policy)) {
    fault('progress_policy', `进度策略“${progress_policy}”不存在`, '请改为现行的进度策略');
  }
  return [...faults, ...targetFaults(facts, known.year), ...peopleFaults(facts, known)];
}

/** R-014 an individual target exceeds last year's; the plan ends with the target. */
function targetFaults(facts: IndicatorFacts, year: number): IndicatorFault[] {
  const { direction, baseline_value, kind, level_targets, measure } = facts;
  const won = winningTarget(level_targets, direction);
  if (won === null) {
    return [{ field: 'level_targets', what: '没有目标值', mend: '请至少填写一个层级的目标' }];
  }
  const faults: IndicatorFault[] = [];
  if (kind === 'individual' && baseline_value === null) {
    faults.push({
      field: 'baseline_value',
      what: '个性指标须有上年基数',
      mend: '请填写上年完成值；上年没有此项工作的填0',
    });
  }
  if (kind === 'individual' && baseline_value !== null && !isBetter(won.value, baseline_value, direction)) {
    const [not, better] = direction === 'higher_better' ? ['未高于', '高于'] : ['未低于', '低于'];
    faults.push({
      field: 'level_targets',
      what: `目标${won.value}${measure}${not}上年基数${baseline_value}${measure}`,
      mend: `个性指标的目标须${better}上年基数，请提高要求，或核对方向和基数`,
    });
  }
  if (facts.value_kind === 'point_in_time' && (baseline_value === null || baseline_value === won.value)) {
    faults.push({
      field: 'baseline_value',
      what: '时点指标须有与目标不同的上年基数',
      mend: '时点指标的进度自上年基数起算，请填写上年完成值，或将统计方式改为累计',
    });
  }
  return [...faults, ...faultsOfPlan(facts, { year, target: won.value })];
}

/** What the task would not be born with, what it could not be reported by, and what cannot be meant. */
function faultsOfPlan(
  facts: IndicatorFacts,
  { year, target }: { readonly year: number; readonly target: Decimal },
): IndicatorFault[] {
  const { plan, period_kind, value_kind } = facts;
  const fault = (what: string, mend: string): IndicatorFault[] => [{ field: 'plan', what, mend }];
  const [first] = plan;
  if (first === undefined) return fault('没有计划累计值', '请按周期填写计划累计值');
  const [unsound] = planFaults(periodsOfPlan(facts), { year, target });
  if (unsound !== undefined) {
    return fault(
      unsound,
      '计划日期须在本年度内、先后有序，按月、按季的为期末日；最后一期的计划累计值须等于目标',
    );
  }
  const missing = plannedMonths(period_kind)
    .map((month) => monthEnd(year, month))
    .filter((by) => by >= first.by && !plan.some((one) => one.by === by));
  if (missing.length > 0) {
    return fault(
      `缺少${missing.map((by) => `${Number(by.slice(5, 7))}月`).join('、')}的计划累计值`,
      '请按周期逐期填写',
    );
  }
  if (value_kind !== 'cumulative') return [];
  for (const [index, { by, value }] of plan.entries()) {
    const before = plan[index - 1];
    if (before === undefined || compareDecimals(value, before.value) >= 0) continue;
    return fault(`${by}的计划累计值${value}小于前一期的${before.value}`, '累计值不应减少，请核对');
  }
  return [];
}

/** R-032: three different people, all of the unit itself or of the one that it was merged into. */
function peopleFaults(facts: IndicatorFacts, { people, units }: KnownForList): IndicatorFault[] {
  const faults: IndicatorFault[] = [];
  const seen = new Map<string, PersonField>();
  const own = [facts.unit_id, ...(units.get(facts.unit_id)?.successors ?? [])];
  for (const field of Object.keys(indicatorPeople) as PersonField[]) {
    const person = people.get(facts[field]);
    const before = seen.get(facts[field]);
    if (person === undefined) {
      faults.push({ field, what: `${indicatorPeople[field]}不存在`, mend: '请填写已登记的人员' });
    } else if (person.unit_id === null || !own.includes(person.unit_id)) {
      const elsewhere = person.unit_id === null ? undefined : units.get(person.unit_id)?.name;
      const where = elsewhere === undefined ? '不在本单位' : `在“${elsewhere}”，不在本单位`;
      faults.push({ field, what: `“${person.name}”${where}`, mend: '请填写本单位的人员' });
    } else if (before !== undefined) {
      faults.push({
        field,
        what: `“${person.name}”已是${indicatorPeople[before]}`,
        mend: '填报责任人、直接负责人、联系人须为三个不同的人',
      });
    }
    seen.set(facts[field], field);
  }
  return faults;
}

/** One indicator, one number; and a unit is not asked for the same thing twice. */
function repeats(list: readonly IndicatorFacts[]): ListFault[] {
  const faults: ListFault[] = [];
  const numbers = new Map<string, number>();
  const names = new Map<string, number>();
  for (const [index, { number, unit_id, name, sub_target }] of list.entries()) {
    const key = JSON.stringify([unit_id, name, sub_target]);
    if (number !== null && numbers.has(number)) {
      const mend = '一项一号，请改正或留空由系统编号';
      faults.push({ index, unit_id, field: 'number', what: `编号“${number}”重复`, mend });
    }
    if (names.has(key)) {
      const what = `本单位已有指标“${[name, sub_target].filter((part) => part !== null).join('／')}”`;
      faults.push({ index, unit_id, field: 'name', what, mend: '请合并，或写明分项目标以区分' });
    }
    if (number !== null) numbers.set(number, index);
    names.set(key, index);
  }
  return faults;
}
