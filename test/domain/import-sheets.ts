/** A small correct roster and list, from which each test breaks one thing. */
import type { CellValue, Fault, Sheet } from '../../domain/import-sheet.ts';
import { rosterSheets } from '../../domain/import-roster.ts';
import { supervisionListHeaders, supervisionListSheet } from '../../domain/import-supervision-list.ts';

export const day = (text: string) => new Date(`${text}T00:00:00Z`);

export type Rows = Record<string, CellValue[][]>;

/** Row 1 of every sheet is its header; the first entry of a list is therefore row 2. */
export const soundRoster = (): Rows => ({
  单位: [
    ['D01', '市水利局', '水利局', '市直部门', null],
    ['T01', '白榆镇人民政府', '白榆镇', '乡镇', 'D01'],
  ],
  人员: [
    ['1001', '王明', '15400000001', 'D01', '办公室', 'wang.ming'],
    ['1002', '李华', '15400000002', 'T01', null, 'li.hua'],
    ['1003', '周春', null, 'T01', null, null],
  ],
  任职: [
    ['1001', 'D01', '市级领导', day('2025-01-01'), null, 'D01;T01'],
    ['1002', 'T01', '主要领导', '2025年1月1日', day('2026-06-30'), null],
    ['1003', 'T01', '填报责任人', '2025/1/1', null, null],
  ],
  账号角色: [
    ['wang.ming', '市级领导'],
    ['li.hua', '承办单位'],
    ['li.hua', '审核评分'],
  ],
});

export const rosterOf = (rows: Rows): Sheet[] =>
  Object.entries(rosterSheets).map(([name, headers]) => ({
    name,
    rows: [[...headers], ...(rows[name] ?? [])],
  }));

export const listOf = (...rows: CellValue[][]): Sheet[] => [
  { name: supervisionListSheet, rows: [[...supervisionListHeaders], ...rows] },
];

type ListCells = Partial<Record<(typeof supervisionListHeaders)[number], CellValue>>;

/** A sound matter with the given cells changed. */
export const matter = (changed: ListCells = {}): CellValue[] => {
  const cells: ListCells = {
    编号: '督〔2026〕0001',
    督查事项: '河道清理整治',
    督查方面: '重点工作',
    子类: '生态环保',
    来源层级: '省级',
    来源文件: '河长制年度任务书',
    批示人: null,
    事项类别: '限期',
    办结日期: day('2026-12-18'),
    牵头单位: '水利局',
    协办单位: '白榆镇',
    汇报周期: '每5个工作日',
    预警策略: '标准',
    重要程度: '重要',
    ...changed,
  };
  return supervisionListHeaders.map((header) => cells[header] ?? null);
};

export const faultsOf = (checked: { rows: unknown } | { faults: Fault[] }): Fault[] =>
  'faults' in checked ? checked.faults : [];

/** `人员 3 手机号码`: the place of a fault as one would say it. */
export const places = (checked: { rows: unknown } | { faults: Fault[] }): string[] =>
  faultsOf(checked).map(({ sheet, row, column }) => `${sheet} ${row} ${column}`.trim());
