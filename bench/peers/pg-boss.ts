/** The ladder on pg-boss: one delayed job for the step that comes next; an extension makes the waiting job stale. */
import pg from 'pg';
import { PgBoss, type Db } from 'pg-boss';
import { TOLD_PER_CARD, tables, type Peer, type Step } from './peer.ts';

/** The least that pg-boss takes as its interval; a full batch is followed by the next at once. */
const EVERY_SECONDS = 0.5;
const AT_ONCE = 200;
const QUEUE = 'step';

type Job = { readonly id: string; readonly version: number; readonly index: number };
type Given = {
  readonly id: string;
  readonly version: number;
  readonly steps: readonly Step[];
  readonly next: number;
};

/** Jobs of a version that no longer stands, or of a step that was given already, find nothing. */
const GIVE = `
  with moved as (
    update item set card = steps -> next_step ->> 'level', next_step = next_step + 1
      from jsonb_to_recordset($1::jsonb) as job(id text, version int, index int)
     where item.id = job.id and item.version = job.version and item.next_step = job.index
    returning item.id, item.version, item.steps, item.next_step, item.card
  ), given as (
    insert into card select id, version, card, now() from moved
    returning item_id, version, level
  ), told as (
    insert into told
    select item_id, version, level, person from given cross join generate_series(1, ${TOLD_PER_CARD}) person
  ), history as (
    insert into history select item_id, now(), 'card', jsonb_build_object('level', level) from given
  )
  select id, version, steps, next_step as next from moved`;

export async function openPgBoss(databaseUrl: string): Promise<Peer & { readonly pool: pg.Pool }> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 20 });
  await pool.query(tables);
  const boss = new PgBoss({ connectionString: databaseUrl, max: 20 });
  boss.on('error', (error) => console.error(error));
  await boss.start();
  await boss.createQueue(QUEUE);
  const options = {
    transactional: true,
    batchSize: AT_ONCE,
    burstWhenBatchFull: true,
    pollingIntervalSeconds: EVERY_SECONDS,
  } as const;
  await boss.work<Job, void, typeof options>(QUEUE, options, async (jobs, db) => {
    const { rows } = await db.executeSql(GIVE, [JSON.stringify(jobs.map(({ data }) => data))]);
    await wait(db, rows as Given[]);
  });

  async function wait(db: Db, things: readonly Given[]): Promise<void> {
    const jobs = things.flatMap(({ id, version, steps, next }) => {
      const step = steps[next];
      const data: Job = { id, version, index: next };
      return step === undefined ? [] : [{ data, startAfter: new Date(step.at) }];
    });
    if (jobs.length > 0) await boss.insert(QUEUE, jobs, { db });
  }

  /** The item and its job in one transaction: pg-boss can write through the caller's connection. */
  async function write(text: string, values: readonly unknown[], steps: readonly Step[]): Promise<void> {
    const client = await pool.connect();
    try {
      await client.query('begin');
      const { rows } = await client.query<{ id: string; version: number }>(text, [...values]);
      const [written] = rows;
      if (written === undefined) throw new Error('no such item');
      const db: Db = { executeSql: (sql: string, parameters?: unknown[]) => client.query(sql, parameters) };
      await wait(db, [{ ...written, steps, next: 0 }]);
      await client.query('commit');
    } catch (error) {
      await client.query('rollback');
      throw error;
    } finally {
      client.release();
    }
  }

  return {
    pool,
    list: (id, steps) =>
      write(
        `with listed as (insert into item (id, version, steps) values ($1, 1, $2) returning id, version),
              told as (insert into history select id, now(), 'listed', $2::jsonb from listed)
         select id, version from listed`,
        [id, JSON.stringify(steps)],
        steps,
      ),
    extend: (id, steps) =>
      write(
        `with extended as (
           update item set version = version + 1, steps = $2, next_step = 0, card = null
            where id = $1 returning id, version
         ), told as (insert into history select id, now(), 'extended', $2::jsonb from extended)
         select id, version from extended`,
        [id, JSON.stringify(steps)],
        steps,
      ),
    async report(id, text) {
      const { rowCount } = await pool.query(
        `with reported as (update item set report = $2 where id = $1 returning id)
         insert into history select id, now(), 'reported', to_jsonb($2::text) from reported`,
        [id, text],
      );
      if (rowCount !== 1) throw new Error('no such item');
    },
    async close() {
      await boss.stop({ graceful: true, timeout: 5_000 });
      await pool.end();
    },
  };
}
