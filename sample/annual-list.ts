/** The sample city's target list of a year: every unit has the seven common themes and work of its own. */
import {
  divideDecimals,
  decimal,
  multiplyDecimals,
  addDecimals,
  subtractDecimals,
  placesOf,
  type Decimal,
} from '../domain/decimal.ts';
import { annualListSheet } from '../domain/import-annual-list-known.ts';
import {
  annualListHeaders,
  monthHeaders,
  type AnnualListHeader,
} from '../domain/import-annual-list-sheet.ts';
import type { CellValue, Sheet } from '../domain/import-sheet.ts';
import { itemPolicyNames } from '../domain/vocabulary.ts';
import { commonMeasures, generalMeasures, ownMeasures } from './annual-list-measures.ts';
import { samplePeople, seeded } from './people.ts';
import { notes, table } from './sheets.ts';
import { units, type SampleUnit } from './units.ts';

type Cells = Partial<Record<AnnualListHeader, CellValue>>;

export function annualListWorkbook(year: number): Sheet[] {
  const pick = seeded(20260102);
  const people = peopleByUnit();
  const rows = units
    .filter(({ code }) => code in ownMeasures)
    .flatMap((unit) => unitRows(unit, { year, pick, people: people.get(unit.code) ?? {} }));
  return [
    table(
      annualListSheet(year),
      annualListHeaders,
      rows.map((cells) => annualListHeaders.map((header) => cells[header] ?? null)),
    ),
    notes([
      '每行一个分项目标；同一指标的各行名称相同，分值合计等于指标分值；每个单位合计100分。',
      '编号：形如考〔2026〕0001，一项一号；留空则由系统编号。',
      '指标类别：共性、个性；共性指标须填主题。个性指标的目标须优于上年基数。',
      '各级目标：至少填一级；就高不就低，系统按最严的一级执行，并保留各级数值。',
      '统计方式：累计（自0起逐期累加）或时点（自上年基数起变化），留空为累计。',
      '周期：月填12个月、季填3月6月9月12月的计划累计值；节点填节点计划，例如2026-06-30=50；2026-12-31=100。',
      '填报责任人、直接负责人、联系人：本单位三个不同的人，填姓名；同名时填工号。',
      `预警策略：各期填报按何种策略预警，可填${Object.values(itemPolicyNames).join('、')}；留空则到期前1个工作日警铃、到期黄牌、逾期1个工作日红牌。`,
      '本表不得填写涉密内容。',
    ]),
  ];
}

type Making = {
  readonly year: number;
  readonly pick: (below: number) => number;
  readonly people: Partial<Record<'填报责任人' | '直接负责人' | '联系人', string>>;
};

/** the reporter, the direct lead and the last reporter, who is the one to call. */
function peopleByUnit() {
  const { people, posts } = samplePeople();
  const names = new Map(people.map(({ staff_no, name }) => [staff_no, name]));
  return new Map(
    units.map(({ code }) => {
      const holder = (role: string) =>
        names.get(posts.find((post) => post.unit_code === code && post.role === role)?.staff_no ?? '') ?? '';
      return [
        code,
        {
          填报责任人: holder('reporter'),
          直接负责人: holder('direct_lead'),
          联系人: holder('contact_person'),
        },
      ] as const;
    }),
  );
}

