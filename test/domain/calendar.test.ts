import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addWorkingDays, covers, isWorkingDay, nextWorkingDay } from '../../domain/calendar.ts';
import { subtractWorkingHours } from '../../domain/calendar.ts';
import type { Calendar } from '../../domain/calendar.ts';
import { addDays, dayEnd, instantOn, localDate, officeTime, type LocalDate } from '../../domain/time.ts';
import { calendar, granted } from './official-calendar.ts';

const on = localDate;
const plus = (date: string, n: number) => granted(addWorkingDays(calendar, on(date), n));
const hoursBefore = (date: string, clock: string, hours: number) =>
  officeTime(granted(subtractWorkingHours(calendar, instantOn(on(date), clock), hours)));

/** Day by day: the first is not counted, the last is. */
function counted(from: LocalDate, to: LocalDate): number {
  let count = 0;
  for (let day = addDays(from, 1); day <= to; day = addDays(day, 1))
    if (granted(isWorkingDay(calendar, day))) count += 1;
  return count;
}

/** Far enough from both ends of the calendar for any `n` below. */
const anyDay = fc.integer({ min: 0, max: 820 }).map((days) => addDays(on('2024-10-01'), days));
const workingDay = anyDay.filter((date) => granted(isWorkingDay(calendar, date)));
const anyN = fc.integer({ min: -150, max: 150 });

describe('working days by the notices', () => {
  test.each([
    ['2024-02-09', true, "New Year's Eve of 2024, still an ordinary working day"],
    ['2025-01-28', false, "New Year's Eve of 2025, a holiday since then"],
    ['2026-02-14', true, 'Saturday made up for Spring Festival'],
    ['2026-02-15', false, 'first day of Spring Festival'],
    ['2026-02-23', false, 'last day of Spring Festival, a Monday'],
    ['2026-02-28', true, 'second Saturday made up for Spring Festival'],
    ['2026-09-20', true, 'Sunday made up for National Day'],
    ['2026-10-07', false, 'last day of National Day, a Wednesday'],
    ['2026-10-10', true, 'Saturday made up for National Day'],
    ['2026-10-11', false, 'an ordinary Sunday'],
    ['2027-10-01', false, 'National Day of a provisional year'],
    ['2027-10-04', true, 'a bridging day that a provisional year cannot know'],
  ])('%s: %s, %s', (date, working) => {
    expect(isWorkingDay(calendar, on(date))).toBe(working);
  });

  test('each year has the working days that its statutory holidays leave over', () => {
    const of = (year: number) => counted(on(`${year - 1}-12-31`), on(`${year}-12-31`));
    // 366 − 104 − 11; 365 − 104 − 13 since the holidays were made two days longer.
    expect([of(2025), of(2026)]).toEqual([248, 248]);
    const of2024 = calendar.years['2024']?.days.replaceAll('0', '');
    expect(of2024).toHaveLength(251);
  });
});

describe('counting working days', () => {
  test('three working days from 2026-02-13 end on 2026-02-25, over the make-up Saturday and the festival', () => {
    // 14 (Saturday, made up) = 1; 15–23 off; 24 = 2; 25 = 3.
    expect(plus('2026-02-13', 3)).toBe('2026-02-25');
  });

  test('National Day 2026: the first working days after 30 September are 8, 9, 10 (made up) and 12 October', () => {
    expect([1, 2, 3, 4].map((n) => plus('2026-09-30', n))).toEqual([
      '2026-10-08',
      '2026-10-09',
      '2026-10-10',
      '2026-10-12',
    ]);
    expect(plus('2026-10-08', -1)).toBe('2026-09-30');
  });

  test('counting starts outside a day off, forwards and backwards, and crosses the year', () => {
    expect(plus('2026-10-03', 1)).toBe('2026-10-08');
    expect(plus('2026-10-03', -1)).toBe('2026-09-30');
    expect(plus('2026-10-03', 0)).toBe('2026-10-03');
    expect(plus('2025-12-31', 1)).toBe('2026-01-04');
    expect(plus('2026-01-04', -1)).toBe('2025-12-31');
    expect(nextWorkingDay(calendar, on('2026-04-30'))).toBe('2026-05-06');
  });

  test('adding and then taking away the same working days leads back to a working day', () => {
    fc.assert(
      fc.property(workingDay, anyN, (date, n) => {
        expect(plus(plus(date, n), -n)).toBe(date);
      }),
    );
  });

  test('more working days never end earlier, and a later start never ends earlier', () => {
    fc.assert(
      fc.property(anyDay, anyDay, anyN, anyN, (a, b, m, n) => {
        if (m < n) expect(plus(a, m) < plus(a, n)).toBe(true);
        if (a <= b) expect(plus(a, n) <= plus(b, n)).toBe(true);
      }),
    );
  });

  test('the count between two days is the number that leads from one to the other', () => {
    fc.assert(
      fc.property(anyDay, anyN, (date, n) => {
        const end = plus(date, n);
        // Going back, the day that is reached counts and the one that is left does not.
        expect(n < 0 ? -counted(addDays(end, -1), addDays(date, -1)) : counted(date, end)).toBe(n);
      }),
    );
  });

  test('one working day further is a working day, with none between', () => {
    fc.assert(
      fc.property(anyDay, (date) => {
        const next = granted(nextWorkingDay(calendar, date));
        expect(isWorkingDay(calendar, next)).toBe(true);
        for (let day = addDays(date, 1); day < next; day = addDays(day, 1)) {
          expect(isWorkingDay(calendar, day)).toBe(false);
        }
      }),
    );
  });
});

