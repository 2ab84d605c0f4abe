/** The year's target list as an office fills it in: one row per sub-target of an indicator. */
import { listFaults, type KnownForList, type ListFault } from './annual-list-checks.ts';
import {
  defaultPolicies,
  directions,
  indicatorKinds,
  indicatorTags,
  periodKinds,
  valueKinds,
  type IndicatorFacts,
  type IndicatorTag,
} from './annual-list.ts';
import { fixed, sumOf, type Decimal } from './decimal.ts';
import { planOf } from './import-annual-list-plan.ts';
import { officeWords, type OfficeWords } from './import-annual-list-words.ts';
import { annualListHeaders, headerOf, levelHeaders, type AnnualListRow } from './import-annual-list-sheet.ts';
import type { KnownUnit } from './import-roster.ts';
import type { Fault, Sheet } from './import-sheet.ts';
import { checkSheetNames, inReadingOrder, rowsOf } from './import-sheet.ts';
import { identifierOf, sourceLevels, type SourceLevel } from './vocabulary.ts';

export type AnnualList = { readonly year: number; readonly indicators: readonly IndicatorFacts[] };

export type KnownForAnnualList = {
  readonly units: readonly (KnownUnit & { readonly id: string })[];
  readonly people: readonly {
    readonly id: string;
    readonly staff_no: string;
    readonly name: string;
    readonly unit_id: string | null;
  }[];
  readonly themes: readonly { readonly code: string; readonly name: string }[];
  readonly warning_policies: readonly { readonly code: string; readonly name: string }[];
  readonly progress_policies: readonly { readonly code: string; readonly name: string }[] | null;
  /** Years with a calendar, official or provisional. */
  readonly calendar_years: readonly number[];
  /** The year of the import: what is past cannot be planned. */
  readonly this_year: number;
  /** Years whose list has been released: nothing comes into it by a file any more. */
  readonly released_years: readonly number[];
  /** Numbers of other units' indicators and of other years. */
  readonly numbers: readonly { readonly number: string; readonly unit_id: string; readonly year: number }[];
};

/** The year stands in the sheet's name. */
export const annualListSheet = (year: number): string => `${year}年度清单`;

export function checkAnnualList(
  sheets: readonly Sheet[],
  known: KnownForAnnualList,
): { rows: AnnualList } | { faults: Fault[] } {
  const year = yearOf(sheets) ?? known.this_year;
  const name = annualListSheet(year);
  const faults = [...checkSheetNames(sheets, [name]), ...yearFaults(year, name, known)];
  const words = officeWords(known);
  const rows = rowsOf(sheets, name, annualListHeaders, faults);
  const read = rows.map((row) => {
    const before = faults.length;
    const one = readIndicator(row, { year, words });
    // A cell that could not be read is told once: what follows from it is not looked at.
    return faults.length === before ? one : { ...one, facts: null };
  });
  if (rows.length === 0 && faults.length === 0) {
    faults.push({ sheet: name, row: 0, column: '', what: '清单中没有指标', mend: '请从第2行起填写指标' });
  }
  faults.push(...blockFaults(name, rows, read));
  const whole = read.flatMap(({ facts }, at) =>
    facts === null ? [] : [{ facts, number: rows[at]?.number ?? 0 }],
  );
  const checked = listFaults(
    whole.map(({ facts }) => facts),
    knownForList(year, known),
  ).filter((fault) => fault.index !== null || whole.length === rows.length || wholeUnit(fault, read));
  for (const fault of checked) {
    const one = fault.index === null ? undefined : whole[fault.index];
    const row = one?.number ?? firstOf(whole, fault.unit_id);
    const column = headerOf(fault.field, one?.facts ?? null);
    faults.push({ sheet: name, row, column, what: fault.what, mend: fault.mend });
  }
  faults.push(...takenNumbers(name, year, whole, known));
  if (faults.length > 0) return { faults: inReadingOrder(faults, [name]) };
  return { rows: { year, indicators: whole.map(({ facts }) => facts) } };
}

