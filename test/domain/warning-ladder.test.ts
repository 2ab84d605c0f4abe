import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addDays, dayEnd, HOUR, instantOn, later, localDate, officeTime } from '../../domain/time.ts';
import type { Instant } from '../../domain/time.ts';
import { ladder } from '../../domain/warning-ladder.ts';
import type { Step } from '../../domain/warning-ladder.ts';
import { higher, policyFaults, standardPolicies } from '../../domain/warning-policy.ts';
import type { Card, Moment, WarningPolicy } from '../../domain/warning-policy.ts';
import { allSteps } from './all-steps.ts';
import { calendar, granted } from './official-calendar.ts';

const named = (name: string): WarningPolicy => {
  const found = standardPolicies.find((policy) => policy.name === name);
  if (found === undefined) throw new Error(`no policy ${name}`);
  return found;
};
const due = (date: string) => dayEnd(localDate(date));
const at = (date: string, clock: string) => instantOn(localDate(date), clock);
const written = (steps: readonly Step[]) =>
  steps.map((step) => `${step.level}${step.repeat > 0 ? ` ${step.repeat}` : ''} ${officeTime(step.at)}`);
const all = (name: string, date: string) => written(granted(allSteps(named(name), due(date), calendar)));
const armed = (name: string, date: string, armedAt: Instant) =>
  written(granted(ladder(named(name), due(date), calendar, armedAt)));

describe('the steps of the policies', () => {
  test('standard over National Day 2026: working days before, the end of the day, every third working day after', () => {
    expect(all('standard', '2026-10-09')).toEqual([
      'bell 2026-09-29 09:00',
      'yellow_card 2026-10-08 09:00',
      'red_card 2026-10-09 24:00',
      'red_card 1 2026-10-13 09:00',
      'red_card 2 2026-10-16 09:00',
      'red_card 3 2026-10-21 09:00',
    ]);
  });

  test('R-058 rule 710, ordinary: calendar days, due within the holiday, repeats on working days', () => {
    expect(all('rule_710_ordinary', '2026-10-04')).toEqual([
      'bell 2026-10-02 09:00',
      'yellow_card 2026-10-03 09:00',
      'red_card 2026-10-04 24:00',
      'red_card 1 2026-10-10 09:00',
      'red_card 2 2026-10-14 09:00',
      'red_card 3 2026-10-19 09:00',
    ]);
  });

  test('year_end_clear: 30 and 10 calendar days before the end of the year, repeats in the next one', () => {
    expect(all('year_end_clear', '2026-12-31').slice(0, 4)).toEqual([
      'bell 2026-12-01 09:00',
      'yellow_card 2026-12-21 09:00',
      'red_card 2026-12-31 24:00',
      'red_card 1 2027-01-06 09:00',
    ]);
  });

  test('acknowledgement: four office hours before, yellow when missed, red one working day later', () => {
    expect(all('acknowledgement', '2026-11-20')).toEqual([
      'bell 2026-11-20 11:30',
      'yellow_card 2026-11-20 24:00',
      'red_card 2026-11-23 24:00',
    ]);
  });

  test('report and review', () => {
    expect(all('report', '2026-11-20')).toEqual([
      'bell 2026-11-19 09:00',
      'yellow_card 2026-11-20 24:00',
      'red_card 2026-11-23 24:00',
    ]);
    expect(all('review', '2026-11-20')).toEqual([
      'bell 2026-11-19 09:00',
      'yellow_card 2026-11-20 09:00',
      'red_card 2026-11-20 24:00',
    ]);
  });

  test('a deadline whose repeats reach into an unknown year is refused', () => {
    expect(allSteps(named('standard'), due('2027-12-30'), calendar)).toMatchObject({
      refusal: 'calendar_not_loaded',
    });
  });
});

