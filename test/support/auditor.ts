/**
 * The invariant after every story and every fault: nothing missing, nothing double, every chain
 * unbroken, every open process can be taken over, and workflow = row = what the events say.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { sql } from 'kysely';
import { brokenEvents } from '../../db/auditor-chains.ts';
import { findFaults } from '../../db/auditor.ts';
import { eventsOf, type Thing } from '../../db/process-event.ts';
import { isEnded, openThings, someThings } from '../../db/things.ts';
import * as tasks from '../../domain/indicator-task.ts';
import * as items from '../../domain/supervision-item.ts';
import { workflowIdOf } from '../../workflows/client.ts';
import { stateQuery } from '../../workflows/messages.ts';
import { replay, type Remembered } from './replay.ts';
import type { World } from './world.ts';

export type Audited = Pick<World, 'db' | 'standIn'> & {
  readonly server: Pick<World['server'], 'client' | 'clock'>;
  readonly workerSurroundings: Pick<World['workerSurroundings'], 'workflows'>;
};

export async function auditEverything(world: Audited): Promise<string[]> {
  const { db, server, standIn } = world;
  const faults: string[] = [];
  for (const { kind, id, number } of await someThings(db, { after: null, limit: 10_000 })) {
    const thing = { kind, id };
    const { state, living } = await sideBySide(world, thing);
    if (living !== null && !isDeepStrictEqual(living, state))
      faults.push(`${number}: workflow and row differ`);
    const events = (await eventsOf(db, thing)).map(({ body }) => body as unknown);
    if (events.length === 0) continue;
    const told = JSON.parse(JSON.stringify(stateOf[kind](events))) as unknown;
    if (!isDeepStrictEqual(told, state)) faults.push(`${number}: events and row differ`);
  }
  faults.push(...(await brokenEvents(db, { after: 0, upTo: Number.MAX_SAFE_INTEGER })));
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
  const things = await openThings(db);
  const some = kinds.flatMap((kind) => things.filter((thing) => thing.kind === kind).slice(0, AT_MOST));
  const people = await db
    .selectFrom('notification')
    .select('person_id as id')
    .distinct()
    .where('message_id', 'is not', null)
    .limit(AT_MOST)
    .execute();
  const ids = [
    ...some.map(({ kind, id }) => workflowIdOf(kind, id)),
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
async function sideBySide({ db, server }: Audited, { kind, id }: Thing) {
  for (const until = Date.now() + 5_000; ; await pause(20)) {
    const { rows } = await sql<{ stage: string; state: unknown }>`
      select stage, state from ${sql.table(kind)} where id = ${id}`.execute(db);
    const [row] = rows;
    if (row === undefined || isEnded(row.stage)) return { state: row?.state, living: null };
    const living = await server.client.workflow.getHandle(workflowIdOf(kind, id)).query(stateQuery);
    if (isDeepStrictEqual(living, row.state) || Date.now() > until) return { state: row.state, living };
  }
}

const stateOf: Readonly<Record<Thing['kind'], (events: readonly unknown[]) => unknown>> = {
  supervision_item: (events) => items.evolveAll(null, events as readonly items.Event[]),
  indicator_task: (events) => tasks.evolveAll(null, events as readonly tasks.Event[]),
};
const kinds = Object.keys(stateOf) as Thing['kind'][];
