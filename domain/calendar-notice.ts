import type { Calendar, CalendarStatus, CalendarYear, WorkingHours } from './calendar.ts';
import type { Notice } from './calendar-notice-reading.ts';
import { isWeekend } from './calendar.ts';
import { addDays, yearOf } from './time.ts';
import type { LocalDate } from './time.ts';

export { areNoticeFaults, parseNotices } from './calendar-notice-reading.ts';
export type { Notice, NoticeFault } from './calendar-notice-reading.ts';

export type DayKind = 'working_day' | 'weekend' | 'holiday' | 'make_up_working_day';

/** One row of the table `calendar_day`. */
export type CalendarDay = {
  readonly date: LocalDate;
  readonly kind: DayKind;
  readonly status: CalendarStatus;
  /** The holiday that the day belongs to or makes up for. */
  readonly name: string | null;
  readonly source: string | null;
};

/** [D] The hours in which `working_hour` moments are counted. */
export const defaultHours: WorkingHours = [
  ['08:30', '12:00'],
  ['14:30', '18:00'],
];

/**
 * The holidays whose dates are fixed by law and known without a notice: New Year's Day, Labour Day
 * and National Day. Spring Festival, Qingming, Dragon Boat and Mid-Autumn follow the moon or the sun,
 * and bridging days and make-up days are the notice's own, so a provisional year has none of them.
 */
const fixedDateHolidays: Readonly<Record<string, string>> = {
  '01-01': '元旦',
  '05-01': '劳动节',
  '05-02': '劳动节',
  '10-01': '国庆节',
  '10-02': '国庆节',
  '10-03': '国庆节',
};

/**
 * Every day of a year. Official when one of the notices is of that year. Notices of the neighbouring
 * years count too: the make-up day of a New Year may lie in December.
 */
export function daysOfYear(year: number, notices: readonly Notice[]): CalendarDay[] {
  const status = notices.some((notice) => notice.year === year) ? 'official' : 'provisional';
  const special = specialDays(notices);
  const days: CalendarDay[] = [];
  for (let date = firstOf(year); yearOf(date) === year; date = addDays(date, 1)) {
    const fixed = status === 'provisional' ? fixedDateHolidays[date.slice(5)] : undefined;
    days.push({ date, status, ...(special.get(date) ?? ordinaryDay(date, fixed)) });
  }
  return days;
}

/** Without a notice of its own: weekends and fixed-date holidays only. */
export const yearFromNotices = (year: number, notices: readonly Notice[]): CalendarYear =>
  yearFromDays(daysOfYear(year, notices));

/** A year as it is stored, one row per day in the order of the dates, made small. */
export const yearFromDays = (days: readonly Pick<CalendarDay, 'kind' | 'status'>[]): CalendarYear => ({
  status: days.every(({ status }) => status === 'official') ? 'official' : 'provisional',
  days: days.map(({ kind }) => (worksOn(kind) ? '1' : '0')).join(''),
});

/** The given years, each official or provisional as the notices have it. */
export const calendarFrom = (
  version: number,
  years: readonly number[],
  notices: readonly Notice[],
  hours: WorkingHours = defaultHours,
): Calendar => ({
  version,
  hours,
  years: Object.fromEntries(years.map((year) => [String(year), yearFromNotices(year, notices)])),
});

export const worksOn = (kind: DayKind): boolean => kind === 'working_day' || kind === 'make_up_working_day';

const firstOf = (year: number) => `${String(year).padStart(4, '0')}-01-01` as LocalDate;

type KindOfDay = Pick<CalendarDay, 'kind' | 'name' | 'source'>;

function specialDays(notices: readonly Notice[]): Map<LocalDate, KindOfDay> {
  const special = new Map<LocalDate, KindOfDay>();
  for (const { holiday: name, offFrom, offTo, makeUpWorkingDays, source } of notices) {
    for (let date = offFrom; date <= offTo; date = addDays(date, 1)) {
      special.set(date, { kind: 'holiday', name, source });
    }
    for (const date of makeUpWorkingDays) special.set(date, { kind: 'make_up_working_day', name, source });
  }
  return special;
}

function ordinaryDay(date: LocalDate, fixedHoliday: string | undefined): KindOfDay {
  if (fixedHoliday !== undefined) return { kind: 'holiday', name: fixedHoliday, source: null };
  return { kind: isWeekend(date) ? 'weekend' : 'working_day', name: null, source: null };
}