describe('arming a deadline', () => {
  test('before the bell leaves every step to come', () => {
    expect(armed('standard', '2026-11-20', at('2026-11-02', '10:00'))).toEqual(all('standard', '2026-11-20'));
  });

  test('at the very moment of a step keeps it, a millisecond later leaves it out', () => {
    const bell = at('2026-11-17', '09:00');
    expect(armed('standard', '2026-11-20', bell)[0]).toBe('bell 2026-11-17 09:00');
    expect(armed('standard', '2026-11-20', later(bell, 1))[0]).toBe('yellow_card 2026-11-19 09:00');
  });

  test('on the last afternoon leaves the red card', () => {
    expect(armed('standard', '2026-11-20', at('2026-11-20', '16:00'))[0]).toBe('red_card 2026-11-20 24:00');
  });

  test('after the deadline gives the red card at once, and its repeats count from that day', () => {
    expect(armed('standard', '2026-11-20', at('2026-11-25', '15:20'))).toEqual([
      'red_card 2026-11-25 15:20',
      'red_card 1 2026-11-30 09:00',
      'red_card 2 2026-12-03 09:00',
      'red_card 3 2026-12-08 09:00',
    ]);
  });

  test('at the very end of the due day counts the repeats from the due day, not from the day that begins', () => {
    expect(armed('standard', '2026-11-19', due('2026-11-19')).slice(0, 2)).toEqual([
      'red_card 2026-11-19 24:00',
      'red_card 1 2026-11-24 09:00',
    ]);
  });

  test('after a missed acknowledgement still leaves the red card its own moment', () => {
    expect(armed('acknowledgement', '2026-11-20', at('2026-11-21', '10:00'))).toEqual([
      'red_card 2026-11-23 24:00',
    ]);
  });
});

describe('for every policy, due day and moment of arming', () => {
  const policies = fc.constantFrom(...standardPolicies);
  const dueDays = fc.integer({ min: 0, max: 900 }).map((n) => addDays(localDate('2025-03-01'), n));
  const hoursAround = fc.integer({ min: -60 * 24, max: 30 * 24 });
  const order: Card[] = ['none', 'bell', 'yellow_card', 'red_card'];

  test('the ladder is sorted, climbs, starts no earlier than it is armed and always ends with red', () => {
    fc.assert(
      fc.property(policies, dueDays, hoursAround, (policy, date, hours) => {
        const armedAt = later(dayEnd(date), hours * HOUR);
        const steps = granted(ladder(policy, dayEnd(date), calendar, armedAt));
        for (const [index, step] of steps.entries()) {
          const before = steps[index - 1];
          expect(step.at).toBeGreaterThanOrEqual(armedAt);
          if (before === undefined) continue;
          expect(step.at).toBeGreaterThan(before.at);
          expect(order.indexOf(step.level)).toBeGreaterThanOrEqual(order.indexOf(before.level));
          if (step.level === before.level) expect(step.repeat).toBe(before.repeat + 1);
        }
        const reds = steps.filter(({ level }) => level === 'red_card');
        expect(reds.map(({ repeat }) => repeat)).toEqual(
          Array.from({ length: 1 + (policy.repeat?.times ?? 0) }, (_, n) => n),
        );
      }),
    );
  });

  test('armed before the deadline, the ladder is the rest of all steps', () => {
    fc.assert(
      fc.property(policies, dueDays, hoursAround, (policy, date, hours) => {
        const armedAt = later(dayEnd(date), -Math.abs(hours) * HOUR);
        const every = granted(allSteps(policy, dayEnd(date), calendar));
        const rest = every.filter((step) => step.at >= armedAt);
        expect(ladder(policy, dayEnd(date), calendar, armedAt)).toEqual(rest);
      }),
    );
  });

  test('a later arming never brings a step back', () => {
    fc.assert(
      fc.property(policies, dueDays, hoursAround, hoursAround, (policy, date, a, b) => {
        const of = (hours: number) =>
          granted(ladder(policy, dayEnd(date), calendar, later(dayEnd(date), hours * HOUR)));
        expect(of(Math.max(a, b)).length).toBeLessThanOrEqual(of(Math.min(a, b)).length);
      }),
    );
  });
});

