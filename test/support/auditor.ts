/**
 * The invariant after every story and every fault: nothing missing, nothing double, every chain
 * unbroken, every open process can be taken over, and workflow = row = what the events say.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { findFaults } from '../../db/auditor.ts';
import { brokenAt, eventsOf } from '../../db/process-event.ts';
import { evolveAll, type Event } from '../../domain/supervision-item.ts';
import { workflowIdOf } from '../../workflows/client.ts';
import { stateQuery } from '../../workflows/messages.ts';
import { replay, type Remembered } from './replay.ts';
import type { World } from './world.ts';

type Audited = Pick<World, 'db' | 'server' | 'standIn' | 'workerSurroundings'>;

export async function auditEverything(world: Audited): Promise<string[]> {
  const { db, server, standIn } = world;
  const faults: string[] = [];
  const items = await db.selectFrom('supervision_item').select(['id', 'number']).orderBy('number').execute();
  for (const { id, number } of items) {
    const thing = { kind: 'supervision_item', id } as const;
    const { state, living } = await sideBySide(world, id);
    if (living !== null && !isDeepStrictEqual(living, state))
      faults.push(`${number}: workflow and row differ`);
    const broken = await brokenAt(db, thing);
    if (broken !== null) faults.push(`${number}: hash chain breaks at ${broken}`);
    const events = (await eventsOf(db, thing)).map(({ body }) => body as unknown as Event);
    if (events.length === 0) continue;
    const told = JSON.parse(JSON.stringify(evolveAll(null, events))) as unknown;
    if (!isDeepStrictEqual(told, state)) faults.push(`${number}: events and row differ`);
  }
  faults.push(...(await findFaults(db, await server.clock.now())));
  const sent = new Map<string, number>();
  for (const { outId } of standIn.messages()) sent.set(outId, (sent.get(outId) ?? 0) + 1);
  for (const [outId, times] of sent)
    if (times > 1) faults.push(`message ${outId} was accepted ${times} times`);
  for (const [workflowId, different] of await replay(
    world.workerSurroundings.workflows ?? {},
    await openHistories(world),
  ))
    if (different !== null) faults.push(`${workflowId} does not replay: ${different}`);
  return faults;
}

/** Of a story with very many a few of each kind: they have lived alike. */
const AT_MOST = 10;

async function openHistories({ db, server }: Audited): Promise<Remembered[]> {
  const items = await db
    .selectFrom('supervision_item')
    .select('id')
    .where('stage', 'not in', ['closed', 'withdrawn'])
    .limit(AT_MOST)
    .execute();
  const people = await db
    .selectFrom('notification')
    .select('person_id as id')
    .distinct()
    .where('message_id', 'is not', null)
    .limit(AT_MOST)
    .execute();
  const ids = [
    ...items.map(({ id }) => workflowIdOf('supervision_item', id)),
    ...people.map(({ id }) => workflowIdOf('recipient', id ?? '')),
  ];
  return Promise.all(
    ids.map(async (workflowId) => ({
      workflowId,
      history: await server.client.workflow.getHandle(workflowId).fetchHistory(),
    })),
  );
}

/** Row and workflow. What came as a signal (a card was seen) may be a moment on its way to the row. */
async function sideBySide({ db, server }: Audited, id: string) {
  for (const until = Date.now() + 5_000; ; await pause(20)) {
    const row = await db
      .selectFrom('supervision_item')
      .select(['stage', 'state'])
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    if (row.stage === 'closed' || row.stage === 'withdrawn') return { state: row.state, living: null };
    const living = await server.client.workflow
      .getHandle(workflowIdOf('supervision_item', id))
      .query(stateQuery);
    if (isDeepStrictEqual(living, row.state) || Date.now() > until) return { state: row.state, living };
  }
}
