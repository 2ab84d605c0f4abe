import { expect, test } from 'vitest';
import { cadences, monthBefore, monthsAfter, timesInWords, weekOf } from '../../domain/cadence.ts';
import { addDays, localDate, rfc3339 } from '../../domain/time.ts';

test('the week of a day begins on its Monday', () => {
  for (let day = 0; day < 7; day += 1)
    expect(weekOf(addDays(localDate('2026-12-28'), day))).toBe('2026-12-28');
  expect(weekOf(localDate('2027-01-04'))).toBe('2027-01-04');
});

test('a month is closed on any day of the one after it', () => {
  for (const day of ['2027-01-01', '2027-01-31']) {
    const { name, begins, ends } = monthBefore(localDate(day));
    expect([name, rfc3339(begins), rfc3339(ends)]).toEqual([
      '2026-12',
      '2026-12-01T00:00:00+08:00',
      '2027-01-01T00:00:00+08:00',
    ]);
  }
});

test('months that were missed are those after the last one, up to the one that is asked for', () => {
  const until = monthBefore(localDate('2027-02-01'));
  const missed = (last: string | null) => monthsAfter(last, until).map(({ name }) => name);
  expect(missed('2026-10')).toEqual(['2026-11', '2026-12', '2027-01']);
  expect(missed('2026-12')).toEqual(['2027-01']);
  expect(missed('2027-01')).toEqual([]);
  expect(missed(null)).toEqual(['2027-01']);
});

test('times read as an office writes them', () => {
  expect(Object.values(cadences).map(({ when }) => timesInWords(when))).toEqual([
    '每周一 09:00',
    '每月1日 01:00',
    '每天 03:00',
    '每天 02:00',
    '每小时第17分',
  ]);
});
