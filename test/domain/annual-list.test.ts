import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { winningTarget, type IndicatorFacts } from '../../domain/annual-list.ts';
import { listFaults } from '../../domain/annual-list-checks.ts';
import { choosePeople } from '../../domain/annual-list-people.ts';
import { shareOut, weightRefusal, type UnitWeights } from '../../domain/annual-list-weights.ts';
import { compareDecimals, decimal, fixed, parseDecimal, sumOf } from '../../domain/decimal.ts';
import { localDate } from '../../domain/time.ts';
import { facts, knownList } from './annual-list-rows.ts';

const faultsOf = (...list: IndicatorFacts[]) => listFaults(list, knownList);
const fields = (...list: IndicatorFacts[]) => faultsOf(...list).map(({ field }) => field);

describe('decimals', () => {
  test('are exact and equal numbers are equal texts', () => {
    expect(parseDecimal('002.50')).toBe('2.5');
    expect(parseDecimal('-0.0')).toBe('0');
    expect(sumOf(['0.1', '0.2', '-0.05'].map(decimal))).toBe('0.25');
    expect(fixed(decimal('2.5'), 2)).toBe('2.50');
    for (const text of ['', '1e3', '1,000', '５', '--1', '1.', '.5', 'NaN', '95%']) {
      expect([text, parseDecimal(text)]).toEqual([text, null]);
    }
  });

  test('compare as numbers and not as texts', () => {
    const number = fc.integer({ min: -1_000_000, max: 1_000_000 });
    fc.assert(
      fc.property(number, number, (a, b) => {
        const written = (n: number) => decimal((n / 100).toFixed(2));
        expect(Math.sign(compareDecimals(written(a), written(b)))).toBe(Math.sign(a - b));
        expect(sumOf([written(a), written(b)])).toBe(written(a + b));
      }),
    );
  });
});

describe('R-015 就高不就低', () => {
  const targets = { central: decimal('90'), provincial: decimal('95'), unit: decimal('95') };
  test('the stricter target holds and the higher of two levels that ask for the same', () => {
    expect(winningTarget(targets, 'higher_better')).toEqual({ level: 'provincial', value: '95' });
    expect(winningTarget(targets, 'lower_better')).toEqual({ level: 'central', value: '90' });
    expect(winningTarget({}, 'higher_better')).toBeNull();
  });
});

describe('the checks of a list', () => {
  test('a sound list has no faults', () => {
    expect(faultsOf(facts())).toEqual([]);
  });

  test('R-031 a unit that does not add to 100.00 is named, with how much it is off', () => {
    const parts = ['33.33', '33.33', '33.33'].map((points, index) =>
      facts({ points: decimal(points), sub_target: `第${index}项` }),
    );
    expect(faultsOf(...parts)).toMatchObject([
      { index: null, unit_id: 'u1', what: '“水利局”的分值合计为99.99分，应为100.00分（少0.01分）' },
    ]);
    const [first, ...others] = parts;
    expect(faultsOf({ ...(first ?? facts()), points: decimal('33.34') }, ...others)).toEqual([]);
  });

  test('R-014 an individual target must be better than last year in its direction; a common one need not', () => {
    const low = { level_targets: { unit: decimal('4') }, baseline_value: decimal('4') };
    expect(fields(facts(low))).toEqual(['level_targets']);
    expect(fields(facts({ ...low, kind: 'common', theme: 'ideology' }))).toEqual([]);
    const down = { direction: 'lower_better', plan: facts().plan } as const;
    expect(fields(facts({ ...down, ...low, baseline_value: decimal('5') }))).toEqual([]);
    expect(fields(facts({ ...down, ...low, baseline_value: decimal('3') }))).toEqual(['level_targets']);
    expect(fields(facts({ baseline_value: null }))).toEqual(['baseline_value']);
  });

  test('R-012 a common indicator has a theme that exists', () => {
    expect(fields(facts({ kind: 'common' }))).toEqual(['theme']);
    expect(fields(facts({ theme: 'astrology' }))).toEqual(['theme']);
  });

  test('R-032 names three different people, all of the unit itself', () => {
    expect(fields(facts({ direct_lead_id: 'p1' }))).toEqual(['direct_lead_id']);
    expect(fields(facts({ contact_person_id: 'nobody' }))).toEqual(['contact_person_id']);
    expect(faultsOf(facts({ reporter_id: 'p5' }))).toMatchObject([{ what: '“赵平”在“白榆镇”，不在本单位' }]);
    expect(fields(facts({ responsible_office: ' ' }))).toEqual(['responsible_office']);
  });

  test('the plan names every period, does not shrink and ends with the target', () => {
    const { plan } = facts();
    const changed = (at: number, value: string) =>
      plan.map((one, index) => (index === at ? { ...one, value: decimal(value) } : one));
    expect(fields(facts({ plan: changed(3, '3.5') }))).toEqual(['plan']);
    expect(fields(facts({ plan: changed(1, '0') }))).toEqual(['plan']);
    expect(fields(facts({ plan: [...plan.slice(0, 1), ...plan.slice(2)] }))).toEqual(['plan']);
    expect(fields(facts({ plan: [] }))).toEqual(['plan']);
    expect(fields(facts({ plan: plan.slice(2) }))).toEqual([]);
    // Beyond the target is not the target either; a task would not begin with it.
    expect(faultsOf(facts({ plan: changed(3, '5') }))).toMatchObject([
      { index: 0, field: 'plan', what: '最后一期的计划值5不等于目标4' },
    ]);
    expect(fields(facts({ plan: plan.toReversed() }))).toContain('plan');
  });

  test('the plan names the ends of its periods, within the year', () => {
    const { plan } = facts();
    const on = (at: number, by: string) =>
      fields(facts({ plan: plan.map((one, index) => (index === at ? { ...one, by: localDate(by) } : one)) }));
    expect(on(1, '2026-06-29')).toEqual(['plan']);
    expect(on(0, '2025-12-31')).toEqual(['plan']);
    expect(on(3, '2027-03-31')).toEqual(['plan']);
    const milestones = { period_kind: 'milestones', plan: plan.slice(3) } as const;
    expect(fields(facts(milestones))).toEqual([]);
    expect(
      fields(
        facts({ ...milestones, plan: plan.slice(3).map((one) => ({ ...one, by: localDate('2027-01-04') })) }),
      ),
    ).toEqual(['plan']);
  });

  test('one indicator, one number; the same thing is not asked twice of a unit', () => {
    const half = { points: decimal('50'), number: '考〔2026〕0001' };
    expect(fields(facts(half), facts(half))).toEqual(['number', 'name']);
    expect(fields(facts({ number: '考〔2025〕0001' }))).toEqual(['number']);
  });
});