describe('counting office hours back', () => {
  test.each([
    ['2026-11-20', '24:00', 4, '2026-11-20 11:30'],
    ['2026-11-20', '24:00', 3.5, '2026-11-20 14:30'],
    ['2026-11-20', '24:00', 7, '2026-11-20 08:30'],
    ['2026-11-20', '24:00', 8, '2026-11-19 17:00'],
    ['2026-11-20', '13:00', 1, '2026-11-20 11:00'],
    ['2026-11-20', '09:00', 1, '2026-11-19 17:30'],
    ['2026-11-22', '24:00', 4, '2026-11-20 11:30'],
    ['2026-10-08', '08:30', 1, '2026-09-30 17:00'],
    ['2026-10-10', '24:00', 4, '2026-10-10 11:30'],
  ])('before %s %s, %d hours: %s', (date, clock, hours, expected) => {
    expect(hoursBefore(date, clock, hours)).toBe(expected);
  });

  test('hours add up: a then b back is a + b back', () => {
    const halves = fc.integer({ min: 1, max: 60 }).map((n) => n / 2);
    fc.assert(
      fc.property(anyDay, halves, halves, (date, a, b) => {
        const once = granted(subtractWorkingHours(calendar, dayEnd(date), a));
        expect(subtractWorkingHours(calendar, once, b)).toBe(
          subtractWorkingHours(calendar, dayEnd(date), a + b),
        );
      }),
    );
  });
});

describe('a year without data', () => {
  const refusal = { refusal: 'calendar_not_loaded' };

  test('is refused with the year named, never taken for a year in which all weekdays work', () => {
    expect(isWorkingDay(calendar, on('2028-01-04'))).toMatchObject(refusal);
    expect(addWorkingDays(calendar, on('2027-12-31'), 1)).toMatchObject(refusal);
    expect(addWorkingDays(calendar, on('2024-01-02'), -1)).toMatchObject(refusal);
    expect(subtractWorkingHours(calendar, dayEnd(on('2028-01-04')), 1)).toMatchObject(refusal);
    expect(covers(calendar, on('2023-06-01'), on('2028-06-01'))).toMatchObject({
      ...refusal,
      detail: expect.stringMatching(/2023年.*发布2023年放假通知/),
    });
    expect(covers(calendar, on('2024-01-01'), on('2027-12-31'))).toBeNull();
  });

  test('is also a year that was stored cut short', () => {
    const short: Calendar = { ...calendar, years: { '2026': { status: 'official', days: '1'.repeat(364) } } };
    expect(isWorkingDay(short, on('2026-01-05'))).toMatchObject(refusal);
  });
});

test('the time zone of the process changes nothing', () => {
  const zone = process.env['TZ'];
  const answers = ['UTC', 'America/New_York', 'Pacific/Kiritimati', 'Asia/Shanghai'].map((tz) => {
    process.env['TZ'] = tz;
    return {
      offset: new Date(2026, 0, 1).getTimezoneOffset(),
      dates: [plus('2026-02-13', 3), plus('2026-10-08', -1), hoursBefore('2026-11-20', '24:00', 4)],
    };
  });
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
  expect(new Set(answers.map(({ offset }) => offset)).size).toBe(4);
  expect(new Set(answers.map(({ dates }) => dates.join())).size).toBe(1);
});
