/** The year's target list as an office fills it in: one row per sub-target of an indicator. */
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
import {
  annualListFaults,
  annualListSheet,
  type AnnualList,
  type KnownForAnnualList,
} from './import-annual-list-known.ts';
import { annualListHeaders, levelHeaders, type AnnualListRow } from './import-annual-list-sheet.ts';
import type { Fault, Sheet } from './import-sheet.ts';
import { checkSheetNames, inReadingOrder, rowsOf } from './import-sheet.ts';
import { identifierOf, sourceLevels, type SourceLevel } from './vocabulary.ts';

export function checkAnnualList(
  sheets: readonly Sheet[],
  known: KnownForAnnualList,
): { rows: AnnualList } | { faults: Fault[] } {
  const year = yearOf(sheets) ?? known.this_year;
  const name = annualListSheet(year);
  const faults = checkSheetNames(sheets, [name]);
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
  const list: AnnualList = {
    year,
    indicators: read.flatMap(({ facts }) => facts ?? []),
    rows: rows.flatMap(({ number }, at) => (read[at]?.facts == null ? [] : [number])),
  };
  const unread = read.flatMap(({ facts, unit_id }) => (facts === null ? [unit_id] : []));
  faults.push(...annualListFaults(list, known, unread));
  if (faults.length > 0) return { faults: inReadingOrder(faults, [name]) };
  return { rows: list };
}

type Read = ReturnType<typeof readIndicator>;
function yearOf(sheets: readonly Sheet[]): number | null {
  for (const { name } of sheets) {
    const year = /^(\d{4})年度清单$/.exec(name)?.[1];
    if (year !== undefined) return Number(year);
  }
  return null;
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