describe('R-032 whom an indicator names that nobody has chosen people for', () => {
  const holders = (...ids: string[]) => ids.map((person_id) => ({ person_id, office: '工程科' }));
  const chosen = (leads: string[], contacts: string[], reporters: string[]) => {
    const people = choosePeople({
      direct_lead_id: holders(...leads),
      contact_person_id: holders(...contacts),
      reporter_id: holders(...reporters),
    });
    return people && [people.direct_lead_id, people.contact_person_id, people.reporter_id];
  };

  test('the first of each roster where they are three', () => {
    expect(chosen(['b', 'a'], ['d', 'c'], ['f', 'e'])).toEqual(['b', 'd', 'f']);
  });

  test('who alone can be one of them is not spent on another', () => {
    expect(chosen(['a', 'b'], ['a'], ['c'])).toEqual(['b', 'a', 'c']);
    expect(chosen(['a', 'b'], ['b', 'c'], ['a'])).toEqual(['b', 'c', 'a']);
    expect(chosen(['a'], ['a', 'b'], ['b', 'a'])).toBeNull();
    expect(chosen(['a'], [], ['b'])).toBeNull();
  });

  test('one of them has an office', () => {
    const nowhere = (person_id: string) => [{ person_id, office: null }];
    const three = { direct_lead_id: nowhere('a'), contact_person_id: nowhere('b') };
    expect(choosePeople({ ...three, reporter_id: holders('c') })?.responsible_office).toBe('工程科');
    expect(choosePeople({ ...three, reporter_id: nowhere('c') })).toBeNull();
  });
});

describe('R-022 weights as dated versions', () => {
  const now = (['60', '40'] as const).map((points, index) => ({
    indicator_id: `i${index}`,
    unit_id: 'u1',
    points: decimal(points),
    from_date: localDate('2026-01-01'),
  }));
  const to = (...points: string[]) =>
    points.map((one, index) => ({ indicator_id: `i${index}`, points: decimal(one) }));
  const unit = (changed: Partial<UnitWeights>): UnitWeights => ({
    unit_id: 'u1',
    unit_name: '水利局',
    now,
    weights: to('50', '50'),
    added: [],
    ...changed,
  });
  const refusal = (changed: Partial<UnitWeights>, from = '2026-05-15') =>
    weightRefusal([unit(changed)], {
      from_date: localDate(from),
      today: localDate('2026-05-01'),
      year: 2026,
    })?.refusal ?? null;

  test('are taken when the unit stays at 100, with what is added', () => {
    expect(refusal({})).toBeNull();
    expect(refusal({ weights: to('54', '36'), added: [decimal('10')] })).toBeNull();
  });

  test('are refused when they do not add to 100 or leave an indicator out', () => {
    expect(refusal({ weights: to('50', '49.99') })).toBe('weights_not_100');
    expect(refusal({ weights: to('100') })).toBe('weights_incomplete');
    expect(refusal({ weights: to('100', '0') })).toBe('weights_not_100');
    expect(refusal({ weights: to('60', '40') })).toBe('nothing_changed');
  });

  test('never change the past: not before today, not before the latest version; from its very day they may', () => {
    expect(refusal({}, '2026-04-30')).toBe('weights_in_past');
    expect(refusal({}, '2027-01-01')).toBe('weights_in_past');
    const later = now.map((one) => ({ ...one, from_date: localDate('2026-06-01') }));
    expect(refusal({ now: later })).toBe('weights_in_past');
    expect(refusal({ now: later }, '2026-06-01')).toBeNull();
  });

  test('shared out in proportion they fill the room exactly and nobody is left with nothing', () => {
    const weights = fc.array(fc.integer({ min: 1, max: 2_000 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(weights, fc.integer({ min: 40, max: 10_000 }), (hundredths, room) => {
        const given = hundredths.map((n, i) => ({
          indicator_id: `${i}`,
          points: decimal((n / 100).toFixed(2)),
        }));
        const shared = shareOut(given, decimal((room / 100).toFixed(2))) ?? [];
        expect(shared.map(({ indicator_id }) => indicator_id)).toEqual(given.map((one) => one.indicator_id));
        expect(sumOf(shared.map(({ points }) => points))).toBe(decimal((room / 100).toFixed(2)));
        for (const { points } of shared)
          expect(compareDecimals(points, decimal('0.01'))).toBeGreaterThanOrEqual(0);
      }),
    );
    expect(shareOut(to('1', '1', '1'), decimal('0.02'))).toBeNull();
  });
});
