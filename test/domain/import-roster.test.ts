import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkRoster } from '../../domain/import-roster.ts';
import type { CellValue } from '../../domain/import-sheet.ts';
import { day, faultsOf, places, rosterOf, soundRoster, type Rows } from './import-sheets.ts';

const nothing = { units: [], people: [] };
const check = (rows: Rows, known: Parameters<typeof checkRoster>[1] = nothing) =>
  checkRoster(rosterOf(rows), known);

/** The sound roster with one cell of one row changed. */
function withCell(sheet: string, row: number, column: number, value: CellValue): Rows {
  const rows = soundRoster();
  const cells = rows[sheet]?.[row - 2];
  if (cells === undefined) throw new Error(`the sound roster has no row ${row} in ${sheet}`);
  cells[column] = value;
  return rows;
}

/** The sound roster with one more row. */
function withRow(sheet: string, cells: CellValue[]): Rows {
  const rows = soundRoster();
  rows[sheet]?.push(cells);
  return rows;
}

test('R-070 a sound roster is read into units, people, posts and accounts', () => {
  expect(check(soundRoster())).toEqual({
    rows: {
      units: [
        { code: 'D01', name: '市水利局', short_name: '水利局', kind: 'department', parent_code: null },
        { code: 'T01', name: '白榆镇人民政府', short_name: '白榆镇', kind: 'township', parent_code: 'D01' },
      ],
      people: [
        {
          staff_no: '1001',
          name: '王明',
          phone: '15400000001',
          unit_code: 'D01',
          office: '办公室',
          account: 'wang.ming',
        },
        {
          staff_no: '1002',
          name: '李华',
          phone: '15400000002',
          unit_code: 'T01',
          office: null,
          account: 'li.hua',
        },
        { staff_no: '1003', name: '周春', phone: null, unit_code: 'T01', office: null, account: null },
      ],
      posts: [
        {
          staff_no: '1001',
          unit_code: 'D01',
          role: 'city_leader',
          from: '2025-01-01',
          to: null,
          portfolio: ['D01', 'T01'],
        },
        {
          staff_no: '1002',
          unit_code: 'T01',
          role: 'principal_leader',
          from: '2025-01-01',
          to: '2026-06-30',
          portfolio: [],
        },
        { staff_no: '1003', unit_code: 'T01', role: 'reporter', from: '2025-01-01', to: null, portfolio: [] },
      ],
      accounts: [
        { account: 'wang.ming', roles: ['city_leader'] },
        { account: 'li.hua', roles: ['undertaking_unit', 'reviewer_scorer'] },
      ],
    },
  });
});

test('numbers that Excel made of codes and phones are read as the text they were', () => {
  const checked = check(withCell('人员', 3, 2, 15400000002));
  expect('rows' in checked && checked.rows.people[1]?.phone).toBe('15400000002');
});

test.each<[string, Rows, string]>([
  ['an unknown kind of unit', withCell('单位', 2, 3, '局'), '单位 2 类别'],
  [
    'a unit code that is no code',
    withRow('单位', ['D 02', '市财政局', '财政局', '市直部门', null]),
    '单位 4 单位编码',
  ],
  ['a second unit of the same name', withCell('单位', 3, 1, '市水利局'), '单位 3 单位名称'],
  ['a second unit of the same short name', withCell('单位', 3, 2, '水利局'), '单位 3 简称'],
  ['a parent that nobody knows', withCell('单位', 3, 4, 'X99'), '单位 3 上级'],
  ['a unit that is its own parent', withCell('单位', 3, 4, 'T01'), '单位 3 上级'],
  ['a staff number given twice', withRow('人员', ['1001', '吴东', null, 'D01', null, null]), '人员 5 工号'],
  ['a phone number of ten digits', withCell('人员', 2, 2, '1540000000'), '人员 2 手机号码'],
  ['a phone number of two people', withCell('人员', 3, 2, '154-0000-0001'), '人员 3 手机号码'],
  ['a person of an unknown unit', withCell('人员', 2, 3, 'X99'), '人员 2 单位编码'],
  ['an account of two people', withCell('人员', 4, 5, 'wang.ming'), '人员 4 账号'],
  ['an account in capitals', withCell('人员', 4, 5, 'Zhou'), '人员 4 账号'],
  ['a missing name', withCell('人员', 2, 1, null), '人员 2 姓名'],
  ['a name with a line break', withCell('人员', 2, 1, '王\n明'), '人员 2 姓名'],
  ['a truth value where text belongs', withCell('人员', 2, 4, true), '人员 2 科室'],
  ['a post of nobody', withCell('任职', 2, 0, '9999'), '任职 2 工号'],
  ['a post in an unknown unit', withCell('任职', 3, 1, 'X99'), '任职 3 单位编码'],
  ['an unknown role', withCell('任职', 3, 2, '科长'), '任职 3 职务角色'],
  ['a day that does not exist', withCell('任职', 3, 3, '2025-02-30'), '任职 3 起始日期'],
  ['a bare number as a date', withCell('任职', 3, 3, 45658), '任职 3 起始日期'],
  ['a date with a time of day', withCell('任职', 3, 3, new Date('2025-01-01T08:00:00Z')), '任职 3 起始日期'],
  ['a post that ends before it begins', withCell('任职', 3, 4, day('2024-12-31')), '任职 3 截止日期'],
  ['a city leader without a portfolio', withCell('任职', 2, 5, null), '任职 2 分管单位'],
  ['a portfolio of somebody else', withCell('任职', 3, 5, 'D01'), '任职 3 分管单位'],
  ['an unknown unit in a portfolio', withCell('任职', 2, 5, 'D01；X99'), '任职 2 分管单位'],
  ['a role for an unknown account', withCell('账号角色', 2, 0, 'nobody'), '账号角色 2 账号'],
  ['an unknown system role', withCell('账号角色', 2, 1, '超级管理员'), '账号角色 2 系统角色'],
  ['an account for the public', withCell('账号角色', 2, 1, '社会群众'), '账号角色 2 系统角色'],
  ['the same role twice', withCell('账号角色', 4, 1, '承办单位'), '账号角色 4 系统角色'],
  ['an administrator with a business role', withCell('账号角色', 4, 1, '系统管理员'), '账号角色 4 系统角色'],
])('%s is a fault at its own place', (_what, rows, place) => {
  expect(places(check(rows))).toEqual([place]);
});

