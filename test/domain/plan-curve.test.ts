import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decimal, divideDecimals, fromScaled, multiplyDecimals } from '../../domain/decimal.ts';
import { endOfPeriod, periodFaults, periodName, startOfPeriod } from '../../domain/period.ts';
import { acceptedBy, pointsBehind, valueAt, type Way } from '../../domain/plan-curve.ts';
import { addMonths, endOfMonth, localDate } from '../../domain/time.ts';
import { periodsOf } from './periods.ts';

describe('exact decimals', () => {
  test.each([
    ['17.665', '1', 2, '17.67'],
    ['-17.665', '1', 2, '-17.67'],
    ['6.25', '1', 1, '6.3'],
    ['1', '3', 2, '0.33'],
    ['2', '3', 2, '0.67'],
    ['-0.004', '1', 2, '0'],
    ['1', '-8', 2, '-0.13'],
  ])('%s divided by %s, to %d places, is %s', (a, b, places, expected) => {
    expect(divideDecimals(decimal(a), decimal(b), places)).toBe(expected);
  });

  test('a product divided by one factor is the other, whatever the numbers', () => {
    const numbers = fc.tuple(fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }), fc.nat({ max: 6 }));
    fc.assert(
      fc.property(numbers, numbers, ([a, inA], [b, inB]) => {
        fc.pre(b !== 0n);
        const [x, y] = [fromScaled(a, inA), fromScaled(b, inB)];
        expect(divideDecimals(multiplyDecimals(x, y), y, 6)).toBe(x);
      }),
    );
  });
});

describe('periods', () => {
  test('months, quarters and the days of milestones have names and ends', () => {
    expect(['2026-03', '2026-Q1', '2026-05-15'].map(periodName)).toEqual([
      '2026年3月',
      '2026年第1季度',
      '2026-05-15节点',
    ]);
    expect(
      ['2026-02', '2024-02', '2026-Q4', '2026-05-15', '2026-13', '2026-02-30', 'x'].map(endOfPeriod),
    ).toEqual(['2026-02-28', '2024-02-29', '2026-12-31', '2026-05-15', null, null, null]);
  });

  test('begin on the day after the one before', () => {
    const periods = periodsOf(2026, 'quarterly', ['1', '2', '3']);
    expect(periods.map(({ id }) => id)).toEqual(['2026-Q2', '2026-Q3', '2026-Q4']);
    expect([startOfPeriod(periods, '2026-Q2'), startOfPeriod(periods, '2026-Q3')]).toEqual([
      '2026-01-01',
      '2026-07-01',
    ]);
  });

  test('of another year, out of order, or with another end are faults with their place', () => {
    const [first, second] = periodsOf(2026, 'quarterly', ['1', '2', '3', '4']);
    if (first === undefined || second === undefined) throw new Error('four quarters');
    expect(periodFaults([first, second], 2026)).toEqual([]);
    expect(periodFaults([second, first], 2026)).toEqual(['第2个填报期“2026-Q1”须晚于前一个填报期']);
    expect(periodFaults([first], 2025)).toEqual(['第1个填报期“2026-Q1”不在2025年内']);
    expect(periodFaults([{ ...first, ends_on: localDate('2026-04-01') }], 2026)).toHaveLength(1);
  });

  test('months are counted from the end of one to the end of another where asked', () => {
    expect([
      addMonths(localDate('2026-01-31'), 1),
      addMonths(localDate('2026-03-31'), -1),
      addMonths(localDate('2026-11-15'), 2),
    ]).toEqual(['2026-02-28', '2026-02-28', '2027-01-15']);
    expect(endOfMonth(localDate('2026-12-03'))).toBe('2026-12-31');
  });
});

describe('how far behind', () => {
  const way = (start: string, value: string, direction: Way['target']['direction']): Way => ({
    start_value: decimal(start),
    target: { value: decimal(value), direction },
  });
  const behind = (one: Way, planned: string, accepted: string) =>
    pointsBehind(one, decimal(planned), decimal(accepted), 2);

  test('is measured on the whole way of the year, in either direction', () => {
    expect(behind(way('0', '120', 'higher_better'), '60', '48')).toBe('10');
    expect(behind(way('5', '4', 'lower_better'), '4.5', '4.75')).toBe('25');
    expect(behind(way('0', '10', 'lower_better'), '5', '4')).toBe('-10');
    expect(behind(way('0', '0', 'lower_better'), '0', '0')).toBe('0');
  });

  test('a third is rounded half up before it is judged', () => {
    expect(behind(way('0', '3', 'higher_better'), '1', '0')).toBe('33.33');
    expect(behind(way('0', '200', 'higher_better'), '20.01', '0')).toBe('10.01');
  });

  test('a value and its percentage are the same point of the way', () => {
    expect(valueAt(way('80', '92.5', 'higher_better'), decimal('16'))).toBe('82');
    expect(valueAt(way('5', '4', 'lower_better'), decimal('50'))).toBe('4.5');
  });

  test('what stands is the last that was accepted by then, and the beginning where nothing was', () => {
    const periods = periodsOf(2026, 'quarterly', ['1', '2', '3', '4']).map((period, index) => ({
      ...period,
      accepted: index === 1 ? { value: decimal('2') } : null,
    }));
    expect(['2026-Q1', '2026-Q2', '2026-Q4'].map((id) => acceptedBy(periods, id, decimal('0')))).toEqual([
      '0',
      '2',
      '2',
    ]);
  });
});
