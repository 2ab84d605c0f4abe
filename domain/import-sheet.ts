/**
 * How a sheet that an office filled in by hand is read: rows under Chinese headers, and for every
 * fault the place as Excel shows it, what is wrong and how to mend it. Checks never stop at the
 * first fault, so that a sheet goes back to its author once.
 */
import { parseDecimal, placesOf, type Decimal } from './decimal.ts';
import type { LocalDate } from './time.ts';
import { parseLocalDate } from './time.ts';
import { identifierOf } from './vocabulary.ts';

/** A date cell is UTC midnight of the day that Excel shows. */
export type CellValue = string | number | boolean | Date | null;

/** `rows[0]` is Excel's row 1, `rows[n][0]` its column A; empty rows keep their place. */
export type Sheet = { readonly name: string; readonly rows: readonly (readonly CellValue[])[] };

export type Fault = {
  /** Empty when the file as a whole is at fault. */
  readonly sheet: string;
  /** As Excel counts, from 1; 0 when no row is meant. */
  readonly row: number;
  /** The column's header, or its letter where there is no header; empty when no column is meant. */
  readonly column: string;
  /** Chinese. */
  readonly what: string;
  /** Chinese. */
  readonly mend: string;
};

/** Explains the columns to whoever fills the file in; never read. */
export const notesSheet = '填表说明';

/** One filled row. Its readers record a fault and answer null when the cell is not what is asked for. */
export type SheetRow<Header extends string> = {
  readonly number: number;
  fault(column: Header, what: string, mend: string): void;
  isEmpty(column: Header): boolean;
  text(column: Header, maxLength: number): string | null;
  optionalText(column: Header, maxLength: number): string | null;
  code(column: Header): string | null;
  optionalCode(column: Header): string | null;
  /** One of the Chinese words of a vocabulary, as its identifier. */
  word<Id extends string>(column: Header, words: Readonly<Record<Id, string>>): Id | null;
  date(column: Header): LocalDate | null;
  optionalDate(column: Header): LocalDate | null;
  /** A number of at most so many places. */
  decimal(column: Header, places: number): Decimal | null;
  optionalDecimal(column: Header, places: number): Decimal | null;
};

/** The sheets that a file must and may have. */
export function checkSheetNames(sheets: readonly Sheet[], expected: readonly string[]): Fault[] {
  const faults: Fault[] = [];
  for (const name of expected) {
    if (sheets.some((sheet) => sheet.name === name)) continue;
    const what = `缺少工作表“${name}”`;
    faults.push({
      sheet: name,
      row: 0,
      column: '',
      what,
      mend: `请按模板补上工作表“${name}”，名称须完全一致`,
    });
  }
  for (const sheet of sheets) {
    if (expected.includes(sheet.name) || sheet.name === notesSheet || sheet.rows.every(isBlank)) continue;
    const mend = `请删除该工作表，或改名为：${expected.join('、')}`;
    faults.push({ sheet: sheet.name, row: 0, column: '', what: '无法识别的工作表', mend });
  }
  return faults;
}

/** The filled rows under the headers of row 1; none when the headers themselves are at fault. */
export function rowsOf<Header extends string>(
  sheets: readonly Sheet[],
  name: string,
  headers: readonly Header[],
  faults: Fault[],
): SheetRow<Header>[] {
  const sheet = sheets.find((candidate) => candidate.name === name);
  if (sheet === undefined) return [];
  const columns = columnsOf(sheet, headers, faults);
  if (columns === null) return [];
  return sheet.rows.flatMap((cells, index) =>
    index === 0 || isBlank(cells) ? [] : [openRow(sheet.name, index + 1, cells, columns, faults)],
  );
}

/** Records a fault at every row that repeats the value of an earlier one; answers the first rows. */
export function findRepeats<Header extends string>(
  rows: readonly { row: SheetRow<Header>; value: string | null }[],
  column: Header,
  mend: string,
): Map<string, number> {
  const first = new Map<string, number>();
  for (const { row, value } of rows) {
    if (value === null) continue;
    const earlier = first.get(value);
    if (earlier === undefined) first.set(value, row.number);
    else row.fault(column, `“${value}”与第${earlier}行重复`, mend);
  }
  return first;
}

/** Faults in the order in which somebody walks through the file. */
export function inReadingOrder(faults: readonly Fault[], sheetNames: readonly string[]): Fault[] {
  const place = (fault: Fault) => {
    const index = sheetNames.indexOf(fault.sheet);
    return index === -1 ? sheetNames.length : index;
  };
  return faults.toSorted((a, b) => place(a) - place(b) || a.row - b.row);
}

const isBlank = (cells: readonly CellValue[]) =>
  cells.every((cell) => cell === null || (typeof cell === 'string' && cell.trim() === ''));