test('every fault of a file is named at once, in reading order', () => {
  const rows = withCell('人员', 2, 2, '123');
  rows.账号角色?.push(['li.hua', '审计管理员']);
  rows.单位?.push(['D02', '', '财政局', '市直部门', null]);
  rows.人员?.push(['1004', '吴东', null, 'X99', null, null]);
  expect(places(check(rows))).toEqual([
    '单位 4 单位名称',
    '人员 2 手机号码',
    '人员 5 单位编码',
    '账号角色 5 系统角色',
  ]);
});

test('units that stand above each other in a circle are named', () => {
  expect(places(check(withCell('单位', 2, 4, 'T01')))).toEqual(['单位 2 上级', '单位 3 上级']);
});

test('one person may come back to a post, but not hold it twice at a time', () => {
  const back = soundRoster();
  back.任职?.push(['1002', 'T01', '主要领导', '2026-07-01', null, null]);
  expect(places(check(back))).toEqual([]);
  const overlapping = soundRoster();
  overlapping.任职?.push(['1002', 'T01', '主要领导', '2026-06-30', null, null]);
  expect(places(check(overlapping))).toEqual(['任职 5 起始日期']);
});

test('a faulty phone number is not repeated in the words of the fault', () => {
  const [fault] = faultsOf(check(withCell('人员', 2, 2, '1540000000')));
  expect(JSON.stringify(fault)).not.toContain('1540000000');
});

describe('what the system knows already', () => {
  const known = {
    units: [{ code: 'D09', name: '市财政局', short_name: '财政局' }],
    people: [{ staff_no: '0900', account: 'qian.shu' }],
  };

  test('may be referred to', () => {
    const rows = soundRoster();
    rows.人员?.push(['1004', '吴东', null, 'D09', null, null]);
    rows.任职?.push(['0900', 'D09', '主要领导', '2025-01-01', null, null]);
    rows.账号角色?.push(['qian.shu', '承办单位']);
    expect(places(check(rows, known))).toEqual([]);
  });

  test('may be brought up to date under its own code and number', () => {
    const rows = soundRoster();
    rows.单位?.push(['D09', '市财政局', '财政局', '市直部门', null]);
    rows.人员?.push(['0900', '钱书', null, 'D09', null, 'qian.shu']);
    expect(places(check(rows, known))).toEqual([]);
  });

  test('is not taken over by another unit or person', () => {
    const rows = soundRoster();
    rows.单位?.push(['D10', '市财政局', '财政', '市直部门', null]);
    rows.人员?.push(['1004', '吴东', null, 'D01', null, 'qian.shu']);
    expect(places(check(rows, known))).toEqual(['单位 4 单位名称', '人员 5 账号']);
  });
});

describe('the frame of the file', () => {
  const sheets = () => rosterOf(soundRoster());

  test('a missing sheet and an unknown one are named; notes and empty sheets are not read', () => {
    const others = sheets().filter(({ name }) => name !== '账号角色');
    const extra = { name: 'Sheet2', rows: [['x']] };
    const ignored = [
      { name: '填表说明', rows: [['说明']] },
      { name: 'Sheet3', rows: [[null, ' ']] },
    ];
    expect(places(checkRoster([...others, extra, ...ignored], nothing))).toEqual(['账号角色 0', 'Sheet2 0']);
  });

  test('a missing, a misspelt and a doubled column are named, and their rows are not guessed at', () => {
    const broken = sheets().map((sheet) =>
      sheet.name === '人员'
        ? { ...sheet, rows: [['工号', '姓 名', '手机号码', '单位编码', '科室', '账号', '账号']] }
        : sheet,
    );
    const found = places(checkRoster(broken, nothing)).filter((place) => place.startsWith('人员'));
    expect(found).toEqual(['人员 1 姓 名', '人员 1 账号', '人员 1 姓名']);
  });

  test('columns may stand in any order and rows may be left empty', () => {
    const turned = sheets().map(({ name, rows }) => ({ name, rows: rows.map((row) => row.toReversed()) }));
    const gaps = turned.map(({ name, rows: [head = [], ...rest] }) => ({
      name,
      rows: [head, [null, ''], ...rest],
    }));
    expect(places(checkRoster(gaps, nothing))).toEqual([]);
  });
});

test('no cells whatever make the check throw, and a fault always says where, what and how to mend', () => {
  const cell = fc.oneof(
    fc.string(),
    fc.double(),
    fc.boolean(),
    fc.date({ noInvalidDate: false }),
    fc.constantFrom<CellValue>(null, 'D01', '1001', '主要领导', '__proto__', 'constructor'),
  );
  const row = fc.array(cell, { maxLength: 8 });
  const table = fc.array(row, { maxLength: 4 });
  fc.assert(
    fc.property(table, table, table, table, (单位, 人员, 任职, 账号角色) => {
      for (const fault of faultsOf(check({ 单位, 人员, 任职, 账号角色 }))) {
        expect(fault.row).toBeGreaterThan(1);
        expect([fault.sheet, fault.column, fault.what, fault.mend]).not.toContain('');
      }
    }),
    { numRuns: 300 },
  );
});
