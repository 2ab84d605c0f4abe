/** The working calendar: days as rows, published in versions, read as the value that the rules compute with. */
import { sql } from 'kysely';
import { defaultHours } from '../domain/calendar-notice.ts';
import type { PublishedDay } from '../domain/calendar-proposal.ts';
import type { Calendar, CalendarStatus, CalendarYear } from '../domain/calendar.ts';
import { localDate, localDateOf, yearOf, type Instant, type LocalDate } from '../domain/time.ts';
import { stamp, type Db, type Tx } from './client.ts';

/** Of whom a day is: of the whole nation (''), or of this city, whose local days lie over the nation's [D]. */
export type Region = '' | 'local';

export type Publication = {
  readonly at: Instant;
  /** Null: what the product brings along. */
  readonly accountId: string | null;
  readonly note: string;
  /** Set: these are all the local days of that year, and those that it had before go. */
  readonly localOf?: number;
  readonly days: readonly PublishedDay[];
};

export type CalendarYearView = {
  readonly year: number;
  readonly status: CalendarStatus;
  readonly version: number;
  readonly days: readonly {
    readonly date: LocalDate;
    readonly working: boolean;
    readonly name?: string;
    readonly local?: true;
  }[];
};

/**
 * The calendar of the latest publication, local days included; years that were never published are missing in
 * it. `fromYear` leaves earlier years out, so that a workflow does not carry what it never looks into.
 */
export async function loadCalendar(
  db: Db,
  { fromYear }: { readonly fromYear?: number } = {},
): Promise<Calendar> {
  const whole = await wholeCalendar(db);
  if (fromYear === undefined) return whole;
  const years = Object.entries(whole.years).filter(([year]) => Number(year) >= fromYear);
  return { ...whole, years: Object.fromEntries(years) };
}

/** What an open process is given: of the year before too, for a deadline's count may have begun in December. */
export const calendarToTell = (db: Db, at: Instant): Promise<Calendar> =>
  loadCalendar(db, { fromYear: yearOf(localDateOf(at)) - 1 });

/** A notice may have left a day or two in a neighbouring year that nobody has published yet. */
const SHORTEST_YEAR = 365;

/** 0 before anything has been published. */
export async function latestVersion(db: Db): Promise<number> {
  const { version } = await db
    .selectFrom('calendar_publication')
    .select((eb) => eb.fn.max('version').as('version'))
    .executeTakeFirstOrThrow();
  return version ?? 0;
}

/** The latest version, and no later one until the transaction has ended. */
export async function holdCalendar(tx: Tx): Promise<number> {
  // Any number may hold it at a time; only a publication waits for them, and they for it.
  await sql`lock table calendar_publication in row exclusive mode`.execute(tx);
  return latestVersion(tx);
}

/**
 * Stores days under the next version; days that are not given stay as they are.
 * @returns the version.
 */
export async function publish(tx: Tx, { at, accountId, note, localOf, days }: Publication): Promise<number> {
  // Readers go on reading; a second publication waits and gets the version after this one.
  await sql`lock table calendar_publication in share row exclusive mode`.execute(tx);
  const version = (await latestVersion(tx)) + 1;
  await tx
    .insertInto('calendar_publication')
    .values({ version, at: stamp(at), account_id: accountId, note })
    .execute();
  if (localOf !== undefined)
    await tx
      .deleteFrom('calendar_day')
      .where('region', '=', 'local')
      .where('date', '>=', localDate(`${localOf}-01-01`))
      .where('date', '<=', localDate(`${localOf}-12-31`))
      .execute();
  const rows = days.map(({ date, working, status, name, source }) => ({
    region: localOf === undefined ? '' : 'local',
    date,
    kind: working ? ('working' as const) : ('off' as const),
    status,
    name,
    source,
    version,
  }));
  if (rows.length === 0) return version;
  await tx
    .insertInto('calendar_day')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['region', 'date']).doUpdateSet((eb) => ({
        kind: eb.ref('excluded.kind'),
        status: eb.ref('excluded.status'),
        name: eb.ref('excluded.name'),
        source: eb.ref('excluded.source'),
        version: eb.ref('excluded.version'),
      })),
    )
    .execute();
  return version;
}

/** Null for a year without data: it is unknown, never a year of working weekdays. */
export async function calendarYear(db: Db, year: number): Promise<CalendarYearView | null> {
  const days = await daysInForce(db, year);
  if (days.length < SHORTEST_YEAR) return null;
  return {
    year,
    status: days.every(({ status }) => status === 'official') ? 'official' : 'provisional',
    version: await latestVersion(db),
    days: days.map(({ date, working, name, local }) => ({
      date,
      working,
      ...(name === null ? {} : { name }),
      ...(local ? { local } : {}),
    })),
  };
}

/** The days of a year as the nation has them. */
export async function publishedDays(db: Db, year: number): Promise<readonly PublishedDay[]> {
  const all = await daysOfYear(db, year, ['']);
  return all.map(({ region: _, ...day }) => day);
}

/** The days of a year as they hold here: the local ones over those of the nation. */
export async function daysInForce(
  db: Db,
  year: number,
): Promise<readonly (PublishedDay & { readonly local: boolean })[]> {
  const all = await daysOfYear(db, year, ['', 'local']);
  return all.map(({ region, ...day }) => ({ ...day, local: region === 'local' }));
}

async function daysOfYear(db: Db, year: number, regions: readonly Region[]) {
  const rows = await db
    .selectFrom('calendar_day')
    .distinctOn('date')
    .select(['region', 'date', 'kind', 'status', 'name', 'source'])
    .where('region', 'in', regions)
    .where('date', '>=', localDate(`${year}-01-01`))
    .where('date', '<=', localDate(`${year}-12-31`))
    .orderBy('date')
    .orderBy('region', 'desc')
    .execute();
  return rows.map(({ kind, ...day }) => ({ ...day, working: kind === 'working' }));
}

/** Only ever used together with a fresh look at the version: another process may have published. */
const read = new WeakMap<Db, Calendar>();

async function wholeCalendar(db: Db): Promise<Calendar> {
  const before = read.get(db);
  if (before !== undefined && before.version === (await latestVersion(db))) return before;
  const calendar = await readCalendar(db);
  read.set(db, calendar);
  return calendar;
}

/** Days and version in one statement, so that both are of one moment. */
async function readCalendar(db: Db): Promise<Calendar> {
  const { rows } = await sql<{
    version: number;
    year: number | null;
    days: string | null;
    official: boolean | null;
  }>`
    with latest as (
      select coalesce(max(version), 0)::int as version from calendar_publication
    ), day as (
      select distinct on (date) date, kind, status
      from calendar_day
      where region in ('', 'local')
      order by date, region desc
    ), year as (
      select
        extract(year from date)::int as year,
        string_agg(case kind when 'working' then '1' else '0' end, '' order by date) as days,
        bool_and(status = 'official') as official
      from day
      group by 1
    )
    select version, year, days, official from latest left join year on true order by year`.execute(db);
  const years = rows.flatMap(({ year, days, official }): [string, CalendarYear][] =>
    year === null || days === null
      ? []
      : [[String(year), { status: official ? 'official' : 'provisional', days }]],
  );
  return { version: rows[0]?.version ?? 0, hours: defaultHours, years: Object.fromEntries(years) };
}
