import { describe, expect, test } from 'vitest';
import { areNoticeFaults, calendarFrom, daysOfYear, parseNotices } from '../../domain/calendar-notice.ts';
import { yearFromDays, yearFromNotices } from '../../domain/calendar-notice.ts';
import { isWorkingDay } from '../../domain/calendar.ts';
import { localDate } from '../../domain/time.ts';
import { calendar, shippedCsv, shippedNotices } from './official-calendar.ts';

const heading = 'year,holiday,off_from,off_to,make_up_working_days,source';
const whole2026 = shippedCsv
  .split('\n')
  .filter((line) => line.startsWith('2026'))
  .join('\n');

const faultsOf = (...lines: string[]) => {
  const read = parseNotices([heading, ...lines].join('\n'));
  return areNoticeFaults(read) ? read : [];
};

describe('reading notices', () => {
  test('the shipped file holds three years', () => {
    expect(shippedNotices).toHaveLength(20);
    expect(shippedNotices[1]).toEqual({
      year: 2024,
      holiday: '春节',
      offFrom: '2024-02-10',
      offTo: '2024-02-17',
      makeUpWorkingDays: ['2024-02-04', '2024-02-18'],
      source: '国办发明电〔2023〕7号',
    });
  });

  test('a byte order mark, Windows line ends and empty lines do no harm', () => {
    const read = parseNotices(`\uFEFF${heading}\r\n${whole2026.replaceAll('\n', '\r\n')}\r\n\r\n`);
    expect(areNoticeFaults(read)).toBe(false);
    expect(read).toHaveLength(7);
  });

  test.each([
    ['a date that does not exist', '2026,春节,2026-02-15,2026-02-30,,通知', '“2026-02-30”不是有效日期'],
    ['a date written otherwise', '2026,春节,2026/2/15,2026-02-23,,通知', '“2026/2/15”不是有效日期'],
    [
      'a make-up day that does not exist',
      '2026,春节,2026-02-15,2026-02-23,2026-02-29,通知',
      '补班日期“2026-02-29”',
    ],
    ['half a holiday', '2026,春节,2026-02-15,,,通知', '缺少放假结束日期'],
    ['half a line', '2026,春节,2026-02-15', '应有6列，实有3列'],
    ['no source', '2026,春节,2026-02-15,2026-02-23,,', '缺少文件依据'],
    ['an end before the beginning', '2026,春节,2026-02-23,2026-02-15,,通知', '早于开始日期'],
    ['a month for a day', '2026,国庆节,2026-10-01,2026-11-07,,通知', '超过15天'],
    ['another year', '2026,春节,2025-02-15,2025-02-23,,通知', '不在2026年度'],
    ['a make-up day on a weekday', '2026,春节,2026-02-15,2026-02-23,2026-02-26,通知', '不是周末'],
    [
      'a make-up day inside its holiday',
      '2026,春节,2026-02-15,2026-02-23,2026-02-21,通知',
      '落在第2行的放假期间',
    ],
    ['a make-up day twice', '2026,春节,2026-02-15,2026-02-23,2026-02-14;2026-02-14,通知', '与第2行重复'],
  ])('%s is a fault with its line', (_, line, detail) => {
    expect(faultsOf(line)).toContainEqual({ line: 2, detail: expect.stringContaining(detail) });
  });

  test('a day in two holidays names both lines', () => {
    expect(faultsOf(whole2026, '2026,市庆,2026-10-07,2026-10-08,,市政府通知')).toEqual([
      { line: 9, detail: '放假日2026-10-07与第8行重复' },
    ]);
  });

  test('a year that names only some of its holidays is half a notice', () => {
    expect(faultsOf('2026,元旦,2026-01-01,2026-01-03,2026-01-04,通知')).toEqual([
      { line: 2, detail: '2026年的通知不完整，缺少：春节、清明、劳动节、端午、中秋、国庆' },
    ]);
  });

  test('another heading, and a file with nothing in it', () => {
    expect(parseNotices('日期,名称\n')).toMatchObject([{ line: 1 }]);
    expect(parseNotices(`${heading}\n`)).toEqual([{ line: 1, detail: '文件中没有放假安排' }]);
  });
});

describe('a year', () => {
  test('with a notice is official; without one it is provisional', () => {
    expect(Object.entries(calendar.years).map(([year, { status }]) => `${year} ${status}`)).toEqual([
      '2024 official',
      '2025 official',
      '2026 official',
      '2027 provisional',
    ]);
    expect(calendar.years['2024']?.days).toHaveLength(366);
    expect(calendar.years['2027']).toEqual(yearFromNotices(2027, []));
  });

  test('that is provisional has weekends and the holidays of a fixed date, and no other', () => {
    const holidays = daysOfYear(2027, []).filter(({ kind }) => kind === 'holiday');
    expect(holidays.map(({ date }) => date.slice(5))).toEqual([
      '01-01',
      '05-01',
      '05-02',
      '10-01',
      '10-02',
      '10-03',
    ]);
  });

  test('as rows names each day: what it is, which holiday, by which notice', () => {
    const days = daysOfYear(2026, shippedNotices);
    const day = (date: string) => days.find((row) => row.date === date);
    const source = '国务院办公厅 2025-11-04';
    expect(day('2026-02-14')).toEqual({
      date: '2026-02-14',
      kind: 'make_up_working_day',
      status: 'official',
      name: '春节',
      source,
    });
    expect(day('2026-02-21')).toMatchObject({ kind: 'holiday', name: '春节', source });
    expect(day('2026-03-07')).toMatchObject({ kind: 'weekend', name: null });
    expect(yearFromDays(days)).toEqual(yearFromNotices(2026, shippedNotices));
  });

  test('takes the December days of the next New Year from the next notice', () => {
    // As it was for 2019: Monday 2018-12-31 off, Saturday 2018-12-29 made up.
    const newYear = {
      year: 2019,
      holiday: '元旦',
      offFrom: localDate('2018-12-30'),
      offTo: localDate('2019-01-01'),
      makeUpWorkingDays: [localDate('2018-12-29')],
      source: '国办发明电〔2018〕15号',
    };
    const both = calendarFrom(1, [2018, 2019], [newYear]);
    expect(isWorkingDay(both, localDate('2018-12-29'))).toBe(true);
    expect(isWorkingDay(both, localDate('2018-12-31'))).toBe(false);
    expect(both.years['2018']?.status).toBe('provisional');
  });
});
