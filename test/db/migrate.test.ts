import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect, type Db } from '../../db/client.ts';
import { migrate } from '../../db/migrate.ts';
import { freshDatabase, type FreshDatabase } from '../support/database.ts';
import { eventually } from '../support/world.ts';

let database: FreshDatabase;
let db: Db;
beforeAll(async () => {
  database = await freshDatabase();
  // One connection, so that it is known which one migrates.
  db = connect({ url: database.url, maxConnections: 1, onError: () => undefined });
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

const timeout = async () =>
  (await sql<{ statement_timeout: string }>`show statement_timeout`.execute(db)).rows[0]?.statement_timeout;

test('a migration that takes longer than any statement may is not cut short; afterwards the limit holds again', async () => {
  const limit = await timeout();
  expect(limit).toBe('30s');
  await sql`set statement_timeout = '100ms'`.execute(db);
  const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db);
  const pid = rows[0]?.pid ?? 0;
  let applied: Promise<readonly string[]> | undefined;
  // Somebody is at the tables, as another server that migrates a great one would be.
  await database.db.transaction().execute(async (tx) => {
    await sql`lock table kysely_migration in access exclusive mode`.execute(tx);
    applied = migrate(db);
    applied.catch(() => undefined);
    await eventually(async () => {
      const waiting = await sql`
        select from pg_stat_activity
         where pid = ${pid} and wait_event_type = 'Lock' and clock_timestamp() - query_start > interval '300ms'`.execute(
        database.db,
      );
      return waiting.rows.length > 0 || undefined;
    }, 'it waits longer than a statement may take');
  });
  expect(await applied).toEqual([]);
  expect(await timeout()).toBe(limit);
});
