/** What an empty database needs before the first item: the calendar, the policies, the rules. Repeats change nothing. */
import { readFile } from 'node:fs/promises';
import { sql } from 'kysely';
import { areNoticeFaults, daysOfYear, parseNotices, type Notice } from '../domain/calendar-notice.ts';
import { toPublish, type PublishedDay } from '../domain/calendar-proposal.ts';
import { defaultIndicatorRules } from '../domain/indicator-task.ts';
import { standardProgressPolicy } from '../domain/progress-policy.ts';
import { localDateOf, yearOf, type Instant } from '../domain/time.ts';
import { standardPolicies } from '../domain/warning-policy.ts';
import { defaultRules } from '../domain/watching.ts';
import { publish, publishedDays } from './calendar.ts';
import { stamp, type Db, type Tx } from './client.ts';
import { asRow } from './policies.ts';

const SEED_LOCK = 7_105_024;

/**
 * The years of the shipped notices are official; the year after the last of them, and after `at`, is
 * provisional until its notice is published. A year that is there already is left alone.
 */
export async function seed(db: Db, at: Instant): Promise<void> {
  const notices = await shippedNotices();
  await db.transaction().execute(async (tx) => {
    // Several servers may start at once on one empty database.
    await sql`select pg_advisory_xact_lock(${SEED_LOCK})`.execute(tx);
    await seedCalendar(tx, notices, at);
    await tx
      .insertInto('warning_policy')
      .values(standardPolicies.map((policy) => asRow(policy, at)))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    await tx
      .insertInto('process_rules')
      .values({ version: defaultRules.version, body: JSON.stringify(defaultRules), created_at: stamp(at) })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    await tx
      .insertInto('indicator_rules')
      .values({ version: 1, body: JSON.stringify(defaultIndicatorRules), created_at: stamp(at) })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const { name, version } = standardProgressPolicy;
    await tx
      .insertInto('progress_policy')
      .values({ name, version, body: JSON.stringify(standardProgressPolicy), created_at: stamp(at) })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  });
}

async function seedCalendar(tx: Tx, notices: readonly Notice[], at: Instant): Promise<void> {
  const official = notices.map(({ year }) => year);
  const first = Math.min(...official);
  const last = Math.max(...official, yearOf(localDateOf(at))) + 1;
  const days: PublishedDay[] = [];
  const years: number[] = [];
  for (let year = first; year <= last; year += 1) {
    const wanted = daysOfYear(year, notices);
    const known = new Set((await publishedDays(tx, year)).map(({ date }) => date));
    if (known.size === wanted.length) continue;
    // A notice of the year before may have decided a day of this one already.
    const missing = wanted.filter(({ date }) => !known.has(date));
    days.push(...toPublish(missing, notices.find((notice) => notice.year === year)?.source ?? ''));
    years.push(year);
  }
  if (years.length === 0) return;
  await publish(tx, { at, accountId: null, note: `随系统提供的日历：${years.join('、')}年`, days });
}

async function shippedNotices(): Promise<readonly Notice[]> {
  const read = parseNotices(await readFile(new URL('./calendar/holidays.csv', import.meta.url), 'utf8'));
  if (areNoticeFaults(read)) throw new Error(`the shipped holidays.csv is at fault: ${JSON.stringify(read)}`);
  return read;
}
