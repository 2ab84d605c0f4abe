/** The columns of the annual list, and which of them tells which field. */
import { winningTarget, type IndicatorFacts } from './annual-list.ts';
import type { SheetRow } from './import-sheet.ts';
import type { SourceLevel } from './vocabulary.ts';

export const monthHeaders = [
  '1月',
  '2月',
  '3月',
  '4月',
  '5月',
  '6月',
  '7月',
  '8月',
  '9月',
  '10月',
  '11月',
  '12月',
] as const;

export const annualListHeaders = [
  '编号',
  '单位',
  '指标类别',
  '主题',
  '指标',
  '指标分值',
  '分项目标',
  '分值',
  '计量单位',
  '方向',
  '统计方式',
  '上年基数',
  '中央目标',
  '省级目标',
  '州级目标',
  '市级目标',
  '单位目标',
  '挑战性',
  '标签',
  '填报责任人',
  '直接负责人',
  '联系人',
  '责任科室',
  '周期',
  ...monthHeaders,
  '节点计划',
  '印证资料要求',
  '预警策略',
  '进度策略',
  '来源级别',
  '来源文件',
] as const;

export type AnnualListHeader = (typeof annualListHeaders)[number];
export type AnnualListRow = SheetRow<AnnualListHeader>;

export const levelHeaders = [
  ['central', '中央目标'],
  ['provincial', '省级目标'],
  ['prefectural', '州级目标'],
  ['municipal', '市级目标'],
  ['unit', '单位目标'],
] as const satisfies readonly (readonly [SourceLevel, AnnualListHeader])[];

const headers: Readonly<Record<keyof IndicatorFacts, AnnualListHeader>> = {
  number: '编号',
  unit_id: '单位',
  kind: '指标类别',
  theme: '主题',
  name: '指标',
  sub_target: '分项目标',
  points: '分值',
  measure: '计量单位',
  direction: '方向',
  value_kind: '统计方式',
  baseline_value: '上年基数',
  level_targets: '单位目标',
  is_stretch: '挑战性',
  tags: '标签',
  reporter_id: '填报责任人',
  direct_lead_id: '直接负责人',
  contact_person_id: '联系人',
  responsible_office: '责任科室',
  period_kind: '周期',
  plan: '12月',
  evidence_rule: '印证资料要求',
  warning_policy: '预警策略',
  progress_policy: '进度策略',
  source_level: '来源级别',
  source_document: '来源文件',
};

/** Where in the sheet a field of a row is mended: the target that holds, the plan's last place. */
export function headerOf(field: keyof IndicatorFacts, row: IndicatorFacts | null): AnnualListHeader {
  if (row === null) return headers[field];
  if (field === 'plan' && row.period_kind === 'milestones') return '节点计划';
  const holds = winningTarget(row.level_targets, row.direction)?.level;
  const header = levelHeaders.find(([level]) => level === holds)?.[1];
  return field === 'level_targets' && header !== undefined ? header : headers[field];
}
