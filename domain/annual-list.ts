/**
 * The year's target list (目标责任清单): indicators by unit, 100 points a unit (R-010…R-032). An
 * indicator here is what was agreed; the process that watches it is the indicator task.
 */
import { compareDecimals, decimal, type Decimal } from './decimal.ts';
import type { Period } from './period.ts';
import { standardProgressPolicy } from './progress-policy.ts';
import { endOfMonth, localDate, type LocalDate } from './time.ts';
import { sourceLevels, type SourceLevel } from './vocabulary.ts';

/** */
export const indicatorKinds = { common: '共性', individual: '个性' } as const;
export type IndicatorKind = keyof typeof indicatorKinds;

/** which way is better. */
export const directions = { higher_better: '越高越好', lower_better: '越低越好' } as const;
export type Direction = keyof typeof directions;

/** */
export const indicatorTags = {
  breakthrough: '突破',
  innovation_work: '创新工作',
  highlight_work: '亮点工作',
} as const;
export type IndicatorTag = keyof typeof indicatorTags;

/** */
export const origins = { annual_list: '年度清单', dynamic: '动态指标' } as const;
export type Origin = keyof typeof origins;

/** Whether values add up through the year, counted from 0, or tell how things stand, moving from the baseline. */
export const valueKinds = { cumulative: '累计', point_in_time: '时点' } as const;
export type ValueKind = keyof typeof valueKinds;

export const periodKinds = { monthly: '月', quarterly: '季', milestones: '节点' } as const;
export type PeriodKind = keyof typeof periodKinds;

/** What is planned to be reached by the end of a day. */
export type PlannedValue = { readonly by: LocalDate; readonly value: Decimal };

/** what each level asks for; at least one does. */
export type LevelTargets = Readonly<Partial<Record<SourceLevel, Decimal>>>;

/** three different people of the unit. */
export const indicatorPeople = {
  reporter_id: '填报责任人',
  direct_lead_id: '直接负责人',
  contact_person_id: '联系人',
} as const;
export type PersonField = keyof typeof indicatorPeople;

export type IndicatorFacts = {
  /** Null: the system gives the number. */
  readonly number: string | null;
  readonly unit_id: string;
  readonly kind: IndicatorKind;
  /** Code of a theme; every common indicator has one. */
  readonly theme: string | null;
  readonly name: string;
  /** R-031 指标 → 分项目标: several of one name are the parts of one indicator. */
  readonly sub_target: string | null;
  readonly source_level: SourceLevel;
  readonly source_document: string | null;
  /** Of at most two places; the unit's add to 100 exactly. */
  readonly points: Decimal;
  /** 计量单位, as people write it: 个、%、万元. */
  readonly measure: string;
  readonly direction: Direction;
  readonly value_kind: ValueKind;
  readonly baseline_value: Decimal | null;
  readonly level_targets: LevelTargets;
  readonly is_stretch: boolean;
  readonly tags: readonly IndicatorTag[];
  readonly reporter_id: string;
  readonly direct_lead_id: string;
  readonly contact_person_id: string;
  readonly responsible_office: string;
  readonly period_kind: PeriodKind;
  /** By date; the last one is what the year asks for. */
  readonly plan: readonly PlannedValue[];
  readonly evidence_rule: string | null;
  /** Names of policies. */
  readonly warning_policy: string;
  readonly progress_policy: string;
};

/** Where the office writes nothing: what watches a report of a cycle. */
export const defaultPolicies = {
  warning_policy: 'report',
  progress_policy: standardProgressPolicy.name,
} as const;

/** `考〔2026〕0137`: one indicator, one number. */
export const numberOf = (year: number, count: number): string =>
  `考〔${year}〕${String(count).padStart(4, '0')}`;

export const isNumberOf = (year: number, text: string): boolean =>
  new RegExp(`^考〔${year}〕\\d{4,9}$`).test(text);

export type Winner = { readonly level: SourceLevel; readonly value: Decimal };

/**
 * R-015 就高不就低: the stricter target holds; where two are as strict, the higher level's does.
 * Null when no level sets one.
 */
export function winningTarget(targets: LevelTargets, direction: Direction): Winner | null {
  let won: Winner | null = null;
  for (const level of Object.keys(sourceLevels) as SourceLevel[]) {
    const value = targets[level];
    if (value === undefined) continue;
    if (won === null || isBetter(value, won.value, direction)) won = { level, value };
  }
  return won;
}

/** Strictly better in the indicator's direction. */
export const isBetter = (value: Decimal, than: Decimal, direction: Direction): boolean =>
  direction === 'higher_better' ? compareDecimals(value, than) > 0 : compareDecimals(value, than) < 0;

const MONTHS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] as const;

/** The months whose ends the plan must name; milestones name their own days. */
export const plannedMonths = (kind: PeriodKind): readonly number[] =>
  kind === 'monthly' ? MONTHS : kind === 'quarterly' ? [3, 6, 9, 12] : [];

/** The last day of a month. */
export const monthEnd = (year: number, month: number): LocalDate =>
  endOfMonth(localDate(`${year}-${String(month).padStart(2, '0')}-01`));

/** The periods for which the indicator is reported. */
export const periodsOfPlan = ({
  period_kind,
  plan,
}: Pick<IndicatorFacts, 'period_kind' | 'plan'>): Period[] =>
  plan.map(({ by, value }) => ({ id: periodId(period_kind, by), ends_on: by, planned: value }));

function periodId(kind: PeriodKind, by: LocalDate): string {
  if (kind === 'milestones') return by;
  return kind === 'monthly' ? by.slice(0, 7) : `${by.slice(0, 4)}-Q${Math.ceil(Number(by.slice(5, 7)) / 3)}`;
}

/** From where the way to the target is counted. */
export const startValue = ({
  value_kind,
  baseline_value,
}: Pick<IndicatorFacts, 'value_kind' | 'baseline_value'>) =>
  value_kind === 'point_in_time' && baseline_value !== null ? baseline_value : decimal('0');
