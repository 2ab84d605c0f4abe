/** A thing is opened by whoever reads it or a page below it, and by whoever acts on it: a red card has then been seen. */
import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyRequest } from 'fastify';
import { chainsTold } from '../db/warnings.ts';
import { roleFor, seesProcess } from '../domain/permissions.ts';
import { chainOf } from '../domain/watching.ts';
import { actingAs } from './acting.ts';
import { viewerOf } from './authentication.ts';
import type { AppDeps } from './deps.ts';
import { visible, type ProcessRow, type ShownKind } from './process-kind.ts';
import type { Named } from './schemas.ts';

type Deps = Pick<AppDeps, 'db' | 'processes'>;

/** The row when the viewer may see it, as it is once they have. */
export async function opened<Row extends ProcessRow, View extends Named>(
  shown: ShownKind<Row, View>,
  id: string,
  request: FastifyRequest,
  deps: Deps,
): Promise<Row> {
  return redCardSeen(shown, await visible(shown, id, viewerOf(request)), request, deps);
}

/** Somebody who was told of a red card has its thing before them. @returns the row as it is afterwards. */
export async function redCardSeen<Row extends ProcessRow, View extends Named>(
  { kind, find, ownersOf }: ShownKind<Row, View>,
  row: Row,
  request: FastifyRequest,
  { db, processes }: Deps,
): Promise<Row> {
  const viewer = viewerOf(request);
  const thing = { kind, id: row.id };
  const unseen = new Set(row.state.red_unseen.map(chainOf));
  if (unseen.size === 0) return row;
  const chains = (await chainsTold(db, thing, viewer.person_id)).filter((chain) => unseen.has(chain));
  if (chains.length === 0) return row;
  const role = roleFor(viewer, seesProcess, ownersOf(row)) ?? 'undertaking_unit';
  try {
    await processes.seen(thing, actingAs(role, viewer), chains);
  } catch (err) {
    // Reading must not fail because the engine is away; the card then climbs although it was seen.
    request.log.warn({ err }, 'a seen red card could not be told');
    return row;
  }
  // The next command names the version that is answered now: it should not have passed already.
  for (let looks = 0; looks < LOOKS; looks += 1) {
    await pause(LOOK_EVERY_MS);
    const now = await find(row.id);
    if (now !== null && !now.state.red_unseen.some((card) => chains.includes(chainOf(card)))) return now;
  }
  return row;
}

const LOOKS = 25;
const LOOK_EVERY_MS = 20;
