import { readFileSync } from 'node:fs';
import { areNoticeFaults, calendarFrom, parseNotices } from '../../domain/calendar-notice.ts';
import type { Notice } from '../../domain/calendar-notice.ts';
import type { Calendar } from '../../domain/calendar.ts';
import { isRefusal } from '../../domain/refusal.ts';
import type { Refusal } from '../../domain/refusal.ts';
import { daysBetween, localDate } from '../../domain/time.ts';

export const shippedCsv = readFileSync(new URL('../../db/calendar/holidays.csv', import.meta.url), 'utf8');

function readShipped(): Notice[] {
  const read = parseNotices(shippedCsv);
  if (areNoticeFaults(read)) throw new Error(JSON.stringify(read));
  return read;
}

export const shippedNotices: readonly Notice[] = readShipped();

/** What the product ships: 2024 to 2026 by their notices, 2027 provisional. */
export const calendar: Calendar = calendarFrom(1, [2024, 2025, 2026, 2027], shippedNotices);

export function granted<T>(answer: T | Refusal): T {
  if (isRefusal(answer)) throw new Error(answer.detail);
  return answer;
}

/** The shipped calendar as the next version, with some days made working or free. */
export function calendarWith(days: Readonly<Record<string, boolean>>): Calendar {
  const years = { ...calendar.years };
  for (const [date, working] of Object.entries(days)) {
    const year = years[date.slice(0, 4)];
    if (year === undefined) throw new Error(`no calendar for ${date}`);
    const marks = Array.from(year.days);
    marks[daysBetween(localDate(`${date.slice(0, 4)}-01-01`), localDate(date))] = working ? '1' : '0';
    years[date.slice(0, 4)] = { ...year, days: marks.join('') };
  }
  return { ...calendar, version: calendar.version + 1, years };
}
