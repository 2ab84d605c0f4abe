/** A year's notice before it holds: the days it decides, and the calendar that it would make. */
import type { Calendar, CalendarStatus, CalendarYear } from './calendar.ts';
import { daysOfYear, worksOn, type CalendarDay, type Notice } from './calendar-notice.ts';
import { addDays, daysBetween, parseLocalDate, yearOf, type LocalDate } from './time.ts';

export type PublishedDay = {
  readonly date: LocalDate;
  readonly working: boolean;
  readonly status: CalendarStatus;
  /** The holiday that the day belongs to or makes up for. */
  readonly name: string | null;
  readonly source: string;
};

/** A whole year written out, as `GET /calendar/{year}` shows it. */
export type ListedDay = {
  readonly date: string;
  readonly working: boolean;
  readonly name?: string | undefined;
};

/** `place` says where in the list or the file; `detail` is Chinese. */
export type ProposalFault = {
  readonly place: { readonly index: number } | { readonly line: number } | null;
  readonly detail: string;
};

/** What the source of a day says that no notice has decided. */
export const PROVISIONAL_SOURCE = 'provisional';

/** Days as the rules work them out, the way they are published. */
export const toPublish = (days: readonly CalendarDay[], source: string): PublishedDay[] =>
  days.map((day) => ({
    date: day.date,
    working: worksOn(day.kind),
    status: day.status,
    name: day.name,
    source: day.source ?? (day.status === 'official' ? source : PROVISIONAL_SOURCE),
  }));

/** Every day of the notice's year, and those that it decides in the neighbouring ones. */
export function daysOfNotice(year: number, source: string, notices: readonly Notice[]): PublishedDay[] {
  const neighbours = [year - 1, year + 1].flatMap((other) =>
    daysOfYear(other, notices).filter((day) => day.source !== null),
  );
  return toPublish(
    [...daysOfYear(year, notices), ...neighbours.map((day) => ({ ...day, status: 'official' as const }))],
    source,
  );
}

type Read = { readonly days: PublishedDay[] } | { readonly faults: ProposalFault[] };

/** Reads a year that was written out day by day; every fault at once. */
export function readListedDays(year: number, source: string, listed: readonly ListedDay[]): Read {
  const { days, faults } = readDays(year, source, listed);
  if (faults.length === 0)
    faults.push(...holes(year, new Set(days.map(({ date }) => date))), ...unlikely(days));
  return faults.length > 0 ? { faults } : { days };
}

/** Reads the local days of a year: those alone that differ from the nation's. */
export function readLocalDays(year: number, source: string, listed: readonly ListedDay[]): Read {
  const { days, faults } = readDays(year, source, listed);
  return faults.length > 0 ? { faults } : { days };
}

function readDays(year: number, source: string, listed: readonly ListedDay[]) {
  const faults: ProposalFault[] = [];
  const first = new Map<LocalDate, number>();
  const days: PublishedDay[] = [];
  for (const [index, { date: text, working, name }] of listed.entries()) {
    const date = parseLocalDate(text);
    const before = date === null ? undefined : first.get(date);
    if (date === null) faults.push({ place: { index }, detail: `“${text}”不是真实存在的日期（YYYY-MM-DD）` });
    else if (yearOf(date) !== year) faults.push({ place: { index }, detail: `${date}不在${year}年` });
    else if (before !== undefined)
      faults.push({ place: { index }, detail: `${date}与第${before + 1}条重复` });
    else {
      first.set(date, index);
      days.push({ date, working, status: 'official', name: name ?? null, source });
    }
  }
  return { days, faults };
}

/** The nation's days with the local ones over them. */
export function laidOver(
  national: readonly PublishedDay[],
  local: readonly PublishedDay[],
): readonly PublishedDay[] {
  const over = new Map(local.map((day) => [day.date, day]));
  return national.map((day) => over.get(day.date) ?? day);
}

/** A year that is half given would leave the other half to chance. */
function holes(year: number, given: ReadonlySet<LocalDate>): ProposalFault[] {
  const missing: LocalDate[] = [];
  for (let date = `${year}-01-01` as LocalDate; yearOf(date) === year; date = addDays(date, 1)) {
    if (!given.has(date)) missing.push(date);
  }
  if (missing.length === 0) return [];
  return [
    {
      place: null,
      detail: `${year}年的日历不完整，缺少${missing.length}天，第一天是${missing[0]}；须逐日列出全年`,
    },
  ];
}

/** Fixed by law in every year: a list that works on them has its marks swapped or its holidays forgotten. */
const alwaysOff: readonly string[] = ['01-01', '05-01', '10-01'];

function unlikely(days: readonly PublishedDay[]): ProposalFault[] {
  return days.flatMap(({ date, working }, index) =>
    working && alwaysOff.includes(date.slice(5))
      ? [{ place: { index }, detail: `${date}是法定节日，不能是工作日` }]
      : [],
  );
}

/**
 * Days that another year's notice has decided in this year (a make-up day in December for the New
 * Year after it) stay, unless this notice says something about them itself. They are told from the
 * year's own earlier notice by their source, which every notice has of its own.
 */
export function keepNeighbours(
  year: number,
  proposed: readonly PublishedDay[],
  existing: readonly PublishedDay[],
): PublishedDay[] {
  const own = new Set(
    existing.flatMap(({ date, name, source }) => (name !== null && !isAtYearsEdge(date) ? [source] : [])),
  );
  const kept = new Map(
    existing
      .filter(
        (day) =>
          day.status === 'official' && day.name !== null && isAtYearsEdge(day.date) && !own.has(day.source),
      )
      .map((day) => [day.date, day]),
  );
  return proposed.map((day) =>
    yearOf(day.date) === year && day.name === null ? (kept.get(day.date) ?? day) : day,
  );
}

const isAtYearsEdge = (date: LocalDate) => date.slice(5, 7) === '01' || date.slice(5, 7) === '12';

/** The calendar as it would be with these days in it. */
export function withDays(calendar: Calendar, days: readonly PublishedDay[], version: number): Calendar {
  const years: Record<string, CalendarYear> = { ...calendar.years };
  for (const [year, ofYear] of Map.groupBy(days, ({ date }) => date.slice(0, 4))) {
    const before = years[year];
    const isWhole = ofYear.length >= 365;
    // A year of which only a day or two are known stays unknown.
    if (before === undefined && !isWhole) continue;
    const marks = Array.from(before?.days ?? '');
    for (const { date, working } of ofYear) {
      marks[daysBetween(`${year}-01-01` as LocalDate, date)] = working ? '1' : '0';
    }
    const isOfficial = isWhole
      ? ofYear.every(({ status }) => status === 'official')
      : before?.status === 'official';
    years[year] = { status: isOfficial ? 'official' : 'provisional', days: marks.join('') };
  }
  return { ...calendar, version, years };
}
