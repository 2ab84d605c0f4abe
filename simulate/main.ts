/** `npm run simulate`: a year of the sample city in seconds, by the rules that the product itself follows. */
import { parseArgs } from 'node:util';
import { sampleCity } from './city.ts';
import { cities } from './habits.ts';
import { report } from './report.ts';
import { simulateYear } from './year.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '2026' },
    /** As many as the sample city has; beyond that some are there twice. */
    units: { type: 'string' },
    year: { type: 'string', default: '2026' },
    city: { type: 'string', default: 'ordinary' },
  },
});

const whole = (name: string, text: string, [least, most]: readonly [number, number]): number => {
  const number = Number(text);
  if (Number.isInteger(number) && number >= least && number <= most) return number;
  console.error(`--${name} must be a whole number from ${least} to ${most}, not "${text}"`);
  process.exit(2);
};

const seed = whole('seed', values.seed, [0, 4_294_967_295]);
const year = whole('year', values.year, [2001, 2198]);
const units = values.units === undefined ? undefined : whole('units', values.units, [1, 1_000]);
const name = values.city;
if (!Object.hasOwn(cities, name)) {
  console.error(`--city must be one of ${Object.keys(cities).join(', ')}, not "${name}"`);
  process.exit(2);
}

const from = performance.now();
const city = sampleCity(year, units);
const lived = simulateYear(city, cities[name as keyof typeof cities], seed);
const seconds = (performance.now() - from) / 1000;
console.log(report(city, lived, { seed, name, seconds }));
