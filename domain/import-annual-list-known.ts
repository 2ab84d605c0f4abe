/** What an annual list refers to, and whether it may come into the system as it has been read. */
import { listFaults, type KnownForList } from './annual-list-checks.ts';
import type { IndicatorFacts } from './annual-list.ts';
import { headerOf } from './import-annual-list-sheet.ts';
import type { KnownUnit } from './import-roster.ts';
import type { Fault } from './import-sheet.ts';

export type AnnualList = {
  readonly year: number;
  readonly indicators: readonly IndicatorFacts[];
  /** The row of each, as Excel counts: names it when it turns out later that it cannot be. */
  readonly rows: readonly number[];
};

export type KnownForAnnualList = {
  readonly units: readonly (KnownUnit & { readonly id: string; readonly successors?: readonly string[] })[];
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

/**
 * Every fault of a list that was read, by its place in the file. Asked once more before the list is
 * applied: people move and years end meanwhile. @param unread units of rows that could not be read,
 * null where not even the unit could: their sums say nothing.
 */
export function annualListFaults(
  list: AnnualList,
  known: KnownForAnnualList,
  unread: readonly (string | null)[] = [],
): Fault[] {
  const { year, indicators, rows } = list;
  const first = new Map<string, number>();
  for (const [index, { unit_id }] of indicators.entries()) {
    if (!first.has(unit_id)) first.set(unit_id, rows[index] ?? 0);
  }
  const found = listFaults(indicators, knownForList(year, known)).flatMap((fault): Fault[] => {
    const { index, unit_id, field, what, mend } = fault;
    if (index === null && (unread.includes(unit_id) || unread.includes(null))) return [];
    const row = (index === null ? first.get(unit_id) : rows[index]) ?? 0;
    const column = headerOf(field, index === null ? null : (indicators[index] ?? null));
    return [{ sheet: annualListSheet(year), row, column, what, mend }];
  });
  return [...yearFaults(year, known), ...found, ...takenNumbers(list, known)];
}

export const knownForList = (year: number, known: KnownForAnnualList): KnownForList => ({
  year,
  people: new Map(known.people.map(({ id, ...person }) => [id, person])),
  units: new Map(
    known.units.map(({ id, short_name, successors = [] }) => [id, { name: short_name, successors }]),
  ),
  themes: new Map(known.themes.map(({ code, name }) => [code, name])),
  warning_policies: new Set(known.warning_policies.map(({ code }) => code)),
  progress_policies:
    known.progress_policies === null ? null : new Set(known.progress_policies.map(({ code }) => code)),
});

function yearFaults(year: number, known: KnownForAnnualList): Fault[] {
  const sheet = annualListSheet(year);
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

/** A file brings its units' lists whole, so their own numbers may come again. */
function takenNumbers({ year, indicators, rows }: AnnualList, known: KnownForAnnualList): Fault[] {
  const brought = new Set(indicators.map(({ unit_id }) => unit_id));
  const taken = new Set(
    known.numbers.filter((one) => one.year !== year || !brought.has(one.unit_id)).map(({ number }) => number),
  );
  return indicators.flatMap(({ number }, index) =>
    number === null || !taken.has(number)
      ? []
      : [
          {
            sheet: annualListSheet(year),
            row: rows[index] ?? 0,
            column: '编号',
            what: `编号“${number}”已被使用`,
            mend: '一项一号，请改正或留空由系统编号',
          },
        ],
  );
}