export const knownForList = (year: number, known: KnownForAnnualList): KnownForList => ({
  year,
  people: new Map(known.people.map(({ id, ...person }) => [id, person])),
  units: new Map(known.units.map(({ id, short_name }) => [id, { name: short_name }])),
  themes: new Map(known.themes.map(({ code, name }) => [code, name])),
  warning_policies: new Set(known.warning_policies.map(({ code }) => code)),
  progress_policies:
    known.progress_policies === null ? null : new Set(known.progress_policies.map(({ code }) => code)),
});

type Read = ReturnType<typeof readIndicator>;
type Whole = { readonly facts: IndicatorFacts; readonly number: number };

/** A unit's sum is only told where each of its rows has points. */
const wholeUnit = ({ unit_id }: ListFault, read: readonly Read[]): boolean =>
  read.every((one) => one.facts !== null || (one.unit_id !== null && one.unit_id !== unit_id));

const firstOf = (whole: readonly Whole[], unit_id: string): number =>
  whole.find(({ facts }) => facts.unit_id === unit_id)?.number ?? 0;

function yearOf(sheets: readonly Sheet[]): number | null {
  for (const { name } of sheets) {
    const year = /^(\d{4})年度清单$/.exec(name)?.[1];
    if (year !== undefined) return Number(year);
  }
  return null;
}

function yearFaults(year: number, sheet: string, known: KnownForAnnualList): Fault[] {
  const fault = (what: string, mend: string): Fault[] => [{ sheet, row: 0, column: '', what, mend }];
  if (year < known.this_year) {
    return fault(`${year}年已过`, `请将工作表改名为“${annualListSheet(known.this_year)}”，或核对年度`);
  }
  if (!known.calendar_years.includes(year)) {
    return fault(`${year}年的工作日历尚未发布`, '请先发布该年度日历，或核对工作表名称中的年度');
  }
  if (known.released_years.includes(year)) {
    return fault(`${year}年度清单已下达`, '下达后请以动态指标和分值调整办理，不再上传清单');
  }
  return [];
}

function readIndicator(row: AnnualListRow, { year, words }: { year: number; words: OfficeWords }) {
  const unit_id = words.unit(row);
  const kind = row.word('指标类别', indicatorKinds);
  const name = row.text('指标', 100);
  const block = row.optionalDecimal('指标分值', 2);
  const points = row.decimal('分值', 2);
  const measure = row.text('计量单位', 20);
  const direction = row.word('方向', directions);
  const source_level = row.word('来源级别', sourceLevels);
  const people = {
    reporter_id: words.person(row, '填报责任人', unit_id),
    direct_lead_id: words.person(row, '直接负责人', unit_id),
    contact_person_id: words.person(row, '联系人', unit_id),
  };
  const period_kind = row.word('周期', periodKinds);
  const rest = {
    number: row.optionalText('编号', 32),
    theme: words.theme(row),
    sub_target: row.optionalText('分项目标', 200),
    source_document: row.optionalText('来源文件', 120),
    value_kind: row.isEmpty('统计方式') ? ('cumulative' as const) : row.word('统计方式', valueKinds),
    baseline_value: row.optionalDecimal('上年基数', 4),
    level_targets: levelTargets(row),
    is_stretch: yesOrNo(row),
    tags: tagsOf(row),
    evidence_rule: row.optionalText('印证资料要求', 500),
    warning_policy: words.policy(row, '预警策略') ?? defaultPolicies.warning_policy,
    progress_policy: words.policy(row, '进度策略') ?? defaultPolicies.progress_policy,
  };
  const responsible_office = row.text('责任科室', 60);
  const plan = period_kind === null ? null : planOf(row, year, period_kind);
  const needed = { unit_id, kind, name, points, measure, direction, source_level, responsible_office };
  const facts = { ...rest, ...needed, ...people, period_kind, plan };
  return { unit_id, name, block, points, facts: isWhole(facts) ? facts : null };
}

