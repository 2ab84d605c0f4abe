/** How many timers come to stand per second: bare workflows, items listed and assigned, items listed only. */
import { randomUUID } from 'node:crypto';
import type { Ground } from './ground.ts';
import { workflowIdOf } from '../workflows/client.ts';
import { createItem } from './items.ts';
import { inFlight, perSecond } from './statistics.ts';

export type Creation = { readonly bare: number; readonly listed: number; readonly armed: number };

/** The next one begins when a timer stands, so neither side runs away from its worker. */
export async function creation(ground: Ground, n: number, atOnce: number): Promise<Creation> {
  const { bare, timers } = ground;
  const batch = randomUUID();
  const bareRate = await perSecond(n, () =>
    inFlight(n, atOnce, async (index) => {
      await bare.startTimer(`${batch}/${index}`);
      await timers.stands(`bare/${batch}/${index}`);
    }),
  );
  const ids: string[] = [];
  const armed = await perSecond(n, () =>
    inFlight(n, atOnce, async (index) => {
      const id = await createItem(ground, index, true);
      await timers.stands(workflowIdOf('supervision_item', id));
      ids.push(id);
    }),
  );
  const listed = await perSecond(n, () => inFlight(n, atOnce, (index) => createItem(ground, index)));
  const counted = { bare: await timers.count(`bare/${batch}/`), ours: new Set(ids).size };
  if (counted.bare !== n || counted.ours !== n)
    throw new Error(`timers that stand: ${JSON.stringify(counted)} of ${n}`);
  return { bare: bareRate, listed, armed };
}
