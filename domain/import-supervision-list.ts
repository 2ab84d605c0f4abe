/** the yearly supervision list, one row per matter. */
import type { KnownUnit } from './import-roster.ts';
import type { Fault, Sheet, SheetRow } from './import-sheet.ts';
import { checkSheetNames, findRepeats, inReadingOrder, rowsOf } from './import-sheet.ts';
import type { ReportCycle } from './report-cycle.ts';
import type { LocalDate } from './time.ts';
import { yearOf } from './time.ts';
import type { Aspect, Importance, ItemClass, SourceLevel, SubAspect } from './vocabulary.ts';
import { aspects, identifierOf, importances, itemClasses, sourceLevels } from './vocabulary.ts';

export type SupervisionListRow = {
  /** As Excel counts: names the row when applying it fails later. */
  row: number;
  /** Null: the system gives the number. */
  number: string | null;
  title: string;
  aspect: Aspect;
  sub_aspect: SubAspect | null;
  source: { level: SourceLevel; document: string | null; instructed_by: string | null };
  item_class: ItemClass;
  /** Only for `dated`; the other classes get their deadline by rule 710 on the day of deployment. */
  due_on: LocalDate | null;
  lead_unit_code: string;
  assisting_unit_codes: string[];
  report_cycle: ReportCycle;
  /** Code of a policy; null leaves the choice to the item's class. */
  warning_policy: string | null;
  importance: Importance;
};

export type KnownForSupervisionList = {
  readonly units: readonly KnownUnit[];
  readonly policies: readonly { readonly code: string; readonly name: string }[];
  /** Years with a calendar, official or provisional. */
  readonly calendar_years: readonly number[];
  /** The day of the import: an item whose date has passed could not be started. */
  readonly today: LocalDate;
  /** Numbers that other items have already: one item, one number 一事一号. */
  readonly numbers: ReadonlySet<string>;
};

export const supervisionListSheet = '督查清单';

export const supervisionListHeaders = [
  '编号',
  '督查事项',
  '督查方面',
  '子类',
  '来源层级',
  '来源文件',
  '批示人',
  '事项类别',
  '办结日期',
  '牵头单位',
  '协办单位',
  '汇报周期',
  '预警策略',
  '重要程度',
] as const;

type ListRow = SheetRow<(typeof supervisionListHeaders)[number]>;

export function checkSupervisionList(
  sheets: readonly Sheet[],
  known: KnownForSupervisionList,
): { rows: SupervisionListRow[] } | { faults: Fault[] } {
  const faults = checkSheetNames(sheets, [supervisionListSheet]);
  const codesByName = namesOf(known.units);
  const read = rowsOf(sheets, supervisionListSheet, supervisionListHeaders, faults).map((row) => ({
    row,
    ...readItem(row, known, codesByName),
  }));
  findRepeats(
    read.map(({ row, number }) => ({ row, value: number })),
    '编号',
    '一事一号，请改正或留空由系统编号',
  );
  findRepeats(
    read.map(({ row, title }) => ({ row, value: title })),
    '督查事项',
    '一事一号，请合并或写明两事的区别',
  );
  if (read.length === 0 && faults.length === 0) {
    const mend = '请从第2行起填写督查事项';
    faults.push({ sheet: supervisionListSheet, row: 0, column: '', what: '清单中没有事项', mend });
  }
  if (faults.length > 0) return { faults: inReadingOrder(faults, [supervisionListSheet]) };
  return { rows: read.flatMap(({ row, ...item }) => (isWhole(item) ? [{ row: row.number, ...item }] : [])) };
}

type ReadItem = ReturnType<typeof readItem>;
type WholeItem = Omit<SupervisionListRow, 'row'>;

/** Where no fault was recorded nothing is missing; the type system cannot know that. */
function isWhole(item: ReadItem): item is ReadItem & WholeItem {
  const { title, aspect, source, item_class, lead_unit_code, report_cycle, importance } = item;
  return ![title, aspect, source.level, item_class, lead_unit_code, report_cycle, importance].includes(null);
}

function readItem(row: ListRow, known: KnownForSupervisionList, codesByName: ReadonlyMap<string, string>) {
  const aspect = aspectOf(row);
  const item_class = row.word('事项类别', itemClasses);
  const lead_unit_code = unitOf(row, '牵头单位', row.text('牵头单位', 60), codesByName);
  return {
    number: numberOf(row, known.numbers),
    title: row.text('督查事项', 200),
    aspect,
    sub_aspect: subAspectOf(row, aspect),
    source: {
      level: row.word('来源层级', sourceLevels),
      document: row.optionalText('来源文件', 120),
      instructed_by: row.optionalText('批示人', 30),
    },
    item_class,
    due_on: dueOf(row, item_class, known),
    lead_unit_code,
    assisting_unit_codes: assistingOf(row, lead_unit_code, codesByName),
    report_cycle: cycleOf(row),
    warning_policy: policyOf(row, known.policies),
    importance: row.word('重要程度', importances),
  };
}