/** Where no cell was at fault nothing that is needed is missing; the type system cannot know that. */
const isWhole = (facts: {
  readonly [K in keyof IndicatorFacts]: IndicatorFacts[K] | null;
}): facts is IndicatorFacts =>
  [
    facts.unit_id,
    facts.kind,
    facts.name,
    facts.points,
    facts.measure,
    facts.direction,
    facts.value_kind,
    facts.source_level,
    facts.reporter_id,
    facts.direct_lead_id,
    facts.contact_person_id,
    facts.responsible_office,
    facts.period_kind,
    facts.plan,
  ].every((value) => value !== null);

function levelTargets(row: AnnualListRow): IndicatorFacts['level_targets'] {
  const targets: Partial<Record<SourceLevel, Decimal>> = {};
  for (const [level, header] of levelHeaders) {
    const value = row.optionalDecimal(header, 4);
    if (value !== null) targets[level] = value;
  }
  return targets;
}

function yesOrNo(row: AnnualListRow): boolean {
  if (row.isEmpty('挑战性')) return false;
  return row.word('挑战性', { yes: '是', no: '否' }) === 'yes';
}

function tagsOf(row: AnnualListRow): IndicatorTag[] {
  const words = (row.optionalText('标签', 60) ?? '').split(/[;；、]/).map((word) => word.trim());
  const tags = words.flatMap((word) => {
    const tag = word === '' ? null : identifierOf(indicatorTags, word);
    if (tag === null && word !== '') {
      row.fault('标签', `“${word}”不在可选范围内`, `请填写：${Object.values(indicatorTags).join('、')}`);
    }
    return tag ?? [];
  });
  return [...new Set(tags)];
}

/** R-031 the sub-targets of an indicator add to its points: told at the indicator's first row. */
function blockFaults(sheet: string, rows: readonly AnnualListRow[], read: readonly Read[]): Fault[] {
  const parts = read.map((one, at) => ({ ...one, row: rows[at]?.number ?? 0 }));
  const named = parts.filter(({ unit_id, name }) => unit_id !== null && name !== null);
  return [...Map.groupBy(named, ({ unit_id, name }) => JSON.stringify([unit_id, name])).values()].flatMap(
    (group): Fault[] => {
      const [first] = group;
      const blocks = new Set(group.flatMap(({ block }) => block ?? []));
      if (first === undefined || blocks.size === 0 || group.some(({ points }) => points === null)) return [];
      const fault = (row: number, column: string, what: string, mend: string): Fault[] => [
        { sheet, row, column, what, mend },
      ];
      if (blocks.size > 1) {
        const odd = group.find(({ block }) => block !== null && block !== first.block) ?? first;
        const what = `“${first.name}”的指标分值与第${first.row}行不一致`;
        return fault(odd.row, '指标分值', what, '同一指标各行的指标分值须相同，或只填一行');
      }
      const [block] = blocks;
      const sum = sumOf(group.flatMap(({ points }) => points ?? []));
      if (block === undefined || sum === block) return [];
      const what = `“${first.name}”各分项目标合计${fixed(sum, 2)}分，与指标分值${fixed(block, 2)}分不符`;
      return fault(first.row, '分值', what, '请调整分项目标的分值，使合计等于指标分值');
    },
  );
}

/** A file brings its units' lists whole, so their own numbers may come again. */
function takenNumbers(
  sheet: string,
  year: number,
  whole: readonly Whole[],
  known: KnownForAnnualList,
): Fault[] {
  const brought = new Set(whole.map(({ facts }) => facts.unit_id));
  const taken = new Set(
    known.numbers.filter((one) => one.year !== year || !brought.has(one.unit_id)).map(({ number }) => number),
  );
  return whole.flatMap(({ facts, number: row }) =>
    facts.number === null || !taken.has(facts.number)
      ? []
      : [
          {
            sheet,
            row,
            column: '编号',
            what: `编号“${facts.number}”已被使用`,
            mend: '一项一号，请改正或留空由系统编号',
          },
        ],
  );
}
