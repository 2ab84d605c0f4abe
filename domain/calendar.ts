import { addDays, DAY, daysBetween, HOUR, instant, instantOn, localDateOf, weekday, yearOf } from './time.ts';
import type { Instant, LocalDate } from './time.ts';
import { isRefusal, refuse } from './refusal.ts';
import type { Refusal } from './refusal.ts';

/** `provisional`: the notice of the year is not out yet, and only weekends and fixed-date holidays are known. */
export type CalendarStatus = 'official' | 'provisional';

/**
 * `days` holds one character per day of the year, `1` working and `0` not: plain JSON that is small
 * enough to travel inside workflow state, and a look-up by index when a workflow is replayed.
 */
export type CalendarYear = { readonly status: CalendarStatus; readonly days: string };

/** Office hours in the order of the day, for example `[['08:30','12:00'],['14:30','18:00']]`. */
export type WorkingHours = readonly (readonly [from: string, to: string])[];

export type Calendar = {
  readonly version: number;
  readonly hours: WorkingHours;
  /** By year, `'2026'`. A year that is missing is unknown, never a year in which all weekdays work. */
  readonly years: Readonly<Record<string, CalendarYear>>;
};

/** Refused with `calendar_not_loaded`, as everything below, when a year it has to look into is missing. */
export function isWorkingDay(calendar: Calendar, date: LocalDate): boolean | Refusal {
  const days = daysOf(calendar, yearOf(date));
  return isRefusal(days) ? days : days[dayOfYear(date)] === '1';
}

/**
 * The n-th working day after `date`, or before it when `n` is negative; `date` itself is not counted
 * and need not be a working day. `n = 0` is `date` itself.
 */
export function addWorkingDays(calendar: Calendar, date: LocalDate, n: number): LocalDate | Refusal {
  if (n === 0) return date;
  const step = n < 0 ? -1 : 1;
  let year = yearOf(date);
  let days = daysOf(calendar, year);
  if (isRefusal(days)) return days;
  let index = dayOfYear(date);
  for (let left = Math.abs(n); left > 0;) {
    index += step;
    if (index < 0 || index >= days.length) {
      year += step;
      days = daysOf(calendar, year);
      if (isRefusal(days)) return days;
      index = step > 0 ? 0 : days.length - 1;
    }
    if (days[index] === '1') left -= 1;
  }
  return addDays(firstOf(year), index);
}

/** The first working day strictly after `date`. */
export const nextWorkingDay = (calendar: Calendar, date: LocalDate): LocalDate | Refusal =>
  addWorkingDays(calendar, date, 1);

/**
 * The instant that lies `hours` office hours before another one, passing over nights, noon breaks and
 * days off: four hours before the end of a working day with the usual hours is 11:30.
 */
export function subtractWorkingHours(calendar: Calendar, before: Instant, hours: number): Instant | Refusal {
  if (hours === 0) return before;
  if (hours < 0 || !calendar.hours.some(([from, to]) => from < to)) {
    throw new RangeError('office hours can only be subtracted, from a day that has some');
  }
  let left = hours * HOUR;
  for (let date = localDateOf(before); ; date = addDays(date, -1)) {
    const working = isWorkingDay(calendar, date);
    if (isRefusal(working)) return working;
    if (!working) continue;
    for (const [from, to] of calendar.hours.toReversed()) {
      const opens = instantOn(date, from);
      const closes = Math.min(instantOn(date, to), before);
      if (closes <= opens) continue;
      if (left <= closes - opens) return instant(closes - left);
      left -= closes - opens;
    }
  }
}

/** Null when every year from one date to another is known, otherwise the refusal for the first that is not. */
export function covers(calendar: Calendar, from: LocalDate, to: LocalDate): Refusal | null {
  for (let year = yearOf(from); year <= yearOf(to); year += 1) {
    const days = daysOf(calendar, year);
    if (isRefusal(days)) return days;
  }
  return null;
}

export const isWeekend = (date: LocalDate): boolean => weekday(date) === 0 || weekday(date) === 6;

const firstOf = (year: number) => `${String(year).padStart(4, '0')}-01-01` as LocalDate;
const dayOfYear = (date: LocalDate) => daysBetween(firstOf(yearOf(date)), date);
const lengthOf = (year: number) => (Date.UTC(year + 1, 0, 1) - Date.UTC(year, 0, 1)) / DAY;

// A year that was stored cut short is as good as missing: guessing the rest would move deadlines.
function daysOf(calendar: Calendar, year: number): string | Refusal {
  const days = calendar.years[String(year)]?.days;
  if (days !== undefined && days.length === lengthOf(year)) return days;
  return refuse(
    'calendar_not_loaded',
    `日历中没有${year}年的数据，无法计算工作日；请先发布${year}年放假通知（通知未公布时可先生成该年度暂定日历），再重新办理。`,
  );
}