function numberOf(row: ListRow, taken: ReadonlySet<string>): string | null {
  const number = row.optionalText('编号', 32);
  if (number === null) return null;
  if (!/^督〔\d{4}〕\d{4,}$/.test(number)) {
    row.fault(
      '编号',
      `“${number}”不是有效的编号`,
      '编号形如督〔2026〕0001（年份用六角括号），留空则由系统编号',
    );
    return null;
  }
  if (taken.has(number)) row.fault('编号', `编号“${number}”已被使用`, '一事一号，请改正或留空由系统编号');
  return number;
}

function aspectOf(row: ListRow): Aspect | null {
  const names = Object.entries(aspects).map(([id, { zh }]) => [id, zh] as const);
  return row.word('督查方面', Object.fromEntries(names) as Record<Aspect, string>);
}

function subAspectOf(row: ListRow, aspect: Aspect | null): SubAspect | null {
  const text = row.optionalText('子类', 32);
  if (text === null || aspect === null) return null;
  const { zh, subs } = aspects[aspect];
  const sub = identifierOf<SubAspect>(subs as Record<SubAspect, string>, text);
  if (sub === null) {
    const choices = Object.values(subs).join('、');
    const mend = choices === '' ? '请清空本栏' : `请填写：${choices}，或清空本栏`;
    row.fault('子类', `“${text}”不属于“${zh}”`, mend);
  }
  return sub;
}

function dueOf(
  row: ListRow,
  itemClass: ItemClass | null,
  { today, calendar_years }: KnownForSupervisionList,
): LocalDate | null {
  if (itemClass === null) return null;
  if (itemClass !== 'dated') {
    if (!row.isEmpty('办结日期')) {
      const what = `“${itemClasses[itemClass]}”的期限由制度规定，不填办结日期`;
      row.fault('办结日期', what, '请清空办结日期，或将事项类别改为限期');
    }
    return null;
  }
  if (row.isEmpty('办结日期')) {
    row.fault('办结日期', '限期事项须有办结日期', '请填写日期，例如2026-06-30，或更改事项类别');
    return null;
  }
  const due = row.optionalDate('办结日期');
  if (due !== null && due < today) {
    row.fault('办结日期', `办结日期${due}已过`, `请改为${today}或之后的日期`);
  } else if (due !== null && !calendar_years.includes(yearOf(due))) {
    row.fault('办结日期', `${yearOf(due)}年的工作日历尚未发布`, '请先发布该年度日历，或改正办结日期');
  }
  return due;
}

/** Units are found by full name, short name or code. */
function namesOf(units: readonly KnownUnit[]): Map<string, string> {
  const codes = units.flatMap((unit) =>
    [unit.code, unit.short_name, unit.name].map((name): [string, string] => [name, unit.code]),
  );
  return new Map(codes);
}

function unitOf(
  row: ListRow,
  column: '牵头单位' | '协办单位',
  name: string | null,
  codesByName: ReadonlyMap<string, string>,
): string | null {
  if (name === null) return null;
  const code = codesByName.get(name) ?? null;
  if (code === null) row.fault(column, `单位“${name}”不存在`, '请填写已登记单位的全称、简称或编码');
  return code;
}

function assistingOf(row: ListRow, lead: string | null, codesByName: ReadonlyMap<string, string>): string[] {
  const names = (row.optionalText('协办单位', 500) ?? '').split(/[;；]/).map((name) => name.trim());
  const codes: string[] = [];
  for (const name of names.filter((it) => it !== '')) {
    const code = unitOf(row, '协办单位', name, codesByName);
    if (code === null) continue;
    if (code === lead) row.fault('协办单位', `“${name}”已是牵头单位`, '牵头单位不能同时协办，请删除');
    else if (codes.includes(code)) row.fault('协办单位', `“${name}”重复`, '请删除重复的单位');
    else codes.push(code);
  }
  return codes;
}

function cycleOf(row: ListRow): ReportCycle | null {
  const text = row.text('汇报周期', 20);
  if (text === null) return null;
  if (text === '无') return { kind: 'none' };
  if (text === '每周') return { kind: 'weekly' };
  if (text === '每月') return { kind: 'monthly' };
  const days = Number(/^每(\d{1,3})个工作日$/.exec(text)?.[1] ?? 0);
  if (days > 0) return { kind: 'working_days', n: days };
  row.fault('汇报周期', `“${text}”不在可选范围内`, '请填写：无、每周、每月或每n个工作日（例如每5个工作日）');
  return null;
}

function policyOf(row: ListRow, policies: KnownForSupervisionList['policies']): string | null {
  const text = row.optionalText('预警策略', 60);
  if (text === null) return null;
  const policy = policies.find(({ code, name }) => text === name || text === code);
  if (policy !== undefined) return policy.code;
  row.fault(
    '预警策略',
    `预警策略“${text}”不存在`,
    `请填写：${policies.map(({ name }) => name).join('、')}，或清空本栏`,
  );
  return null;
}