describe('the policies themselves', () => {
  const onDay = (amount: number, clock = '24:00'): Moment => ({ amount, unit: 'calendar_day', at: clock });
  const working = (amount: number, clock = '09:00'): Moment => ({ amount, unit: 'working_day', at: clock });
  const standard = named('standard');
  const withLevels = (...levels: WarningPolicy['levels']) => policyFaults({ ...standard, levels });

  test('the standard ones are sound, and R-037 is cumulative in each', () => {
    expect(standardPolicies.flatMap(policyFaults)).toEqual([]);
    for (const { recipients } of standardPolicies) {
      expect(recipients).toEqual({
        bell: ['reporter'],
        yellow_card: ['deputy_leader', 'reporter'],
        red_card: ['principal_leader', 'deputy_leader', 'reporter'],
      });
    }
  });

  test('published rules can be said: e-supervision, entry into statistics, a missed month', () => {
    // A signal one working day before the end, then yellow and red after it.
    expect(
      withLevels(
        { level: 'bell', moment: working(-1) },
        { level: 'yellow_card', moment: onDay(0) },
        { level: 'red_card', moment: working(3) },
      ),
    ).toEqual([]);
    // Yinchuan: not entered one month after the start, more than two months. No bell.
    expect(
      withLevels({ level: 'yellow_card', moment: onDay(30) }, { level: 'red_card', moment: onDay(60) }),
    ).toEqual([]);
    // Wenzhou Ouhai: the month's target missed is red at once.
    expect(withLevels({ level: 'red_card', moment: onDay(0) })).toEqual([]);
  });

  test.each<[string, WarningPolicy['levels']]>([
    ['no level', []],
    ['no red card', [{ level: 'bell', moment: working(-1) }]],
    [
      'a level left out between two',
      [
        { level: 'bell', moment: working(-1) },
        { level: 'red_card', moment: onDay(0) },
      ],
    ],
    [
      'a level twice',
      [
        { level: 'red_card', moment: onDay(0) },
        { level: 'red_card', moment: onDay(1) },
      ],
    ],
    [
      'yellow after red',
      [
        { level: 'yellow_card', moment: onDay(1) },
        { level: 'red_card', moment: onDay(0) },
      ],
    ],
    [
      'two levels at one moment',
      [
        { level: 'yellow_card', moment: working(0, '24:00') },
        { level: 'red_card', moment: onDay(0) },
      ],
    ],
    [
      'an order that a long holiday turns round',
      [
        { level: 'yellow_card', moment: onDay(-3) },
        { level: 'red_card', moment: working(-1) },
      ],
    ],
    [
      'office hours against a morning',
      [
        { level: 'yellow_card', moment: { amount: -4, unit: 'working_hour', at: '24:00' } },
        { level: 'red_card', moment: onDay(0, '09:00') },
      ],
    ],
    [
      'office hours after the deadline',
      [{ level: 'red_card', moment: { ...onDay(1), unit: 'working_hour' } }],
    ],
    ['a clock that does not exist', [{ level: 'red_card', moment: onDay(0, '24:30') }]],
    ['half a day', [{ level: 'red_card', moment: onDay(0.5) }]],
  ])('%s is a fault', (_, levels) => {
    expect(withLevels(...levels)).toHaveLength(1);
  });

  test('a repeat that does not move on, nobody to tell, and no policy at all are faults', () => {
    const thrice = standard.repeat;
    if (thrice === null) throw new Error('standard repeats its red card');
    const still = { ...thrice, every: working(0) };
    expect(policyFaults({ ...standard, repeat: still })).toHaveLength(1);
    expect(policyFaults({ ...standard, repeat: { ...thrice, times: 0 } })).toHaveLength(1);
    expect(policyFaults({ ...standard, recipients: { ...standard.recipients, bell: [] } })).toEqual([
      '警铃没有接收人',
    ]);
    for (const other of [null, 'standard', [], {}, { ...standard, levels: [{ level: 'blue' }] }]) {
      expect(policyFaults(other)).toHaveLength(1);
    }
  });

  test('the higher card wins', () => {
    expect(higher('none', 'bell')).toBe('bell');
    expect(higher('red_card', 'yellow_card')).toBe('red_card');
    expect(higher('yellow_card', 'yellow_card')).toBe('yellow_card');
  });
});
