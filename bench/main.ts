/** `npm run bench`: Dukao against bare Temporal, its peers and itself, in one run. Writes bench/RESULTS.md. */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { citySections, watchText } from './city-lines.ts';
import { cityParts, measureCity, type CityFigures } from './city.ts';
import { commands, openLanes } from './commands.ts';
import { creation } from './creation.ts';
import { lateness, storm } from './deadlines.ts';
import { greatStorm } from './great-storm.ts';
import { openGround, type Ground } from './ground.ts';
import { measurePeers } from './peers/measure.ts';
import { release } from './release.ts';
import { load, sectionText, surroundingsOf } from './report.ts';
import { resultsText } from './results.ts';
import { sizesOf } from './sizes.ts';
import { median } from './statistics.ts';
import { spendingOf, temporalSection, type TemporalFigures } from './temporal-lines.ts';

const temporalParts = [
  'creation',
  'command alone',
  'command together',
  'lateness',
  'storm',
  'release',
  'peers',
  'great storm',
] as const;
type Part = (typeof temporalParts)[number] | (typeof cityParts)[number];

const { values } = parseArgs({
  options: {
    /** Everything smaller: to see that it runs, not to be quoted. */
    quick: { type: 'boolean', default: false },
    /** Names of parts, with commas between them. */
    only: { type: 'string' },
  },
});
const { quick, only } = values;
const say = (line: string) => console.log(line);
const sizes = sizesOf(quick);

const asked = only?.split(',');
const known: readonly string[] = [...temporalParts, ...cityParts];
const strange = asked?.filter((part) => !known.includes(part)) ?? [];
if (strange.length > 0) throw new Error(`no part ${strange.join(', ')}; there are ${known.join(', ')}`);
const wanted = (part: Part) => asked === undefined || asked.includes(part);

async function inRounds<T>(part: Part, times: number, work: () => Promise<T>): Promise<T[]> {
  if (!wanted(part)) return [];
  const results: T[] = [];
  for (let round = 1; round <= times; round += 1) {
    const result = await work();
    results.push(result);
    say(`${part} ${round}/${times}: ${JSON.stringify(result, shortened)}`);
  }
  return results;
}

function shortened(name: string, value: unknown): unknown {
  if (name === 'spending') return undefined;
  if (typeof value === 'number') return Math.round(value * 10) / 10;
  return Array.isArray(value) ? `p50 ${median(value as number[]).toFixed(1)}` : value;
}

async function againstTemporal(ground: Ground): Promise<TemporalFigures> {
  const { atOnce, rounds } = sizes;
  // The first of everything compiles, opens connections and fills caches.
  await creation(ground, 20, atOnce);
  const lanes = await openLanes(ground, atOnce);
  await commands(ground, lanes, 40, atOnce);
  return {
    created: await inRounds('creation', rounds, () => creation(ground, sizes.created, atOnce)),
    alone: await inRounds('command alone', rounds, () => commands(ground, lanes, sizes.alone, 1)),
    together: await inRounds('command together', rounds, () =>
      commands(ground, lanes, sizes.together, atOnce),
    ),
    idle: await inRounds('lateness', sizes.idle, () => lateness(ground)),
    storms: await inRounds('storm', sizes.storms, () => storm(ground, sizes.deadlines, sizes.startingMs)),
    releases: await inRounds('release', 1, () => release(ground, sizes.released)),
    peers: await inRounds('peers', 1, () => measurePeers(ground.ensureDatabase, sizes)),
    // Last: phones ring from then on.
    great: await inRounds('great storm', 1, () =>
      greatStorm(ground, sizes.manyDeadlines, sizes.manyStartingMs),
    ),
  };
}

async function onGround<T>(ownWorkers: boolean, work: (ground: Ground) => Promise<T>) {
  const ground = await openGround({ say, ownWorkers });
  try {
    return { figures: await work(ground), surroundings: await surroundingsOf(ground) };
  } finally {
    await ground.close();
  }
}

const from = performance.now();
const loadBefore = load();
const temporal = temporalParts.some(wanted) ? await onGround(false, againstTemporal) : null;
const city = cityParts.some(wanted)
  ? await onGround(true, (ground): Promise<CityFigures> => measureCity(ground, sizes, wanted, say))
  : null;
const sections = [
  ...(temporal === null ? [] : [temporalSection(temporal.figures, sizes)]),
  ...(city === null ? [] : citySections(city.figures, sizes)),
];
const watch = city === null ? '' : watchText(city.figures, sizes);
const spending = temporal === null ? '' : spendingOf(temporal.figures);
const tables = [...sections.map(sectionText), spending, watch].filter((text) => text !== '').join('\n\n');
const surroundings = temporal?.surroundings ?? city?.surroundings;
say(`\n${tables}\n\n${surroundings?.machine}\n${surroundings?.versions}`);
say(`Load: ${loadBefore} before, ${load()} after`);
const [great] = temporal?.figures.great ?? [];
if (great !== undefined)
  say(`Phones: ${great.messages} messages to ${great.phones}, at most ${great.mostOnOnePhone} to one`);
if (!quick && surroundings !== undefined && great !== undefined && asked === undefined) {
  const seconds = (performance.now() - from) / 1000;
  const run = { tables, ...surroundings, loadBefore, loadAfter: load(), seconds, sizes, great };
  await writeFile(new URL('./RESULTS.md', import.meta.url), resultsText(run));
  say('Written to bench/RESULTS.md');
}
