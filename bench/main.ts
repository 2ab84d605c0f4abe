/** `npm run bench`: Dukao against bare Temporal, in one run on one PostgreSQL. Writes bench/RESULTS.md. */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { commands, openLanes, type Latencies } from './commands.ts';
import { creation, type Creation } from './creation.ts';
import { release, type Release } from './release.ts';
import { lateness, storm, type Lateness, type Storm } from './deadlines.ts';
import { openGround, type Ground } from './ground.ts';
import { load, surroundingsOf, table, type Line } from './report.ts';
import { resultsText } from './results.ts';
import { median, quantile } from './statistics.ts';

const { values } = parseArgs({
  options: {
    /** Everything smaller: to see that it runs, not to be quoted. */
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
});
const { quick, only } = values;
const say = (line: string) => console.log(line);

const rounds = quick ? 1 : 3;
const sizes = quick
  ? { created: 60, alone: 40, together: 200, deadlines: 100, startingMs: 15_000, idle: 4, released: 300 }
  : {
      created: 100,
      alone: 100,
      together: 400,
      deadlines: 500,
      startingMs: 90_000,
      idle: 20,
      released: 2_000,
    };
const AT_ONCE = 20;

const wanted = (part: string) => only === undefined || only.split(',').includes(part);

async function inRounds<T>(part: string, times: number, work: () => Promise<T>): Promise<T[]> {
  if (!wanted(part)) return [];
  const results: T[] = [];
  for (let round = 1; round <= times; round += 1) {
    const result = await work();
    results.push(result);
    say(
      `${part} ${round}/${times}: ${JSON.stringify(result, (_, value: unknown) => (typeof value === 'number' ? Math.round(value * 10) / 10 : Array.isArray(value) ? `p50 ${median(value as number[]).toFixed(1)}` : value))}`,
    );
  }
  return results;
}

async function measure(ground: Ground): Promise<Line[]> {
  // The first of everything compiles, opens connections and fills caches.
  await creation(ground, 20, AT_ONCE);
  const lanes = await openLanes(ground, AT_ONCE);
  await commands(ground, lanes, 40, AT_ONCE);
  const created = await inRounds('creation', rounds, () => creation(ground, sizes.created, AT_ONCE));
  const alone = await inRounds('command alone', rounds, () => commands(ground, lanes, sizes.alone, 1));
  const together = await inRounds('commands together', rounds, () =>
    commands(ground, lanes, sizes.together, AT_ONCE),
  );
  const idle = await inRounds('lateness', sizes.idle, () => lateness(ground));
  const storms = await inRounds('storm', quick ? 1 : 2, () =>
    storm(ground, sizes.deadlines, sizes.startingMs),
  );
  const releases = await inRounds('release', 1, () => release(ground, sizes.released));
  return [
    ...(created.length > 0 ? creationLines(created) : []),
    ...(alone.length > 0 ? commandLines('one at a time', alone) : []),
    ...(together.length > 0 ? commandLines(`${AT_ONCE} in flight`, together) : []),
    ...(storms.length > 0 ? stormLines(storms) : []),
    ...(idle.length > 0 ? latenessLines(idle) : []),
    ...(releases.length > 0 ? releaseLines(releases) : []),
  ];
}

const creationLines = (all: readonly Creation[]): Line[] => {
  const bare = median(all.map((one) => one.bare));
  return [
    {
      what: 'item listed and assigned, until its timer stands',
      unit: '/s',
      bare,
      ours: median(all.map(({ armed }) => armed)),
      aim: { atLeast: 0.8 },
    },
    {
      what: 'item listed, until it can be read',
      unit: '/s',
      bare,
      ours: median(all.map(({ listed }) => listed)),
    },
  ];
};

const commandLines = (how: string, all: readonly Latencies[]): Line[] => {
  const at = (q: number, side: keyof Latencies) => median(all.map((one) => quantile(one[side], q)));
  return [
    {
      what: `command, ${how}, p50`,
      unit: 'ms',
      bare: at(0.5, 'bare'),
      ours: at(0.5, 'ours'),
      aim: { atMost: 1.7 },
    },
    {
      what: `command, ${how}, p99`,
      unit: 'ms',
      bare: at(0.99, 'bare'),
      ours: at(0.99, 'ours'),
      aim: { atMost: 1.7 },
    },
  ];
};

const stormLines = (all: readonly Storm[]): Line[] => [
  {
    what: `${sizes.deadlines} deadlines at one instant`,
    unit: '/s',
    bare: median(all.map(({ bare }) => bare)),
    ours: median(all.map(({ ours }) => ours)),
    aim: { atLeast: 1.2 },
  },
];

const releaseLines = (all: readonly Release[]): Line[] => [
  {
    what: `release of a list of ${sizes.released}, until every task’s timer stands`,
    unit: '/s',
    bare: median(all.map(({ bare }) => bare)),
    ours: median(all.map(({ ours }) => ours)),
    aim: { atLeast: 0.9 },
  },
];

const latenessLines = (all: readonly Lateness[]): Line[] => {
  const ours = median(all.map((one) => one.ours));
  return [
    {
      what: 'idle deadline, until its card is committed; bare: timer and a row',
      unit: 'ms',
      bare: median(all.map(({ effect }) => effect)),
      ours,
      aim: { atMost: 1.5 },
    },
    {
      what: 'the same; bare: timer alone, until its workflow has ended',
      unit: 'ms',
      bare: median(all.map(({ timer }) => timer)),
      ours,
    },
  ];
};

const from = performance.now();
const loadBefore = load();
const ground = await openGround(say);
try {
  const lines = await measure(ground);
  const surroundings = await surroundingsOf(ground);
  say(
    `\n${table(lines)}\n\n${surroundings.machine}\n${surroundings.versions}\nLoad: ${loadBefore} before, ${load()} after`,
  );
  if (!quick && only === undefined) {
    const text = resultsText({
      lines,
      ...surroundings,
      loadBefore,
      loadAfter: load(),
      seconds: (performance.now() - from) / 1000,
      rounds,
      sizes,
      atOnce: AT_ONCE,
    });
    await writeFile(new URL('./RESULTS.md', import.meta.url), text);
    say('Written to bench/RESULTS.md');
  }
} finally {
  await ground.close();
}
