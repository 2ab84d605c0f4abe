import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isWorkingDay, nextWorkingDay } from '../../domain/calendar.ts';
import { dueOn, endOf, fixed, onWorkingDay } from '../../domain/due.ts';
import { addDays, dayEnd, deadlineDate, localDate, weekday } from '../../domain/time.ts';
import { calendar, calendarWith, granted } from './official-calendar.ts';

const anyDay = fc.integer({ min: 0, max: 3 * 365 }).map((days) => addDays(localDate('2024-01-02'), days));
const date = (due: Parameters<typeof granted<{ due: number }>>[0]) => deadlineDate(granted(due).due as never);

describe('a due day and that from which it was computed', () => {
  test('the end of a week is a working day from Monday to Friday, later than the day it is asked from', () => {
    fc.assert(
      fc.property(anyDay, (after) => {
        const end = date(endOf(calendar, 'week', after));
        expect(end > after).toBe(true);
        expect(weekday(end)).toBeGreaterThanOrEqual(1);
        expect(weekday(end)).toBeLessThanOrEqual(5);
        expect(isWorkingDay(calendar, end)).toBe(true);
        // The last of its week: no later day up to Friday is worked.
        for (let day = addDays(end, 1); weekday(day) > 1 && weekday(day) <= 5; day = addDays(day, 1)) {
          expect(isWorkingDay(calendar, day)).toBe(false);
        }
      }),
    );
  });

  test('the end of a month is its last working day', () => {
    fc.assert(
      fc.property(anyDay, (after) => {
        const end = date(endOf(calendar, 'month', after));
        expect(end > after).toBe(true);
        expect(granted(nextWorkingDay(calendar, end)).slice(0, 7)).not.toBe(end.slice(0, 7));
      }),
    );
    expect(date(endOf(calendar, 'month', localDate('2024-01-31')))).toBe('2024-02-29');
    expect(date(endOf(calendar, 'month', localDate('2025-12-31')))).toBe('2026-01-30');
  });

  test('asked again from each end, the ends only go forward and none between is left out', () => {
    fc.assert(
      fc.property(anyDay, fc.constantFrom('week' as const, 'month' as const), (after, period) => {
        const end = date(endOf(calendar, period, after));
        for (let day = after; day < end; day = addDays(day, 1)) {
          expect(date(endOf(calendar, period, day))).toBe(end);
        }
      }),
    );
  });

  test('on the same calendar it is the same day again; on another one it moves, unless it is fixed', () => {
    const weekly = granted(endOf(calendar, 'week', localDate('2026-11-02')));
    expect(dueOn(calendar, weekly)).toEqual(weekly);
    const friday = calendarWith({ '2026-11-06': false });
    expect(date(dueOn(friday, weekly))).toBe('2026-11-05');
    expect(dueOn(friday, fixed(localDate('2026-11-06')))).toEqual(fixed(localDate('2026-11-06')));
  });

  test('a day off gives way to the next working day', () => {
    expect(date(onWorkingDay(calendar, localDate('2026-11-06')))).toBe('2026-11-06');
    expect(date(onWorkingDay(calendar, localDate('2026-11-07')))).toBe('2026-11-09');
    expect(granted(onWorkingDay(calendar, localDate('2026-10-01'))).due).toBe(
      dayEnd(localDate('2026-10-08')),
    );
  });

  test('a year without data is refused, never guessed', () => {
    expect(endOf(calendar, 'month', localDate('2027-12-31'))).toMatchObject({
      refusal: 'calendar_not_loaded',
    });
    expect(onWorkingDay(calendar, localDate('2028-01-04'))).toMatchObject({ refusal: 'calendar_not_loaded' });
  });
});
