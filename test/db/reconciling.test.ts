/** How much the reconciler does in one run. */
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Surroundings } from '../../activities/auditing.ts';
import { reconcile } from '../../activities/reconciling.ts';
import type { Db } from '../../db/client.ts';
import { seed } from '../../db/seed.ts';
import { system } from '../../domain/process.ts';
import { instantOn, localDate } from '../../domain/time.ts';
import { freshDatabase } from '../support/database.ts';
import { putItem } from '../support/items.ts';

const now = instantOn(localDate('2026-09-14'), '02:00');
let db: Db;
let drop: () => Promise<void>;

beforeAll(async () => {
  ({ db, drop } = await freshDatabase());
  await seed(db, now);
});
afterAll(() => drop());

test('of very many processes that are gone a run begins a thousand and names the others; the next run goes on', async () => {
  const { state } = await putItem(db, { facts: { due_on: localDate('2026-12-18') }, at: now, by: system });
  await sql`
    insert into supervision_item
    select (jsonb_populate_record(item, jsonb_build_object('id', gen_random_uuid(), 'number', '督〔2027〕' || n))).*
      from supervision_item item, generate_series(1, 1002) n`.execute(db);
  const runsNow = new Set<string>();
  const nobody = () => Promise.reject(new Error('nobody is asked that here'));
  const around: Surroundings = {
    db,
    clock: { now: () => Promise.resolve(now) },
    goOn: () => undefined,
    oversight: {
      running: (kind) => Promise.resolve(kind === 'supervision_item' ? new Set(runsNow) : new Set()),
      footprintOf: ({ id }) =>
        Promise.resolve(runsNow.has(id) ? { run_id: id, history_length: 3, history_bytes: 900 } : null),
      versionOf: ({ id }) => Promise.resolve(runsNow.has(id) ? state.version : null),
      begin: ({ id }) => {
        runsNow.add(id);
        return Promise.resolve();
      },
      recipientOf: nobody,
      beginRecipient: nobody,
      reproject: nobody,
      concluded: nobody,
    },
  };
  const run = async () => {
    const { faults } = await reconcile(around);
    const mended = faults.filter((fault) => fault.mended).length;
    return { begun: runsNow.size, mended, left: faults.length - mended };
  };
  expect(await run()).toEqual({ begun: 1_000, mended: 1_000, left: 3 });
  expect(await run()).toEqual({ begun: 1_003, mended: 3, left: 0 });
  expect(await run()).toEqual({ begun: 1_003, mended: 0, left: 0 });
});
