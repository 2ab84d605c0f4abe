/** A city's year that grows to ten thousand open tasks, with the workers in a process of their own. */
import { clearCards, fillCards, grown, type Grown } from './growth.ts';
import type { Ground } from './ground.ts';
import { reads, type ReadList, type Reads } from './reads.ts';
import { releaseTasks } from './release.ts';
import type { Sizes } from './sizes.ts';
import { median } from './statistics.ts';
import { watched, type WatchedAll } from './watching.ts';
import type { Memory } from './worker-memory.ts';

export const cityParts = ['growth', 'memory', 'watch', 'reads'] as const;
export type CityPart = (typeof cityParts)[number];

export type CityFigures = {
  readonly grown: { readonly few: Grown; readonly many: Grown } | null;
  readonly memory: { readonly thousand: Memory; readonly many: Memory } | null;
  readonly watched: WatchedAll | null;
  readonly reads: Readonly<Record<ReadList, readonly Reads[]>> | null;
};

export async function measureCity(
  ground: Ground,
  { open, grown: commands, readRounds, readSeconds }: Sizes,
  wanted: (part: CityPart) => boolean,
  say: (line: string) => void,
): Promise<CityFigures> {
  const { few, thousand, many } = open;
  const release = async (n: number, until: number) => {
    say(`${until} tasks are open: the last ${n} came at ${(await releaseTasks(ground, n)).toFixed(1)}/s`);
  };
  const part = async <T>(name: CityPart, work: () => Promise<T>): Promise<T | null> => {
    if (!wanted(name)) return null;
    const from = performance.now();
    const result = await work();
    say(`${name} (${((performance.now() - from) / 1000).toFixed(0)} s): ${inShort(result)}`);
    return result;
  };
  const memory = () => {
    if (ground.workerMemory === null) throw new Error('the workers share the process of the bench');
    return ground.workerMemory();
  };
  await release(few, few);
  const grownFew = await part('growth', () => grown(ground, commands));
  await release(thousand - few, thousand);
  const memoryThousand = await part('memory', memory);
  await release(many - thousand, many);
  const grownMany = await part('growth', () => grown(ground, commands));
  const memoryMany = await part('memory', memory);
  const watchedAll = await part('watch', () => watched(ground));
  const read = await part('reads', async () => {
    await fillCards(ground);
    const all: Record<ReadList, Reads[]> = { warnings: [], tasks: [] };
    for (let round = 0; round < readRounds; round += 1)
      for (const list of ['warnings', 'tasks'] as const)
        all[list].push(await reads(ground, list, readSeconds));
    await clearCards(ground);
    return all;
  });
  return {
    grown: grownFew && grownMany && { few: grownFew, many: grownMany },
    memory: memoryThousand && memoryMany && { thousand: memoryThousand, many: memoryMany },
    watched: watchedAll,
    reads: read,
  };
}

/** Long lists as their median. */
const inShort = (result: unknown): string =>
  JSON.stringify(result, (_, value: unknown) => {
    if (value instanceof Map) return Object.fromEntries(value);
    if (typeof value === 'number') return Math.round(value * 10) / 10;
    const [first] = Array.isArray(value) ? (value as unknown[]) : [];
    return typeof first === 'number' ? `p50 ${median(value as number[]).toFixed(1)}` : value;
  });
