import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { calendarYear, latestVersion, loadCalendar, publish, publishedDays } from '../../db/calendar.ts';
import type { Db } from '../../db/client.ts';
import { seed } from '../../db/seed.ts';
import { addWorkingDays, isWorkingDay } from '../../domain/calendar.ts';
import { daysOfNotice, keepNeighbours, type PublishedDay } from '../../domain/calendar-proposal.ts';
import { areNoticeFaults, parseNotices, type Notice } from '../../domain/calendar-notice.ts';
import { isRefusal } from '../../domain/refusal.ts';
import { instantOn, localDate } from '../../domain/time.ts';
import { calendar as shipped } from '../domain/official-calendar.ts';
import { notice2027 } from './notices.ts';
import { freshDatabase, type FreshDatabase } from '../support/database.ts';

const at = instantOn(localDate('2026-03-02'), '09:00');

function read(csv: string): Notice[] {
  const notices = parseNotices(csv);
  if (areNoticeFaults(notices)) throw new Error(JSON.stringify(notices));
  return notices;
}

describe('the calendar in the tables', () => {
  let database: FreshDatabase;
  let db: Db;
  beforeAll(async () => {
    database = await freshDatabase();
    db = database.db;
    await seed(db, at);
  });
  afterAll(() => database.drop());

  it('is seeded with 2024 to 2026 official and 2027 provisional, as version 1', async () => {
    expect(await loadCalendar(db)).toEqual(shipped);
    expect(await latestVersion(db)).toBe(1);
  });

  it('does not change when it is seeded again, also by several servers at once', async () => {
    await Promise.all([seed(db, at), seed(db, at), seed(db, at)]);
    expect(await loadCalendar(db)).toEqual(shipped);
    expect(await latestVersion(db)).toBe(1);
    const policies = await db.selectFrom('warning_policy').select('name').execute();
    expect(policies).toHaveLength(7);
  });

  it('leaves earlier years out for a workflow that does not look into them', async () => {
    const { years } = await loadCalendar(db, { fromYear: 2026 });
    expect(Object.keys(years)).toEqual(['2026', '2027']);
  });

  it('shows a year with the names of its days, and nothing of a year without data', async () => {
    const year = await calendarYear(db, 2026);
    expect(year).toMatchObject({ year: 2026, status: 'official', version: 1 });
    expect(year?.days).toHaveLength(365);
    expect(year?.days).toContainEqual({ date: '2026-10-01', working: false, name: '国庆节' });
    expect(year?.days).toContainEqual({ date: '2026-10-10', working: true, name: '国庆节' });
    expect(year?.days).toContainEqual({ date: '2026-03-02', working: true });
    expect((await calendarYear(db, 2027))?.status).toBe('provisional');
    expect(await calendarYear(db, 2028)).toBeNull();
  });

  it('is provisional for one more year when it is seeded in the next one', async () => {
    const other = await freshDatabase();
    await seed(other.db, at);
    await seed(other.db, instantOn(localDate('2027-01-01'), '00:05'));
    expect((await calendarYear(other.db, 2028))?.status).toBe('provisional');
    expect((await loadCalendar(other.db)).version).toBe(2);
    await other.drop();
  });

  it('lays local days over the national ones, for a whole year at a time', async () => {
    const festival = {
      date: localDate('2026-03-03'),
      working: false,
      status: 'official',
      name: '州庆',
      source: '州政府',
    } as const;
    const publishLocal = (days: readonly PublishedDay[]) =>
      db
        .transaction()
        .execute((tx) => publish(tx, { at, accountId: null, note: '州庆', localOf: 2026, days }));
    await publishLocal([festival]);
    expect(isWorkingDay(await loadCalendar(db), festival.date)).toBe(false);
    expect((await loadCalendar(db)).years['2026']?.status).toBe('official');
    expect((await publishedDays(db, 2026)).find(({ date }) => date === festival.date)?.working).toBe(true);
    expect((await calendarYear(db, 2026))?.days).toContainEqual({
      date: festival.date,
      working: false,
      name: '州庆',
      local: true,
    });
    // What the nation says of the day later lies beneath it; the day is gone when the year is given without it.
    await db.transaction().execute((tx) =>
      publish(tx, {
        at,
        accountId: null,
        note: '国家',
        days: [{ ...festival, working: true, name: null }],
      }),
    );
    expect(isWorkingDay(await loadCalendar(db), festival.date)).toBe(false);
    await publishLocal([]);
    expect(isWorkingDay(await loadCalendar(db), festival.date)).toBe(true);
  });

  it('is read anew as soon as another process has published, never from memory', async () => {
    const before = await loadCalendar(db);
    expect(isWorkingDay(before, localDate('2026-12-27'))).toBe(false);
    const days = daysOfNotice(2027, '国办发明电〔2026〕9号', read(notice2027));
    await db.transaction().execute((tx) => publish(tx, { at, accountId: null, note: '2027年', days }));
    const after = await loadCalendar(db);
    expect(after.version).toBe(before.version + 1);
    expect(after.years['2027']?.status).toBe('official');
    // The make-up day of the New Year lies in the December before it.
    expect(isWorkingDay(after, localDate('2026-12-27'))).toBe(true);
    expect(after.years['2026']?.status).toBe('official');
  });

  it('keeps a day that the next year has decided when this year is published once more', async () => {
    const csv = await import('../domain/official-calendar.ts').then(({ shippedCsv }) => shippedCsv);
    const proposed = daysOfNotice(
      2026,
      '国务院办公厅 2025-11-04',
      read(csv).filter(({ year }) => year === 2026),
    );
    const december = proposed.find(({ date }) => date === '2026-12-27');
    expect(december?.working).toBe(false);
    const kept = keepNeighbours(2026, proposed, await publishedDays(db, 2026));
    expect(kept.find(({ date }) => date === '2026-12-27')?.working).toBe(true);
    expect(kept.filter((day, i) => day.working !== proposed[i]?.working)).toHaveLength(1);
  });

  it('gives two publications at once two versions', async () => {
    const before = await latestVersion(db);
    const versions = await Promise.all(
      [1, 2, 3].map((n) =>
        db.transaction().execute((tx) => publish(tx, { at, accountId: null, note: `第${n}次`, days: [] })),
      ),
    );
    expect(versions.toSorted((a, b) => a - b)).toEqual([before + 1, before + 2, before + 3]);
  });

  it('refuses to compute in a year of which it has a day or two', async () => {
    await db.transaction().execute((tx) =>
      publish(tx, {
        at,
        accountId: null,
        note: '半年',
        days: [
          { date: localDate('2028-01-03'), working: true, status: 'official', name: '元旦', source: '甲' },
        ],
      }),
    );
    const calendar = await loadCalendar(db);
    expect(isRefusal(addWorkingDays(calendar, localDate('2027-12-31'), 1))).toBe(true);
    expect(await calendarYear(db, 2028)).toBeNull();
    // When 2028 is seeded, the day that was decided stays as it was.
    await seed(db, instantOn(localDate('2027-06-01')));
    const year = await calendarYear(db, 2028);
    expect(year?.days).toHaveLength(366);
    expect(year?.days).toContainEqual({ date: '2028-01-03', working: true, name: '元旦' });
  });
});