function columnsOf<Header extends string>(
  sheet: Sheet,
  headers: readonly Header[],
  faults: Fault[],
): Map<Header, number> | null {
  const found = (sheet.rows[0] ?? []).map((cell) => (typeof cell === 'string' ? cell.trim() : cell));
  const columns = new Map<Header, number>();
  const before = faults.length;
  const headFault = (column: string, what: string, mend: string) =>
    faults.push({ sheet: sheet.name, row: 1, column, what, mend });
  found.forEach((cell, index) => {
    if (cell === null || cell === '') return;
    const header = headers.find((candidate) => candidate === cell);
    const shown = cell instanceof Date ? '（日期）' : String(cell);
    if (header === undefined) headFault(shown, '无法识别的列', `请删除该列，或改为：${headers.join('、')}`);
    else if (columns.has(header)) headFault(header, '列名重复', '请只保留一列');
    else columns.set(header, index);
  });
  for (const header of headers) {
    if (!columns.has(header))
      headFault(header, `第1行缺少列“${header}”`, '请按模板补上该列，内容可空的列也须保留');
  }
  return faults.length === before ? columns : null;
}

function openRow<Header extends string>(
  sheet: string,
  number: number,
  cells: readonly CellValue[],
  columns: ReadonlyMap<Header, number>,
  faults: Fault[],
): SheetRow<Header> {
  const cellOf = (column: Header) => cells[columns.get(column) ?? -1] ?? null;
  const row: SheetRow<Header> = {
    number,
    fault(column, what, mend) {
      faults.push({ sheet, row: number, column, what, mend });
    },
    isEmpty(column) {
      return isBlank([cellOf(column)]);
    },
    text(column, maxLength) {
      if (row.isEmpty(column)) row.fault(column, '不能为空', '请填写');
      return row.optionalText(column, maxLength);
    },
    optionalText(column, maxLength) {
      if (row.isEmpty(column)) return null;
      const text = asText(cellOf(column));
      if (text === null) row.fault(column, '应为文字', '请将单元格改为文本格式后重新填写');
      else if (hasControl(text)) row.fault(column, '含有换行或控制字符', '请删除单元格内的换行和不可见字符');
      else if (text.length > maxLength)
        row.fault(column, `超过${maxLength}个字`, `请缩短到${maxLength}个字以内`);
      else return text;
      return null;
    },
    code(column) {
      if (row.isEmpty(column)) row.fault(column, '不能为空', '请填写');
      return row.optionalCode(column);
    },
    optionalCode(column) {
      const text = row.optionalText(column, 32);
      if (text === null || /^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(text)) return text;
      row.fault(column, `“${text}”不是有效的编码`, '编码只能由字母、数字、短横线和下划线组成');
      return null;
    },
    word(column, words) {
      const text = row.text(column, 32);
      if (text === null) return null;
      const id = identifierOf(words, text);
      if (id === null)
        row.fault(column, `“${text}”不在可选范围内`, `请填写：${Object.values(words).join('、')}`);
      return id;
    },
    date(column) {
      if (row.isEmpty(column)) row.fault(column, '不能为空', '请填写日期，例如2026-03-01');
      return row.optionalDate(column);
    },
    optionalDate(column) {
      if (row.isEmpty(column)) return null;
      const cell = cellOf(column);
      const date = cell instanceof Date ? wholeDay(cell) : typeof cell === 'string' ? officeDate(cell) : null;
      if (date !== null) return date;
      const shown = cell instanceof Date ? '该单元格' : `“${String(cell)}”`;
      row.fault(column, `${shown}不是真实存在的日期`, '请填写真实存在的日期，例如2026-03-01，不带时间');
      return null;
    },
    decimal(column, places) {
      if (row.isEmpty(column)) row.fault(column, '不能为空', '请填写数字');
      return row.optionalDecimal(column, places);
    },
    optionalDecimal(column, places) {
      if (row.isEmpty(column)) return null;
      const cell = cellOf(column);
      const shown = cell instanceof Date ? '（日期）' : String(cell).trim();
      const value = typeof cell === 'number' || typeof cell === 'string' ? parseDecimal(shown) : null;
      if (value === null) {
        row.fault(column, `“${shown}”不是数字`, '请只填数字，不带单位、百分号和千分位');
      } else if (placesOf(value) > places) {
        row.fault(column, `“${shown}”的小数超过${places}位`, `请四舍五入到${places}位小数`);
      } else {
        return value;
      }
      return null;
    },
  };
  return row;
}

/** Codes and phone numbers that Excel has turned into numbers are still meant as text. */
function asText(cell: CellValue): string | null {
  if (typeof cell === 'string') return cell.trim();
  return typeof cell === 'number' && Number.isSafeInteger(cell) && cell >= 0 ? String(cell) : null;
}

// oxlint-disable-next-line no-control-regex -- they are what is looked for
const hasControl = (text: string) => /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]/.test(text);

function wholeDay(cell: Date): LocalDate | null {
  if (Number.isNaN(cell.getTime())) return null;
  const [day = '', clock] = cell.toISOString().split('T');
  return clock === '00:00:00.000Z' ? parseLocalDate(day) : null;
}

/** The ways in which offices write a day: 2026-03-01, 2026/3/1, 2026.3.1, 2026年3月1日. */
export function officeDate(text: string): LocalDate | null {
  const match =
    /^(\d{4})(?:-(\d{1,2})-(\d{1,2})|\/(\d{1,2})\/(\d{1,2})|\.(\d{1,2})\.(\d{1,2})|年(\d{1,2})月(\d{1,2})日)$/.exec(
      text.trim(),
    );
  if (match === null) return null;
  const [year, month, day] = match.slice(1).filter((part) => part !== undefined);
  return parseLocalDate(`${year}-${month?.padStart(2, '0')}-${day?.padStart(2, '0')}`);
}
