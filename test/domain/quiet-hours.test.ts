import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isWorkingDay } from '../../domain/calendar.ts';
import { defaultQuietHours, finalBy, sendableAt } from '../../domain/quiet-hours.ts';
import {
  instantOn,
  later,
  localDate,
  localDateOf,
  MINUTE,
  minuteOfDay,
  officeTime,
} from '../../domain/time.ts';
import type { WarningLevel } from '../../domain/warning-policy.ts';
import { calendar, granted } from './official-calendar.ts';

type Level = WarningLevel | 'notice';
const at = (date: string, clock: string) => instantOn(localDate(date), clock);
const held = (date: string, clock: string, level: Level) =>
  officeTime(sendableAt(at(date, clock), level, defaultQuietHours, calendar));

describe('a message waits for', () => {
  test.each<[string, string, Level, string, string]>([
    ['2026-11-20', '09:00', 'bell', '2026-11-20 09:00', 'nothing in the day'],
    ['2026-11-20', '08:00', 'bell', '2026-11-20 08:00', 'nothing at the first minute after the night'],
    ['2026-11-20', '07:59', 'bell', '2026-11-20 08:30', 'the morning'],
    ['2026-11-19', '19:59', 'notice', '2026-11-19 19:59', 'nothing in the last minute before the night'],
    ['2026-11-19', '20:00', 'notice', '2026-11-20 08:30', 'the night'],
    ['2026-11-18', '24:00', 'red_card', '2026-11-19 08:30', 'the night after a deadline'],
    ['2026-11-20', '21:00', 'yellow_card', '2026-11-23 08:30', 'the weekend'],
    ['2026-11-21', '10:00', 'yellow_card', '2026-11-23 08:30', 'the weekend'],
    ['2026-10-01', '09:00', 'yellow_card', '2026-10-08 08:30', 'National Day'],
    ['2026-02-15', '10:00', 'bell', '2026-02-24 08:30', 'Spring Festival'],
    ['2026-02-14', '10:00', 'bell', '2026-02-14 10:00', 'nothing on a make-up Saturday'],
    ['2026-10-09', '22:00', 'bell', '2026-10-10 08:30', 'the night before a make-up Saturday'],
  ])('%s %s %s: %s (%s)', (date, clock, level, expected) => {
    expect(held(date, clock, level)).toBe(expected);
  });
});

describe('a red card on a day off', () => {
  test('passes between 08:00 and 20:00, and waits for 08:30 of the same or the next day at night', () => {
    expect(held('2026-10-03', '10:00', 'red_card')).toBe('2026-10-03 10:00');
    expect(held('2026-10-03', '08:00', 'red_card')).toBe('2026-10-03 08:00');
    expect(held('2026-10-03', '06:00', 'red_card')).toBe('2026-10-03 08:30');
    expect(held('2026-10-03', '20:00', 'red_card')).toBe('2026-10-04 08:30');
    // The end of a Friday on which a deadline was missed.
    expect(held('2026-11-20', '24:00', 'red_card')).toBe('2026-11-21 08:30');
  });

  test('waits for the next working day where the policy says so', () => {
    const quiet = { ...defaultQuietHours, red_on_non_working_days: false };
    const sent = sendableAt(at('2026-10-03', '10:00'), 'red_card', quiet, calendar);
    expect(officeTime(sent)).toBe('2026-10-08 08:30');
  });
});

test.each<[string, string, Level, string]>([
  ['2026-11-16', '10:00', 'bell', '2026-11-20 11:00'],
  ['2026-11-20', '10:00', 'bell', '2026-11-26 09:30'],
  ['2026-11-20', '10:00', 'red_card', '2026-11-24 11:00'],
  ['2026-10-02', '09:00', 'bell', '2026-10-13 09:30'],
  ['2026-02-15', '10:00', 'notice', '2026-02-28 09:30'],
])(
  'a message of %s %s (%s) has its final record by %s: closed days do not count',
  (date, clock, level, by) => {
    expect(officeTime(finalBy(at(date, clock), level, defaultQuietHours, calendar))).toBe(by);
  },
);

test('a year that the calendar does not know holds messages over the night only', () => {
  expect(held('2029-01-06', '10:00', 'bell')).toBe('2029-01-06 10:00');
  expect(held('2029-01-05', '21:00', 'bell')).toBe('2029-01-06 08:30');
  // New Year's Day, but nobody has told the calendar.
  expect(held('2027-12-31', '21:00', 'bell')).toBe('2028-01-01 08:30');
});

test('quiet hours within a day are understood too, and equal ends mean none', () => {
  const noon = { ...defaultQuietHours, from: '12:00', to: '14:00', resume_at: '14:00' };
  const sent = (clock: string) => officeTime(sendableAt(at('2026-11-19', clock), 'bell', noon, calendar));
  expect([sent('11:59'), sent('12:00'), sent('23:00')]).toEqual([
    '2026-11-19 11:59',
    '2026-11-19 14:00',
    '2026-11-19 23:00',
  ]);
  const none = { ...defaultQuietHours, from: '00:00', to: '00:00' };
  expect(officeTime(sendableAt(at('2026-11-19', '03:00'), 'bell', none, calendar))).toBe('2026-11-19 03:00');
});

test('what goes out goes out by day, on a day that is open, never early, and never waits twice', () => {
  const levels = fc.constantFrom<Level[]>('bell', 'yellow_card', 'red_card', 'notice');
  const start = at('2026-01-01', '00:00');
  const minutes = fc.integer({ min: 0, max: 700 * 24 * 60 });
  fc.assert(
    fc.property(minutes, minutes, levels, (m, n, level) => {
      const first = later(start, m * MINUTE);
      const sent = sendableAt(first, level, defaultQuietHours, calendar);
      expect(sent).toBeGreaterThanOrEqual(first);
      expect(minuteOfDay(sent)).toBeGreaterThanOrEqual(8 * 60);
      expect(minuteOfDay(sent)).toBeLessThan(20 * 60);
      if (level !== 'red_card') expect(granted(isWorkingDay(calendar, localDateOf(sent)))).toBe(true);
      expect(sendableAt(sent, level, defaultQuietHours, calendar)).toBe(sent);
      const second = sendableAt(later(start, n * MINUTE), level, defaultQuietHours, calendar);
      if (m <= n) expect(sent).toBeLessThanOrEqual(second);
    }),
  );
});
