import { describe, expect, test, vi } from 'vitest';
import { defaultBudget } from '../../domain/sms-budget.ts';
import { instantOn, localDate, type Instant } from '../../domain/time.ts';
import { sampleCity } from '../../simulate/city.ts';
import { cities } from '../../simulate/habits.ts';
import { deliver } from '../../simulate/phones.ts';
import { report } from '../../simulate/report.ts';
import { mostIn } from '../../simulate/tables.ts';
import { simulateYear, type Year } from '../../simulate/year.ts';

// Seconds on a quiet machine, and more on one that runs the other tests beside it.
vi.setConfig({ testTimeout: 60_000 });

const small = sampleCity(2026, 6);

const mostInADay = ({ sms }: Year): number =>
  Math.max(
    0,
    ...[...Map.groupBy(sms, ({ person_id }) => person_id).values()].map((theirs) =>
      mostIn(
        theirs.map(({ at }) => at),
        defaultBudget.window_ms,
      ),
    ),
  );

describe('a simulated year', () => {
  test('is the same for the same seed, and another one for another', () => {
    const year = (seed: number) => simulateYear(small, cities.ordinary, seed);
    expect(year(7)).toEqual(year(7));
    expect(year(8).sms).not.toEqual(year(7).sms);
  });

  test('of one unit is not changed by there being another one', () => {
    const cardsOf = (units: number) => {
      const city = sampleCity(2026, units);
      const code = city.units[0]?.code;
      return simulateYear(city, cities.ordinary, 7)
        .lived.filter(({ kind, unit_id }) => kind === 'indicator_task' && unit_id === code)
        .map(({ number, stage, events }) => [number, stage, events]);
    };
    expect(cardsOf(1)).toEqual(cardsOf(4));
  });

  test('R-036 of a city that is always on time has no yellow and no red card', () => {
    const year = simulateYear(sampleCity(2026), cities.punctual, 1);
    expect(year.refusals).toEqual([]);
    expect(year.cards.filter(({ level }) => level !== 'bell')).toEqual([]);
    const tasks = year.lived.filter(({ kind }) => kind === 'indicator_task');
    expect(new Set(tasks.map(({ stage }) => stage))).toEqual(new Set(['completed']));
  });

  test('R-035 R-058 of a city where nobody reports gives every task a red card for each period and sends it to review at its end', () => {
    const year = simulateYear(small, cities.silent, 1);
    for (const { number, periods } of small.tasks) {
      const lived = year.lived.find((one) => one.number === number);
      // The last report and the end of the year fall on one day, and each has its card.
      expect(lived?.cards.red_card, number).toBeGreaterThanOrEqual(periods.length);
      expect(lived?.events, number).toContain('year_ended');
      expect(lived?.stage, number).toBe('not_completed');
    }
    const items = year.lived.filter(({ kind }) => kind === 'supervision_item');
    for (const { cards } of items) expect(cards.red_card).toBeGreaterThan(0);
  });

  test.each(['ordinary', 'silent'] as const)(
    'of the whole %s city sends nobody more than is planned below the carrier’s cap in any 24 hours',
    (name) => {
      const year = simulateYear(sampleCity(2026), cities[name], 3);
      expect(mostInADay(year)).toBeLessThanOrEqual(defaultBudget.plan);
      expect(year.sms.length).toBeLessThan(year.notifications.length);
    },
  );

  test('of 60 units and about 1 500 tasks takes less than a minute', () => {
    const from = performance.now();
    const city = sampleCity(2026, 60);
    const year = simulateYear(city, cities.ordinary, 2026);
    expect(performance.now() - from).toBeLessThan(60_000);
    expect(city.units).toHaveLength(60);
    expect(city.tasks.length).toBeGreaterThan(1_450);
    expect(year.lived.every(({ kind, stage }) => kind !== 'indicator_task' || stage !== 'in_progress')).toBe(
      true,
    );
  });

  test('of a year whose notice is not out is computed on its provisional calendar', () => {
    const city = sampleCity(2027, 2);
    expect(city.calendar.years['2027']?.status).toBe('provisional');
    const { cards } = simulateYear(city, cities.punctual, 1);
    expect(cards.filter(({ level }) => level !== 'bell')).toEqual([]);
  });

  test('is told in tables: by level and month, by cause, by unit, by person and day, by burden', () => {
    const year = simulateYear(small, cities.ordinary, 7);
    const text = report(small, year, { seed: 7, name: 'ordinary', seconds: 0.1 });
    for (const part of ['--seed 7', '按月', '按成因', '短信', '单位负担', "the carrier's cap 50"])
      expect(text).toContain(part);
    expect(text).not.toMatch(/undefined|NaN/);
  });
});

describe('of a task that has ended', () => {
  const at = (text: string) => instantOn(localDate('2026-03-10'), text);
  const telling = (version: number, time: string) => ({
    id: `task/${version}`,
    person_id: 'reporter',
    thing: 'task',
    level: 'notice' as const,
    at: at(time),
    version,
  });
  const carried = (ended: { at: Instant; version: number }) =>
    deliver([telling(7, '21:00'), telling(8, '21:30')], new Map([['task', ended]]), small.calendar).map(
      ({ carries }) => carries,
    );

  test('nobody is told any more, except that it has ended', () => {
    expect(carried({ at: at('21:30'), version: 8 })).toEqual([1]);
    expect(carried({ at: at('22:00'), version: 9 })).toEqual([]);
  });

  test('nobody is told less than before its end', () => {
    expect(carried({ at: instantOn(localDate('2026-03-11'), '10:00'), version: 9 })).toEqual([2]);
  });
});

describe('what lies in a window', () => {
  test.each([
    [[], 0],
    [[1], 1],
    [[0, 10, 20], 2],
    [[0, 10, 10, 10, 21], 4],
  ])('%j has at most %i within ten', (moments, most) => {
    expect(mostIn(moments, 10)).toBe(most);
  });
});
