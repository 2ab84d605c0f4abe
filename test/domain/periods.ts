import { decimal } from '../../domain/decimal.ts';
import { endOfPeriod, type Period } from '../../domain/period.ts';

/** One period for each planned value: twelve months, four quarters, or the last so many of a part of a year. */
export function periodsOf(
  year: number,
  cycle: 'monthly' | 'quarterly',
  planned: readonly string[],
): readonly Period[] {
  const of = cycle === 'monthly' ? 12 : 4;
  return planned.map((value, index) => {
    const nth = of - planned.length + index + 1;
    const id = cycle === 'monthly' ? `${year}-${String(nth).padStart(2, '0')}` : `${year}-Q${nth}`;
    const ends_on = endOfPeriod(id);
    if (ends_on === null) throw new RangeError(`no period ${id}`);
    return { id, ends_on, planned: decimal(value) };
  });
}
