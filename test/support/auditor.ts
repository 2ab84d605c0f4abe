/**
 * The invariant after every story and every fault: nothing missing, nothing double, every chain
 * unbroken, and workflow = row = what the events say.
 */
import { brokenAt } from '../../db/process-event.ts';
import { eventsOf } from '../../db/process-event.ts';
import { evolveAll, type Event } from '../../domain/supervision-item.ts';
import { isDeepStrictEqual } from 'node:util';
import { findFaults } from '../../db/auditor.ts';
import { stateQuery } from '../../workflows/messages.ts';
import { workflowIdOf } from '../../workflows/client.ts';
import type { World } from './world.ts';

export async function auditEverything({ db, server, standIn }: Pick<World, 'db' | 'server' | 'standIn'>): Promise<string[]> {
  const faults = [...(await findFaults(db, await server.clock.now()))];
  const items = await db.selectFrom('supervision_item').select(['id', 'number', 'version', 'state', 'stage']).execute();
  for (const item of items) {
    const thing = { kind: 'supervision_item', id: item.id } as const;
    const broken = await brokenAt(db, thing);
    if (broken !== null) faults.push(`${item.number}: hash chain breaks at ${broken}`);
    const events = (await eventsOf(db, thing)).map(({ body }) => body as unknown as Event);
    if (events.length === 0) continue;
    const told = JSON.parse(JSON.stringify(evolveAll(null, events))) as unknown;
    if (!isDeepStrictEqual(told, item.state)) faults.push(`${item.number}: events and row differ`);
    if (item.stage === 'closed' || item.stage === 'withdrawn') continue;
    const living = await server.client.workflow.getHandle(workflowIdOf('supervision_item', item.id)).query(stateQuery);
    if (!isDeepStrictEqual(living, item.state)) faults.push(`${item.number}: workflow and row differ`);
  }
  const sent = new Map<string, number>();
  for (const { outId } of standIn.messages()) sent.set(outId, (sent.get(outId) ?? 0) + 1);
  for (const [outId, times] of sent) if (times > 1) faults.push(`message ${outId} was accepted ${times} times`);
  return faults;
}
