/**
 * Time as the rules see it: instants (epoch milliseconds) and calendar dates of Asia/Shanghai.
 * China has kept one zone without summer time since 1991, so a fixed +08:00 is exact for every
 * date the system can hold, and no time-zone database is needed inside workflow code.
 */
declare const instantBrand: unique symbol;
declare const localDateBrand: unique symbol;

/** Milliseconds since 1970-01-01T00:00Z. */
export type Instant = number & { readonly [instantBrand]: true };
/** `YYYY-MM-DD` in Asia/Shanghai, always a date that exists. */
export type LocalDate = string & { readonly [localDateBrand]: true };

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
const SHANGHAI = 8 * HOUR;

export const instant = (ms: number): Instant => ms as Instant;

/** The instant `ms` milliseconds later (earlier when negative). */
export const later = (at: Instant, ms: number): Instant => (at + ms) as Instant;

const twoDigits = (n: number) => String(n).padStart(2, '0');

/** A date from text, or null when the text is not `YYYY-MM-DD` or names a day that does not exist. */
export function parseLocalDate(text: string): LocalDate | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return null;
  const ms = Date.parse(`${text}T00:00:00Z`);
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== text) return null;
  return text as LocalDate;
}

/** A date known to be right when the code was written; throws otherwise. */
export function localDate(text: string): LocalDate {
  const date = parseLocalDate(text);
  if (date === null) throw new RangeError(`not a date: ${text}`);
  return date;
}

/** The Shanghai date on which an instant lies. 24:00 belongs to the day that begins there. */
export const localDateOf = (at: Instant): LocalDate =>
  new Date(at + SHANGHAI).toISOString().slice(0, 10) as LocalDate;

/** Minutes since Shanghai midnight, 0 to 1439. */
export const minuteOfDay = (at: Instant): number =>
  Math.floor(((((at + SHANGHAI) % DAY) + DAY) % DAY) / MINUTE);

/** The instant at which a Shanghai clock shows `HH:MM` on a date; `24:00` is the end of the day. */
export function instantOn(date: LocalDate, clock = '00:00'): Instant {
  const [hours = 0, minutes = 0] = clock.split(':').map(Number);
  return instant(Date.parse(`${date}T00:00:00Z`) - SHANGHAI + hours * HOUR + minutes * MINUTE);
}

/** The end of a day, 24:00: the moment at which a deadline on that day has passed. */
export const dayEnd = (date: LocalDate): Instant => instantOn(date, '24:00');

/** The day that an end-of-day deadline belongs to: 24:00 counts to the day that ends there. */
export const deadlineDate = (due: Instant): LocalDate => localDateOf(later(due, -1));

/** Saturates at the first and the last date that can be written: no calendar knows them. */
export function addDays(date: LocalDate, days: number): LocalDate {
  const ms = Date.parse(`${date}T00:00:00Z`) + days * DAY;
  return new Date(Math.min(Math.max(ms, FIRST_DATE), LAST_DATE)).toISOString().slice(0, 10) as LocalDate;
}

const FIRST_DATE = Date.parse('0000-01-01T00:00:00Z');
const LAST_DATE = Date.parse('9999-12-31T00:00:00Z');

export function endOfMonth(date: LocalDate): LocalDate {
  const firstOfNext = addDays(`${date.slice(0, 7)}-28` as LocalDate, 4);
  return addDays(firstOfNext, -Number(firstOfNext.slice(8)));
}

/** The same day so many months later (earlier when negative), clipped to the end of its month. */
export function addMonths(date: LocalDate, months: number): LocalDate {
  const [year = 0, month = 1] = date.split('-').map(Number);
  const first = new Date(Date.UTC(year, month - 1 + months, 1)).toISOString().slice(0, 8);
  const last = endOfMonth(`${first}01` as LocalDate);
  const same = `${first}${date.slice(8)}` as LocalDate;
  return same < last ? same : last;
}

/** Calendar days from one date to another; negative when `to` is earlier. */
export const daysBetween = (from: LocalDate, to: LocalDate): number =>
  Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY);

export const yearOf = (date: LocalDate): number => Number(date.slice(0, 4));

/** 0 = Sunday … 6 = Saturday. */
export const weekday = (date: LocalDate): number => new Date(`${date}T00:00:00Z`).getUTCDay();

/** RFC 3339 with the +08:00 offset, to the millisecond only where there is one. */
export function rfc3339(at: Instant): string {
  const text = new Date(at + SHANGHAI).toISOString();
  return `${text.endsWith('.000Z') ? text.slice(0, 19) : text.slice(0, 23)}+08:00`;
}

/** `2026-11-20 24:00` for an end of day, `2026-11-20 09:00` otherwise: the way an office writes it. */
export function officeTime(at: Instant): string {
  const minute = minuteOfDay(at);
  // A moment after midnight is still told by the day that has just ended.
  if (minute === 0) return `${deadlineDate(instant(at - (at % MINUTE)))} 24:00`;
  return `${localDateOf(at)} ${twoDigits(Math.floor(minute / 60))}:${twoDigits(minute % 60)}`;
}
