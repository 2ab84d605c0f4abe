/** The lines of what is measured against bare Temporal, with the peers beside them. */
import type { Latencies } from './commands.ts';
import { spendingText } from './cpu.ts';
import type { Creation } from './creation.ts';
import type { Lateness, Storm } from './deadlines.ts';
import type { GreatStorm } from './great-storm.ts';
import type { PeerFigures, Peers } from './peers/measure.ts';
import type { Release } from './release.ts';
import type { Line, Section } from './report.ts';
import type { Sizes } from './sizes.ts';
import { median, quantile } from './statistics.ts';

/** Empty where it was not asked for. */
export type TemporalFigures = {
  readonly created: readonly Creation[];
  readonly alone: readonly Latencies[];
  readonly together: readonly Latencies[];
  readonly storms: readonly Storm[];
  readonly great: readonly GreatStorm[];
  readonly idle: readonly Lateness[];
  readonly releases: readonly Release[];
  readonly peers: readonly Peers[];
};

export function temporalSection(figures: TemporalFigures, sizes: Sizes): Section {
  const { created, alone, together, storms, great, idle, releases } = figures;
  const [peers] = figures.peers;
  const beside = (which: keyof PeerFigures): Pick<Line, 'peers'> =>
    peers === undefined
      ? {}
      : { peers: { pgBoss: peers.pgBoss[which], polledTable: peers.polledTable[which] } };
  return {
    title: 'Against bare Temporal',
    heads: ['bare Temporal', 'Dukao'],
    lines: [
      ...(created.length > 0 ? creationLines(created, beside('created')) : []),
      ...(alone.length > 0
        ? commandLines('one at a time', alone, beside('aloneP50'), beside('aloneP99'))
        : []),
      ...(together.length > 0
        ? commandLines(`${sizes.atOnce} in flight`, together, beside('togetherP50'), beside('togetherP99'))
        : []),
      ...(storms.length > 0 ? [stormLine(sizes.deadlines, 1.2, storms, beside('storm'))] : []),
      ...(great.length > 0 ? [stormLine(sizes.manyDeadlines, 1.3, great, beside('bigStorm'))] : []),
      ...(idle.length > 0 ? latenessLines(idle, beside('idle')) : []),
      ...(releases.length > 0 ? [releaseLine(sizes.released, releases)] : []),
    ],
  };
}

/** Of each kind of work the last round: its caches are warm. */
export const spendingOf = ({ alone, together, storms, great, releases }: TemporalFigures): string =>
  spendingText([alone, together, storms, great, releases].flatMap((rounds) => rounds.at(-1)?.spending ?? []));

type Beside = Pick<Line, 'peers'>;

const creationLines = (all: readonly Creation[], beside: Beside): Line[] => {
  const bare = median(all.map((one) => one.bare));
  const armed = median(all.map((one) => one.armed));
  const listed = median(all.map((one) => one.listed));
  const aim = { atLeast: 0.8 };
  return [
    {
      what: 'item listed and assigned, until its timer stands',
      unit: '/s',
      bare,
      ours: armed,
      aim,
      ...beside,
    },
    { what: 'item listed, until it can be read', unit: '/s', bare, ours: listed },
  ];
};

const commandLines = (how: string, all: readonly Latencies[], p50: Beside, p99: Beside): Line[] => {
  const at = (q: number, side: 'bare' | 'ours') => median(all.map((one) => quantile(one[side], q)));
  const line = (q: number, beside: Beside): Line => ({
    what: `command, ${how}, p${q * 100}`,
    unit: 'ms',
    bare: at(q, 'bare'),
    ours: at(q, 'ours'),
    aim: { atMost: 1.7 },
    ...beside,
  });
  return [line(0.5, p50), line(0.99, p99)];
};

const stormLine = (n: number, atLeast: number, all: readonly Storm[], beside: Beside): Line => ({
  what: `${n} deadlines at one instant`,
  unit: '/s',
  bare: median(all.map(({ bare }) => bare)),
  ours: median(all.map(({ ours }) => ours)),
  aim: { atLeast },
  ...beside,
});

const releaseLine = (n: number, all: readonly Release[]): Line => ({
  what: `release of a list of ${n}, until every task’s timer stands`,
  unit: '/s',
  bare: median(all.map(({ bare }) => bare)),
  ours: median(all.map(({ ours }) => ours)),
  aim: { atLeast: 0.9 },
});

const latenessLines = (all: readonly Lateness[], beside: Beside): Line[] => {
  const ours = median(all.map((one) => one.ours));
  return [
    {
      what: 'idle deadline, until its card is committed; bare: timer and a row',
      unit: 'ms',
      bare: median(all.map(({ effect }) => effect)),
      ours,
      aim: { atMost: 1.5 },
      ...beside,
    },
    {
      what: 'the same; bare: timer alone, until its workflow has ended',
      unit: 'ms',
      bare: median(all.map(({ timer }) => timer)),
      ours,
    },
  ];
};
