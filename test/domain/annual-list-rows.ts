/** A small sound annual list, of which each test breaks one thing. */
import type { IndicatorFacts } from '../../domain/annual-list.ts';
import type { KnownForList } from '../../domain/annual-list-checks.ts';
import { decimal } from '../../domain/decimal.ts';
import { annualListSheet, type KnownForAnnualList } from '../../domain/import-annual-list-known.ts';
import { annualListHeaders, type AnnualListHeader } from '../../domain/import-annual-list-sheet.ts';
import type { CellValue, Sheet } from '../../domain/import-sheet.ts';
import { localDate } from '../../domain/time.ts';

export const known: KnownForAnnualList = {
  units: [
    { id: 'u1', code: 'D01', name: '市水利局全称', short_name: '水利局' },
    { id: 'u2', code: 'T01', name: '白榆镇人民政府', short_name: '白榆镇' },
  ],
  people: [
    { id: 'p1', staff_no: '1001', name: '王明', unit_id: 'u1' },
    { id: 'p2', staff_no: '1002', name: '李华', unit_id: 'u1' },
    { id: 'p3', staff_no: '1003', name: '周春', unit_id: 'u1' },
    { id: 'p4', staff_no: '1004', name: '周春', unit_id: 'u1' },
    { id: 'p5', staff_no: '2001', name: '赵平', unit_id: 'u2' },
    { id: 'p6', staff_no: '2002', name: '钱宁', unit_id: 'u2' },
    { id: 'p7', staff_no: '2003', name: '周春', unit_id: 'u2' },
  ],
  themes: [
    { code: 'ideology', name: '意识形态' },
    { code: 'grassroots_party_building', name: '基层党建' },
  ],
  warning_policies: [
    { code: 'standard', name: '标准' },
    { code: 'report', name: 'report' },
  ],
  progress_policies: null,
  calendar_years: [2026, 2027],
  this_year: 2026,
  released_years: [],
  numbers: [],
};

export const knownList: KnownForList = {
  year: 2026,
  people: new Map(known.people.map(({ id, ...person }) => [id, person])),
  units: new Map(known.units.map(({ id, short_name }) => [id, { name: short_name }])),
  themes: new Map(known.themes.map(({ code, name }) => [code, name])),
  warning_policies: new Set(['standard', 'report']),
  progress_policies: null,
};

export const facts = (changed: Partial<IndicatorFacts> = {}): IndicatorFacts => ({
  number: null,
  unit_id: 'u1',
  kind: 'individual',
  theme: null,
  name: '新建水库',
  sub_target: null,
  source_level: 'municipal',
  source_document: null,
  points: decimal('100'),
  measure: '座',
  direction: 'higher_better',
  value_kind: 'cumulative',
  baseline_value: decimal('2'),
  level_targets: { provincial: decimal('3'), municipal: decimal('4') },
  is_stretch: false,
  tags: [],
  reporter_id: 'p1',
  direct_lead_id: 'p2',
  contact_person_id: 'p3',
  responsible_office: '工程科',
  period_kind: 'quarterly',
  plan: ['2026-03-31', '2026-06-30', '2026-09-30', '2026-12-31'].map((by, index) => ({
    by: localDate(by),
    value: decimal(String(index + 1)),
  })),
  evidence_rule: null,
  warning_policy: 'report',
  progress_policy: 'progress',
  ...changed,
});

type Cells = Partial<Record<AnnualListHeader, CellValue>>;

export const indicatorRow = (changed: Cells = {}): CellValue[] => {
  const cells: Cells = {
    单位: '水利局',
    指标类别: '个性',
    指标: '新建水库',
    分值: 100,
    计量单位: '座',
    方向: '越高越好',
    上年基数: 2,
    市级目标: 4,
    填报责任人: '王明',
    直接负责人: '李华',
    联系人: '1003',
    责任科室: '工程科',
    周期: '季',
    '3月': 1,
    '6月': 2,
    '9月': 3,
    '12月': 4,
    来源级别: '市级',
    ...changed,
  };
  return annualListHeaders.map((header) => cells[header] ?? null);
};

export const annualListOf = (...rows: CellValue[][]): Sheet[] => [
  { name: annualListSheet(2026), rows: [[...annualListHeaders], ...rows] },
];
