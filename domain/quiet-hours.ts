import { isWorkingDay } from './calendar.ts';
import type { Calendar } from './calendar.ts';
import { isRefusal } from './refusal.ts';
import { addDays, DAY, HOUR, instantOn, later, localDateOf } from './time.ts';
import type { Instant, LocalDate } from './time.ts';
import type { WarningLevel } from './warning-policy.ts';

/** When a message has to wait. It never holds back a card (domain.md 3). */
export type QuietHours = {
  /** `HH:MM`; a night from 20:00 to 08:00 is written just so. */
  readonly from: string;
  readonly to: string;
  /** When what was held goes out, `HH:MM` outside the quiet hours. */
  readonly resume_at: string;
  readonly red_on_non_working_days: boolean;
};

/** notifications.md [D]. */
export const defaultQuietHours: QuietHours = {
  from: '20:00',
  to: '08:00',
  resume_at: '08:30',
  red_on_non_working_days: true,
};

/**
 * The first instant at or after `at` when a message may be sent: `at` itself, or `resume_at` of the
 * first day that is open to it. Days off are open to the red card only, and a red card held over the
 * night resumes on a day off at the same `resume_at` as on any other. A year that the calendar does
 * not know is open outside the quiet hours: no message is lost for want of a calendar.
 */
export function sendableAt(
  at: Instant,
  level: WarningLevel | 'notice',
  quiet: QuietHours,
  calendar: Calendar,
): Instant {
  const isOpen = (date: LocalDate) => {
    const working = isWorkingDay(calendar, date);
    return isRefusal(working) || working || (level === 'red_card' && quiet.red_on_non_working_days);
  };
  const today = localDateOf(at);
  if (isOpen(today) && !isQuiet(at, today, quiet)) return at;
  for (let date = today; ; date = addDays(date, 1)) {
    const resumes = instantOn(date, quiet.resume_at);
    if (resumes >= at && isOpen(date)) return resumes;
  }
}

/** A day of attempts for each of three people in turn, and one until a cap lets the next message pass [D]. */
const OPEN_DAYS_TO_FINAL = 4;

/** When a message that was caused at `at` must have its final record: days that are closed to it do not count. */
export function finalBy(
  at: Instant,
  level: WarningLevel | 'notice',
  quiet: QuietHours,
  calendar: Calendar,
): Instant {
  let by = sendableAt(at, level, quiet, calendar);
  for (let days = 0; days < OPEN_DAYS_TO_FINAL; days += 1)
    by = sendableAt(later(by, DAY), level, quiet, calendar);
  return later(by, HOUR);
}

function isQuiet(at: Instant, today: LocalDate, { from, to }: QuietHours): boolean {
  const begun = at >= instantOn(today, from);
  const notOver = at < instantOn(today, to);
  return from <= to ? begun && notOver : begun || notOver;
}
