import { describe, expect, test } from 'vitest';
import type { KnownForAnnualList } from '../../domain/import-annual-list-known.ts';
import { checkAnnualList } from '../../domain/import-annual-list.ts';
import type { CellValue } from '../../domain/import-sheet.ts';
import { day, places, faultsOf } from './import-sheets.ts';
import { annualListOf, indicatorRow, known } from './annual-list-rows.ts';

type Cells = Parameters<typeof indicatorRow>[0];
const check = (changed: Cells = {}, also: Partial<KnownForAnnualList> = {}) =>
  checkAnnualList(annualListOf(indicatorRow(changed)), { ...known, ...also });
const placesOf = (changed: Cells, also?: Partial<KnownForAnnualList>) =>
  places(check(changed, also)).map((place) => place.replace('2026年度清单 ', ''));

describe('the annual list as a sheet', () => {
  test('R-010…R-032 a sound row is read whole', () => {
    const checked = check({
      编号: '考〔2026〕0007',
      主题: '基层党建',
      省级目标: '3.50',
      标签: '突破、亮点工作',
      挑战性: '是',
    });
    expect(checked).toMatchObject({
      rows: {
        year: 2026,
        indicators: [
          {
            number: '考〔2026〕0007',
            unit_id: 'u1',
            kind: 'individual',
            theme: 'grassroots_party_building',
            points: '100',
            baseline_value: '2',
            level_targets: { provincial: '3.5', municipal: '4' },
            is_stretch: true,
            tags: ['breakthrough', 'highlight_work'],
            reporter_id: 'p1',
            direct_lead_id: 'p2',
            contact_person_id: 'p3',
            period_kind: 'quarterly',
            plan: [
              { by: '2026-03-31', value: '1' },
              { by: '2026-06-30', value: '2' },
              { by: '2026-09-30', value: '3' },
              { by: '2026-12-31', value: '4' },
            ],
            warning_policy: 'report',
          },
        ],
      },
    });
  });

  test('R-031 a unit that does not add to 100 is told at its first row, an indicator whose parts do not at its own', () => {
    expect(placesOf({ 分值: 99.5 })).toEqual(['2 分值']);
    const parts = annualListOf(
      indicatorRow({ 分项目标: '甲', 指标分值: 100, 分值: 60 }),
      indicatorRow({ 分项目标: '乙', 分值: 30 }),
      indicatorRow({ 指标: '另一项', 分值: 10 }),
    );
    const checked = checkAnnualList(parts, known);
    expect(places(checked)).toEqual(['2026年度清单 2 分值']);
    expect(faultsOf(checked)[0]?.what).toBe('“新建水库”各分项目标合计90.00分，与指标分值100.00分不符');
  });

  test('R-032 a person is found by name within the unit, or by number; whoever cannot be told apart is asked for', () => {
    expect(placesOf({ 联系人: '周春' })).toEqual(['2 联系人']);
    expect(faultsOf(check({ 联系人: '周春' }))[0]?.mend).toBe('请改填工号：1003、1004');
    expect(faultsOf(check({ 联系人: '赵平' }))[0]?.what).toBe('“赵平”不在本单位，在“白榆镇”');
    expect(faultsOf(check({ 联系人: '无此人' }))[0]?.what).toBe('人员“无此人”不存在');
    expect(placesOf({ 联系人: '2001' })).toEqual(['2 联系人']);
    expect(placesOf({ 直接负责人: '王明' })).toEqual(['2 直接负责人']);
    expect(placesOf({ 责任科室: null, 填报责任人: null })).toEqual(['2 填报责任人', '2 责任科室']);
  });

  test('R-014 a target below the baseline is told at the level that holds', () => {
    expect(placesOf({ 上年基数: 5 })).toEqual(['2 市级目标']);
    expect(placesOf({ 市级目标: null })).toEqual(['2 单位目标']);
  });

  test('numbers are numbers: units, percent signs and float noise are told', () => {
    expect(placesOf({ 市级目标: '4座' })).toEqual(['2 市级目标']);
    expect(placesOf({ 分值: 33.333 })).toEqual(['2 分值']);
    expect(placesOf({ 上年基数: 0.1 + 0.2 })).toEqual(['2 上年基数']);
    expect(placesOf({ '6月': day('2026-06-30') })).toEqual(['2 6月']);
  });

  test('milestones are days of the year that exist, in order', () => {
    const dated = { 周期: '节点', '3月': null, '6月': null, '9月': null, '12月': null } as const;
    expect(check({ ...dated, 节点计划: '2026-05-15=1；2026年11月30日=4' })).toMatchObject({
      rows: {
        indicators: [
          {
            plan: [
              { by: '2026-05-15', value: '1' },
              { by: '2026-11-30', value: '4' },
            ],
          },
        ],
      },
    });
    for (const plan of [
      '2026-02-30=4',
      '2027-01-31=4',
      '2026-06-30',
      '2026-06-30=x',
      '2026-06-30=4；2026-03-31=4',
      '2026-06-30=3',
    ]) {
      expect([plan, placesOf({ ...dated, 节点计划: plan })]).toEqual([plan, ['2 节点计划']]);
    }
    expect(placesOf({ 周期: '节点', 节点计划: '2026-12-31=4' })).toHaveLength(4);
  });

  test('a plan that ends elsewhere than at the target is told at its last month', () => {
    expect(placesOf({ '12月': 5 })).toEqual(['2 12月']);
    expect(faultsOf(check({ '12月': 5 }))[0]?.what).toBe('最后一期的计划值5不等于目标4');
    expect(placesOf({ '12月': 3.5 })).toEqual(['2 12月']);
  });

  test('months are those of the cycle, each with its value', () => {
    expect(placesOf({ 周期: '月' })).toEqual([1, 2, 4, 5, 7, 8, 10, 11].map((month) => `2 ${month}月`));
    expect(placesOf({ '4月': 2 })).toEqual(['2 4月']);
  });

  test('the year stands in the name of the sheet: past ones, unknown ones and released ones are refused', () => {
    const named = (year: number) =>
      annualListOf(indicatorRow()).map((sheet) => ({ ...sheet, name: `${year}年度清单` }));
    expect(places(checkAnnualList(named(2025), known))).toContain('2025年度清单 0');
    expect(places(checkAnnualList(named(2030), known))).toContain('2030年度清单 0');
    expect(places(check({}, { released_years: [2026] }))).toEqual(['2026年度清单 0']);
    expect(places(checkAnnualList([{ name: '清单', rows: [] }], known))).toContain('2026年度清单 0');
  });

  test('a number that another unit has is taken; the unit’s own may come again', () => {
    const taken = (unit_id: string) => ({ numbers: [{ number: '考〔2026〕0001', unit_id, year: 2026 }] });
    expect(placesOf({ 编号: '考〔2026〕0001' }, taken('u2'))).toEqual(['2 编号']);
    expect(placesOf({ 编号: '考〔2026〕0001' }, taken('u1'))).toEqual([]);
    expect(placesOf({ 编号: '第1号' })).toEqual(['2 编号']);
  });

  test('units, themes and policies that do not exist are told with the choices', () => {
    expect(placesOf({ 单位: '财政局' })).toEqual(['2 单位']);
    expect(placesOf({ 主题: '占星' })).toEqual(['2 主题']);
    expect(placesOf({ 指标类别: '共性' })).toEqual(['2 主题']);
    expect(placesOf({ 预警策略: '严厉' })).toEqual(['2 预警策略']);
    expect(faultsOf(check({ 主题: '占星' }))[0]?.mend).toContain('意识形态');
  });

  test('R-035 a policy that is written is the one that holds, by its name here or by its code; nothing written is the default', () => {
    const policyOf = (word: CellValue) => {
      const checked = check({ 预警策略: word });
      return 'rows' in checked ? checked.rows.indicators[0]?.warning_policy : checked.faults;
    };
    expect([null, '标准', 'standard', 'report'].map(policyOf)).toEqual([
      'report',
      'standard',
      'standard',
      'report',
    ]);
  });

  test('a row that cannot be read is not blamed a second time for the unit’s sum', () => {
    const sheets = annualListOf(indicatorRow({ 分值: 60 }), indicatorRow({ 分项目标: '乙', 分值: '四十' }));
    expect(places(checkAnnualList(sheets, known))).toEqual(['2026年度清单 3 分值']);
  });
});