/** Twenty to thirty rows, 100 points. */
function unitRows(unit: SampleUnit, making: Making): Cells[] {
  const { pick } = making;
  const own = ownMeasures[unit.code] ?? [];
  const count = 10 + pick(11) - own.length;
  const from = pick(generalMeasures.length);
  const general = Array.from(
    { length: count },
    (_, i) => generalMeasures[(from + i) % generalMeasures.length] ?? '',
  );
  const common = commonMeasures.map(([theme, indicator, sub, points, measure, target]): Cells => {
    const block = commonMeasures
      .filter(([, other]) => other === indicator)
      .reduce((sum, [, , , part]) => sum + part, 0);
    return {
      ...shared(unit, making),
      指标类别: '共性',
      主题: theme,
      指标: indicator,
      指标分值: block,
      分项目标: sub,
      分值: points,
      计量单位: measure,
      方向: '越高越好',
      州级目标: target,
      来源级别: '州级',
      来源文件: `${making.year}年度州对县市考核办法`,
      ...planOf(decimal('0'), decimal(String(target)), '季', making.year),
    };
  });
  const halves = pointsInHalves(68, own.length + general.length);
  const individual = [...own, ...general].map((line, index): Cells => {
    const points = halves[index] ?? 0;
    const about = index < own.length ? 'own' : 'general';
    return { ...shared(unit, making), ...measured(line, about, making), 指标分值: points, 分值: points };
  });
  return [...common, ...individual];
}

const shared = (unit: SampleUnit, { people }: Making): Cells => ({
  单位: unit.short_name,
  ...people,
  责任科室: unit.offices[0] ?? '办公室',
  印证资料要求: '完成情况说明，及台账、文件或统计报表之一；照片可不附',
});

const cycles = ['月', '季', '季', '季', '月', '节点'] as const;

function measured(line: string, about: 'own' | 'general', { year, pick }: Making): Cells {
  const [name = '', measure = '', last = '0', goal = '0', marks = ''] = line.split('|');
  const [baseline, target] = [decimal(last), decimal(goal)];
  const standing = marks.includes('~');
  const cycle = cycles[pick(cycles.length)] ?? '季';
  const halfway = divideDecimals(addDecimals(baseline, target), decimal('2'), placesOf(target) + 1);
  const levels: Cells[] = [
    { 市级目标: number(target) },
    { 省级目标: number(halfway), 市级目标: number(target) },
    { 州级目标: number(target), 单位目标: number(halfway) },
    { 中央目标: number(halfway), 省级目标: number(target), 市级目标: number(halfway) },
  ];
  const isStretch = about === 'own' && pick(6) === 0;
  return {
    指标类别: '个性',
    指标: name,
    计量单位: measure,
    方向: marks.includes('<') ? '越低越好' : '越高越好',
    统计方式: standing ? '时点' : '累计',
    上年基数: number(baseline),
    ...levels[pick(levels.length)],
    挑战性: isStretch ? '是' : '否',
    标签: isStretch ? (['突破', '创新工作', '亮点工作'][pick(3)] ?? null) : null,
    ...planOf(standing ? baseline : decimal('0'), target, cycle, year),
    来源级别: about === 'own' ? '市级' : '单位',
    来源文件: about === 'own' ? `${year}年市政府工作报告` : null,
  };
}

/** Evenly from where the year begins to the target. */
function planOf(from: Decimal, to: Decimal, cycle: '月' | '季' | '节点', year: number): Cells {
  const places = placesOf(to);
  const at = (part: number, of: number): Decimal => {
    const way = multiplyDecimals(subtractDecimals(to, from), decimal(String(part)));
    return addDecimals(from, divideDecimals(way, decimal(String(of)), Math.max(places, placesOf(from))));
  };
  if (cycle === '节点') {
    const days = ['04-30', '08-31', '11-30'].map((day, index) => `${year}-${day}=${at(index + 1, 3)}`);
    return { 周期: cycle, 节点计划: days.join('；') };
  }
  const step = cycle === '月' ? 1 : 3;
  const cells: Cells = { 周期: cycle };
  for (const [index, header] of monthHeaders.entries()) {
    if ((index + 1) % step === 0) cells[header] = number(at(index + 1, 12));
  }
  return cells;
}

/** As an office shares points out: in halves, the first ones a half more. */
function pointsInHalves(points: number, rows: number): number[] {
  const each = Math.floor((points * 2) / rows);
  const more = points * 2 - each * rows;
  return Array.from({ length: rows }, (_, index) => (each + (index < more ? 1 : 0)) / 2);
}

const number = (value: Decimal): number => Number(value);
