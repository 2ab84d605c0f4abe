import { isWeekend } from './calendar.ts';
import { addDays, daysBetween, parseLocalDate, yearOf } from './time.ts';
import type { LocalDate } from './time.ts';

/** One line of a year's notice of the State Council's general office on holidays. */
export type Notice = {
  readonly year: number;
  readonly holiday: string;
  readonly offFrom: LocalDate;
  readonly offTo: LocalDate;
  /** 调休补班: days of a weekend on which everybody works. */
  readonly makeUpWorkingDays: readonly LocalDate[];
  readonly source: string;
};

/** `line` counts from 1, the heading included; `detail` is Chinese. */
export type NoticeFault = { readonly line: number; readonly detail: string };

const heading = 'year,holiday,off_from,off_to,make_up_working_days,source';

/** A year's notice names all seven; a file that lacks one would turn a holiday into working days. */
const statutoryHolidays = ['元旦', '春节', '清明', '劳动节', '端午', '中秋', '国庆'];

/** No holiday has ever been given more days in a row; more is a slip of the pen. */
const longestHoliday = 15;

type Line = { readonly line: number; readonly notice: Notice };

export const areNoticeFaults = (read: Notice[] | NoticeFault[]): read is NoticeFault[] =>
  read.some((row) => 'detail' in row);

/**
 * Reads notices from CSV with the heading `year,holiday,off_from,off_to,make_up_working_days,source`;
 * make-up days are parted by `;`. Returns every fault by its line when there is one, and then nothing
 * else: half a notice is not a calendar. Tell the two apart with `areNoticeFaults`.
 */
export function parseNotices(csv: string): Notice[] | NoticeFault[] {
  const [first = '', ...rows] = csv.replace(/^\uFEFF/, '').split(/\r?\n/);
  if (first.trim() !== heading) return [{ line: 1, detail: `第一行须为表头：${heading}` }];
  const faults: NoticeFault[] = [];
  const lines: Line[] = [];
  for (const [index, row] of rows.entries()) {
    if (row.trim() === '') continue;
    const line = index + 2;
    const read = readRow(row);
    if (Array.isArray(read)) faults.push(...read.map((detail) => ({ line, detail })));
    else lines.push({ line, notice: read });
  }
  if (lines.length === 0 && faults.length === 0) return [{ line: 1, detail: '文件中没有放假安排' }];
  faults.push(...collisions(lines));
  // A holiday may be missing only because its own line could not be read.
  if (faults.length === 0) faults.push(...halfYears(lines));
  return faults.length > 0 ? faults.toSorted((a, b) => a.line - b.line) : lines.map(({ notice }) => notice);
}

function readRow(row: string): Notice | string[] {
  const cells = row.split(',').map((cell) => cell.trim());
  if (cells.length !== 6) return [`应有6列，实有${cells.length}列（各列内不得含英文逗号）`];
  const [yearText = '', holiday = '', from = '', to = '', makeUp = '', source = ''] = cells;
  const faults: string[] = [];
  if (!/^\d{4}$/.test(yearText)) faults.push(`年度“${yearText}”须为四位数字`);
  if (holiday === '') faults.push('缺少节日名称');
  if (source === '') faults.push('缺少文件依据');
  const read = (text: string, name: string) => {
    const date = parseLocalDate(text);
    if (date === null)
      faults.push(text === '' ? `缺少${name}` : `${name}“${text}”不是有效日期（YYYY-MM-DD）`);
    return date;
  };
  const offFrom = read(from, '放假开始日期');
  const offTo = read(to, '放假结束日期');
  const makeUpWorkingDays = (makeUp === '' ? [] : makeUp.split(';')).map((day) =>
    read(day.trim(), '补班日期'),
  );
  if (faults.length > 0 || offFrom === null || offTo === null) return faults;
  const year = Number(yearText);
  const notice = {
    year,
    holiday,
    offFrom,
    offTo,
    makeUpWorkingDays: makeUpWorkingDays.filter((day) => day !== null),
    source,
  };
  const more = faultsOf(notice);
  return more.length > 0 ? more : notice;
}

function faultsOf({ year, offFrom, offTo, makeUpWorkingDays }: Notice): string[] {
  const faults: string[] = [];
  if (offTo < offFrom) faults.push(`放假结束日期${offTo}早于开始日期${offFrom}`);
  else if (daysBetween(offFrom, offTo) >= longestHoliday) {
    faults.push(`放假${offFrom}至${offTo}超过${longestHoliday}天，请核对`);
  }
  for (const date of new Set([offFrom, offTo, ...makeUpWorkingDays])) {
    if (!belongsTo(year, date)) faults.push(`${date}不在${year}年度放假通知的范围内`);
  }
  for (const date of makeUpWorkingDays) {
    if (!isWeekend(date)) faults.push(`补班日${date}不是周末，本来就是工作日`);
  }
  return faults;
}

/** A New Year's holiday may begin, or be made up for, in the neighbouring December or January. */
const belongsTo = (year: number, date: LocalDate) =>
  yearOf(date) === year || date.startsWith(`${year - 1}-12`) || date.startsWith(`${year + 1}-01`);

function collisions(lines: readonly Line[]): NoticeFault[] {
  const faults: NoticeFault[] = [];
  const off = new Map<LocalDate, number>();
  for (const { line, notice } of lines) {
    for (let date = notice.offFrom; date <= notice.offTo; date = addDays(date, 1)) {
      const before = off.get(date);
      if (before !== undefined) faults.push({ line, detail: `放假日${date}与第${before}行重复` });
      else off.set(date, line);
    }
  }
  const makeUp = new Map<LocalDate, number>();
  for (const { line, notice } of lines) {
    for (const date of notice.makeUpWorkingDays) {
      const before = makeUp.get(date);
      const holiday = off.get(date);
      if (before !== undefined) faults.push({ line, detail: `补班日${date}与第${before}行重复` });
      if (holiday !== undefined) faults.push({ line, detail: `补班日${date}落在第${holiday}行的放假期间` });
      makeUp.set(date, line);
    }
  }
  return faults;
}

function halfYears(lines: readonly Line[]): NoticeFault[] {
  const faults: NoticeFault[] = [];
  for (const [year, ofYear = []] of Map.groupBy(lines, ({ notice }) => notice.year)) {
    const names = ofYear.map(({ notice }) => notice.holiday).join('、');
    const missing = statutoryHolidays.filter((holiday) => !names.includes(holiday));
    if (missing.length > 0) {
      faults.push({
        line: ofYear[0]?.line ?? 1,
        detail: `${year}年的通知不完整，缺少：${missing.join('、')}`,
      });
    }
  }
  return faults;
}
