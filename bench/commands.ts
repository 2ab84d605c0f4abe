/** How long one command takes: a report of progress over HTTP, and a bare Update over gRPC. */
import { randomUUID } from 'node:crypto';
import type { Someone } from './cast.ts';
import { spentOn, type Spending } from './cpu.ts';
import type { Ground } from './ground.ts';
import { createItem, giveCommand } from './items.ts';
import { inFlight } from './statistics.ts';

/** Milliseconds of each command. */
export type Latencies = {
  readonly bare: readonly number[];
  readonly ours: readonly number[];
  readonly spending: Spending;
};
export type Lanes = {
  readonly bare: readonly string[];
  readonly items: readonly { id: string; reporter: Someone }[];
};

/** One workflow and one item for each lane, ready to take commands. */
export async function openLanes(ground: Ground, lanes: number): Promise<Lanes> {
  const bare = Array.from({ length: lanes }, () => `updated/${randomUUID()}`);
  for (const id of bare) await ground.bare.startUpdated(id);
  const items: { id: string; reporter: Someone }[] = [];
  for (let n = 0; n < lanes; n += 1) {
    const id = await createItem(ground, n);
    const { reporter } = ground.cast.unit(n);
    await giveCommand(ground, id, 'assign', {}, ground.cast.officer);
    await giveCommand(ground, id, 'acknowledge', {}, reporter);
    items.push({ id, reporter });
  }
  return { bare, items };
}

export async function commands(ground: Ground, lanes: Lanes, n: number, atOnce: number): Promise<Latencies> {
  const bare = await spentOn(n, () =>
    inFlight(n, atOnce, (_, lane) => ground.bare.touch(lanes.bare[lane] ?? '')),
  );
  const ours = await spentOn(n, () =>
    inFlight(n, atOnce, async (index, lane) => {
      const item = lanes.items[lane];
      if (item === undefined) throw new Error('fewer items than lanes');
      await giveCommand(
        ground,
        item.id,
        'report-progress',
        { percent: index % 100, text: '路基完成' },
        item.reporter,
      );
    }),
  );
  return {
    bare: bare.result,
    ours: ours.result,
    spending: { what: `a command, ${atOnce} in flight`, bare: bare.spent, ours: ours.spent },
  };
}
