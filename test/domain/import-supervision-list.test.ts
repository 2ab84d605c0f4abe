import { describe, expect, test } from 'vitest';
import type { CellValue } from '../../domain/import-sheet.ts';
import { checkSupervisionList, type KnownForSupervisionList } from '../../domain/import-supervision-list.ts';
import { localDate } from '../../domain/time.ts';
import { aspects } from '../../domain/vocabulary.ts';
import { day, faultsOf, listOf, matter, places } from './import-sheets.ts';

const known: KnownForSupervisionList = {
  units: [
    { code: 'D01', name: '市水利局', short_name: '水利局' },
    { code: 'T01', name: '白榆镇人民政府', short_name: '白榆镇' },
    { code: 'T02', name: '青盐镇人民政府', short_name: '青盐镇' },
  ],
  policies: [
    { code: 'standard', name: '标准' },
    { code: 'year_end_clear', name: '年底清零' },
  ],
  calendar_years: [2026, 2027],
  today: localDate('2026-11-25'),
  numbers: new Set(['督〔2026〕0900']),
};

const check = (...rows: CellValue[][]) => checkSupervisionList(listOf(...rows), known);

/** The first item of a list that has no fault. */
function item(changed: Parameters<typeof matter>[0]) {
  const checked = check(matter(changed));
  if ('faults' in checked) throw new Error(JSON.stringify(checked.faults));
  return checked.rows[0];
}

test('R-080 a matter is read into an item of its aspect', () => {
  expect(item({})).toEqual({
    row: 2,
    number: '督〔2026〕0001',
    title: '河道清理整治',
    aspect: 'key_work',
    sub_aspect: 'environment',
    source: { level: 'provincial', document: '河长制年度任务书', instructed_by: null },
    item_class: 'dated',
    due_on: '2026-12-18',
    lead_unit_code: 'D01',
    assisting_unit_codes: ['T01'],
    report_cycle: { kind: 'working_days', n: 5 },
    warning_policy: 'standard',
    importance: 'important',
  });
});

test('R-080 every aspect with each of its own sub-aspects is accepted, and with no other', () => {
  for (const [id, { zh, subs }] of Object.entries(aspects)) {
    expect(item({ 督查方面: zh, 子类: null })).toMatchObject({ aspect: id, sub_aspect: null });
    for (const [sub, name] of Object.entries(subs)) {
      expect(item({ 督查方面: zh, 子类: name })).toMatchObject({ aspect: id, sub_aspect: sub });
    }
    expect(places(check(matter({ 督查方面: zh, 子类: '别的' })))).toEqual(['督查清单 2 子类']);
  }
});

test('units are found by full name, short name or code', () => {
  for (const 牵头单位 of ['市水利局', '水利局', 'D01']) {
    expect(item({ 牵头单位, 协办单位: '青盐镇人民政府；T01' })).toMatchObject({
      lead_unit_code: 'D01',
      assisting_unit_codes: ['T02', 'T01'],
    });
  }
});

test.each([
  ['无', { kind: 'none' }],
  ['每周', { kind: 'weekly' }],
  ['每月', { kind: 'monthly' }],
  ['每10个工作日', { kind: 'working_days', n: 10 }],
])('the report cycle %s is understood', (汇报周期, report_cycle) => {
  expect(item({ 汇报周期 })).toMatchObject({ report_cycle });
});

test('what is left empty is left to the system: number, policy, document, instruction, assisting units', () => {
  const left = { 编号: null, 子类: null, 来源文件: null, 批示人: null, 协办单位: null, 预警策略: null };
  expect(item(left)).toMatchObject({
    number: null,
    sub_aspect: null,
    source: { level: 'provincial', document: null, instructed_by: null },
    assisting_unit_codes: [],
    warning_policy: null,
  });
});

test('R-058 a class of rule 710 takes no date, a dated item needs one', () => {
  for (const 事项类别 of ['一般事项', '复杂事项', '年底清零']) {
    expect(item({ 事项类别, 办结日期: null })).toMatchObject({ due_on: null });
    expect(places(check(matter({ 事项类别 })))).toEqual(['督查清单 2 办结日期']);
  }
  expect(places(check(matter({ 办结日期: null })))).toEqual(['督查清单 2 办结日期']);
});

test.each<[string, Parameters<typeof matter>[0], string]>([
  ['a number in other brackets', { 编号: '督[2026]0001' }, '编号'],
  ['a number that another item has', { 编号: '督〔2026〕0900' }, '编号'],
  ['no title', { 督查事项: null }, '督查事项'],
  ['a title beyond 200 characters', { 督查事项: '督'.repeat(201) }, '督查事项'],
  ['an unknown aspect', { 督查方面: '其他' }, '督查方面'],
  ['a sub-aspect of another aspect', { 子类: '四风问题' }, '子类'],
  ['an unknown level', { 来源层级: '县级' }, '来源层级'],
  ['an unknown class', { 事项类别: '特急' }, '事项类别'],
  ['a day that does not exist', { 办结日期: '2026-11-31' }, '办结日期'],
  ['a day that has passed', { 办结日期: day('2026-11-24') }, '办结日期'],
  ['a year without a calendar', { 办结日期: day('2028-01-05') }, '办结日期'],
  ['an unknown lead unit', { 牵头单位: '市气象局' }, '牵头单位'],
  ['an unknown assisting unit', { 协办单位: '白榆镇;市气象局' }, '协办单位'],
  ['a lead unit that also assists', { 协办单位: '白榆镇;市水利局' }, '协办单位'],
  ['an assisting unit named twice', { 协办单位: '白榆镇;T01' }, '协办单位'],
  ['an unknown cycle', { 汇报周期: '每天' }, '汇报周期'],
  ['a cycle of no days', { 汇报周期: '每0个工作日' }, '汇报周期'],
  ['an unknown policy', { 预警策略: '严格' }, '预警策略'],
  ['an unknown importance', { 重要程度: '紧急' }, '重要程度'],
])('%s is a fault at its own place', (_what, changed, column) => {
  expect(places(check(matter(changed)))).toEqual([`督查清单 2 ${column}`]);
});

describe('one item, one number 一事一号', () => {
  test('a number and a title are given once, and the fault names the earlier row', () => {
    const faults = faultsOf(check(matter(), matter({ 编号: null }), matter({ 督查事项: '另一件事' })));
    expect(faults.map(({ row, column }) => `${row} ${column}`)).toEqual(['3 督查事项', '4 编号']);
    for (const fault of faults) expect(fault.what).toContain('第2行');
  });

  test('items without a number do not collide', () => {
    expect(places(check(matter({ 编号: null }), matter({ 编号: null, 督查事项: '另一件事' })))).toEqual([]);
  });
});

test('every fault of a row is named, and the words say how to mend it', () => {
  const faults = faultsOf(check(matter({ 督查方面: '其他', 牵头单位: '市气象局', 办结日期: '明天' })));
  expect(faults.map(({ column }) => column)).toEqual(
    expect.arrayContaining(['督查方面', '办结日期', '牵头单位']),
  );
  expect(faults.find(({ column }) => column === '督查方面')?.mend).toContain('重点工作、重大决策执行');
});

test('an empty list is a fault, not an import of nothing', () => {
  expect(places(check())).toEqual(['督查清单 0']);
});
