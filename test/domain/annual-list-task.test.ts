/** What the checks of a list let through can be begun as a task: the two know the same rules. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  directions,
  indicatorKinds,
  monthEnd,
  periodKinds,
  plannedMonths,
  valueKinds,
  winningTarget,
  type IndicatorFacts,
} from '../../domain/annual-list.ts';
import { indicatorFaults } from '../../domain/annual-list-checks.ts';
import { taskFactsOf } from '../../domain/annual-list-task.ts';
import { decimal } from '../../domain/decimal.ts';
import { create, defaultIndicatorRules } from '../../domain/indicator-task.ts';
import { isRefusal } from '../../domain/refusal.ts';
import { addDays, localDate, type LocalDate } from '../../domain/time.ts';
import { facts, knownList } from './annual-list-rows.ts';
import { calendar } from './official-calendar.ts';
import { at } from './story.ts';
import { office, taskPolicies } from './task-story.ts';

const keys = <Key extends string>(words: Readonly<Record<Key, string>>) =>
  fc.constantFrom(...(Object.keys(words) as Key[]));
const someDecimal = fc.integer({ min: -2, max: 12 }).map((n) => decimal(String(n / 2)));
const someDay = fc
  .integer({ min: -40, max: 400 })
  .map((days): LocalDate => addDays(localDate('2026-01-01'), days));

/** The days of the cycle more often than any others, and values that end with the target more often than not. */
const anyIndicator: fc.Arbitrary<IndicatorFacts> = fc
  .record({
    kind: keys(indicatorKinds),
    direction: keys(directions),
    value_kind: keys(valueKinds),
    period_kind: keys(periodKinds),
    baseline_value: fc.option(someDecimal),
    level_targets: fc.record({ provincial: someDecimal, municipal: someDecimal }, { requiredKeys: [] }),
    points: fc.constantFrom('0', '0.01', '4', '100', '100.01').map(decimal),
    days: fc.oneof(
      { weight: 4, arbitrary: fc.constant(null) },
      { weight: 1, arbitrary: fc.array(someDay, { minLength: 1, maxLength: 4 }) },
    ),
    from: fc.nat({ max: 11 }),
    values: fc.array(someDecimal, { minLength: 12, maxLength: 12 }),
    sorted: fc.boolean(),
    ends: fc.boolean(),
  })
  .map(({ days, from, values, sorted, ends, ...rest }) => {
    const months = plannedMonths(rest.period_kind).map((month) => monthEnd(2026, month));
    const all =
      days ??
      (months.length > 0 ? months.slice(Math.min(from, months.length - 1)) : [localDate('2026-05-15')]);
    const target = winningTarget(rest.level_targets, rest.direction)?.value;
    const sortedValues = sorted ? values.toSorted((a, b) => Number(a) - Number(b)) : values;
    const plan = all.map((by, index) => ({
      by,
      value:
        ends && target !== undefined && index === all.length - 1
          ? target
          : (sortedValues[index] ?? decimal('0')),
    }));
    const theme = rest.kind === 'common' ? 'ideology' : null;
    return facts({ ...rest, theme, plan });
  });

test('whatever the checks let through is not refused when it begins', () => {
  let sound = 0;
  fc.assert(
    fc.property(anyIndicator, (indicator) => {
      if (indicatorFaults(indicator, knownList).length > 0) return;
      sound += 1;
      const target = winningTarget(indicator.level_targets, indicator.direction);
      if (target === null) throw new Error('the checks let through an indicator without a target');
      const agreed = { id: 'i1', number: '考〔2026〕0001', year: 2026, origin: 'annual_list' } as const;
      const born = create(
        {
          facts: taskFactsOf({ ...indicator, ...agreed, effective_from: localDate('2026-01-01'), target }),
          rules: defaultIndicatorRules,
          policies: taskPolicies,
        },
        { by: office, at: at('2026-01-12 10:00'), calendar },
      );
      if (isRefusal(born)) throw new Error(`${born.refusal}: ${born.detail}`);
    }),
    { numRuns: 5_000 },
  );
  expect(sound).toBeGreaterThan(100);
});
