/** The lines of a city that has grown: ratios of then and now, and of the API and a bare route. */
import type { CityFigures } from './city.ts';
import { figure, markdown, type Line, type Section } from './report.ts';
import type { Sizes } from './sizes.ts';
import { median, quantile } from './statistics.ts';

const GROWTH = { atMost: 1.2 };
const MEMORY = { atMost: 1.3 };
const READS = { atLeast: 0.5 };
const MiB = 1024 ** 2;

export function citySections({ grown, memory, reads }: CityFigures, { open }: Sizes): Section[] {
  const sections: Section[] = [];
  if (grown !== null)
    sections.push({
      title: 'Growth: the same, with more tasks open',
      heads: [`${open.few} open`, `${open.many} open`],
      lines: growthLines(grown),
    });
  if (memory !== null)
    sections.push({
      title: 'Memory of the worker, after its garbage is gone',
      heads: [`${open.thousand} open`, `${open.many} open`],
      lines: memoryLines(memory),
    });
  if (reads !== null)
    sections.push({
      title: `Pages of 50 of ${open.many} open cards`,
      heads: ['bare Fastify', 'Dukao'],
      lines: [
        ...readLines('warnings, latest first', reads.warnings),
        ...readLines('tasks that show a card, with all of their periods', reads.tasks),
      ],
    });
  return sections;
}

function growthLines({ few, many }: NonNullable<CityFigures['grown']>): Line[] {
  const commands = [
    ['command on a task that nobody has touched', 'untouched', GROWTH],
    ['command on a task in use', 'again', GROWTH],
    ['for comparison: a bare Update at the same two times', 'bare', undefined],
  ] as const;
  const lines = commands.flatMap(([what, which, aim]) =>
    [0.5, 0.99].map((q) => ({
      what: `${what}, p${q * 100}`,
      unit: 'ms',
      bare: quantile(few[which], q),
      ours: quantile(many[which], q),
      ...(aim === undefined ? {} : { aim }),
    })),
  );
  const boards = [...few.boards].map(([what, times]) => ({
    what: `${what}, p50`,
    unit: 'ms',
    bare: median(times),
    ours: median(many.boards.get(what) ?? []),
    aim: GROWTH,
  }));
  const counted = [...few.counted].map(([what, times]) => ({
    what: `for comparison: statistics ${what} counted anew, SQL alone, p50`,
    unit: 'ms',
    bare: median(times),
    ours: median(many.counted.get(what) ?? []),
  }));
  return [...lines, ...boards, ...counted];
}

const memoryLines = ({ thousand, many }: NonNullable<CityFigures['memory']>): Line[] => [
  { what: 'resident', unit: 'MiB', bare: thousand.resident / MiB, ours: many.resident / MiB, aim: MEMORY },
  { what: 'JavaScript heaps', unit: 'MiB', bare: thousand.heap / MiB, ours: many.heap / MiB, aim: MEMORY },
];

function readLines(
  what: string,
  rounds: NonNullable<CityFigures['reads']>[keyof NonNullable<CityFigures['reads']>],
): Line[] {
  const of = (side: 'bare' | 'ours', one: 'perSecond' | 'p50' | 'p99') =>
    median(rounds.map((round) => round[side][one]));
  return [
    { what, unit: '/s', bare: of('bare', 'perSecond'), ours: of('ours', 'perSecond'), aim: READS },
    { what: 'the same, p99', unit: 'ms', bare: of('bare', 'p99'), ours: of('ours', 'p99') },
  ];
}

/** No ratio: how long the daily watch over everything that is open takes. */
export const watchText = ({ watched }: CityFigures, { open }: Sizes): string =>
  watched === null
    ? ''
    : `**The daily watch over ${open.many} open tasks**\n\n${markdown(
        ['', 'seconds', 'queries', 'looks at Temporal', 'questions to processes'],
        ['---', '--:', '--:', '--:', '--:'],
        (['auditor', 'reconciler', 'reconciler again'] as const).map((who) => {
          const { seconds, queries, looks, asked } = watched[who];
          return [who, figure(seconds), String(queries), String(looks), String(asked)];
        }),
      )}`;
