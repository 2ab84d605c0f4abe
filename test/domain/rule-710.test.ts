import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dueOf } from '../../domain/rule-710.ts';
import type { ItemClass } from '../../domain/rule-710.ts';
import { addDays, daysBetween, localDate } from '../../domain/time.ts';
import { calendar } from './official-calendar.ts';

const on = localDate;

describe('R-058 rule 710', () => {
  test.each<[ItemClass, string, string]>([
    ['ordinary_item', '2026-09-28', '2026-10-04'],
    ['ordinary_item', '2026-12-28', '2027-01-03'],
    ['ordinary_item', '2024-02-26', '2024-03-03'],
    ['complex_item', '2026-03-16', '2026-04-16'],
    ['complex_item', '2026-01-31', '2026-02-28'],
    ['complex_item', '2024-01-31', '2024-02-29'],
    ['complex_item', '2026-03-31', '2026-04-30'],
    ['complex_item', '2026-12-31', '2027-01-31'],
    ['year_end_clear', '2026-01-05', '2026-12-31'],
    ['year_end_clear', '2026-12-31', '2026-12-31'],
  ])('%s deployed on %s is due on %s', (itemClass, deployed, due) => {
    expect(dueOf(itemClass, on(deployed))).toBe(due);
  });

  test('where a city counts working days, the seventh one with the day of deployment as the first', () => {
    const counting = { unit: 'working_day', calendar } as const;
    // 28, 29, 30 September = 3; 8, 9, 10 (made up) October = 6; 12 October = 7.
    expect(dueOf('ordinary_item', on('2026-09-28'), counting)).toBe('2026-10-12');
    // Deployed on a day off, the next working day is day one: 8, 9, 10, 12, 13, 14, 15 October.
    expect(dueOf('ordinary_item', on('2026-10-03'), counting)).toBe('2026-10-15');
    expect(dueOf('ordinary_item', on('2027-12-28'), counting)).toMatchObject({
      refusal: 'calendar_not_loaded',
    });
    expect(dueOf('complex_item', on('2027-12-28'), counting)).toBe('2028-01-28');
  });

  test('a month is never longer than 31 days nor shorter than 28, and later deployment is never due earlier', () => {
    const days = fc.integer({ min: 0, max: 5000 }).map((n) => addDays(on('2020-01-01'), n));
    fc.assert(
      fc.property(days, days, (a, b) => {
        const length = daysBetween(a, dueOf('complex_item', a));
        expect(length).toBeGreaterThanOrEqual(28);
        expect(length).toBeLessThanOrEqual(31);
        for (const itemClass of ['ordinary_item', 'complex_item', 'year_end_clear'] as const) {
          if (a <= b) expect(dueOf(itemClass, a) <= dueOf(itemClass, b)).toBe(true);
        }
      }),
    );
  });
});
