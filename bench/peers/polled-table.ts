/** The ladder on a plain table: whoever is due is taken by the hundred, in one statement that also gives the cards. */
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { TOLD_PER_CARD, tables, type Peer, type Step } from './peer.ts';

/** How often an idle table is looked at, and how many things are taken at once. */
const EVERY_MS = 500;
const AT_ONCE = 200;

const TAKE = `
  with due as (
    select id from item where next_at <= now() order by next_at limit ${AT_ONCE} for update skip locked
  ), moved as (
    update item
       set card = steps -> next_step ->> 'level',
           next_step = next_step + 1,
           next_at = to_timestamp((steps -> (next_step + 1) ->> 'at')::float8 / 1000)
      from due where item.id = due.id
    returning item.id, item.version, item.card
  ), given as (
    insert into card select id, version, card, now() from moved
    returning item_id, version, level
  ), told as (
    insert into told
    select item_id, version, level, person from given cross join generate_series(1, ${TOLD_PER_CARD}) person
  )
  insert into history select item_id, now(), 'card', jsonb_build_object('level', level) from given`;

export async function openPolledTable(databaseUrl: string): Promise<Peer & { readonly pool: pg.Pool }> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 20 });
  await pool.query(`${tables}; create index on item (next_at) where next_at is not null`);
  let open = true;
  const polling = poll();

  async function poll(): Promise<void> {
    while (open) {
      const { rowCount } = await pool.query(TAKE);
      // A full page: there is more, and nobody need wait for it.
      if (rowCount !== AT_ONCE) await pause(EVERY_MS);
    }
  }

  /** One statement is one transaction. */
  const write = async (text: string, values: readonly unknown[]): Promise<void> => {
    const { rowCount } = await pool.query(text, [...values]);
    if (rowCount !== 1) throw new Error('no such item');
  };
  const firstOf = (steps: readonly Step[]) => (steps[0] === undefined ? null : new Date(steps[0].at));

  return {
    pool,
    list: (id, steps) =>
      write(
        `with listed as (
           insert into item (id, version, steps, next_at) values ($1, 1, $2, $3) returning id
         )
         insert into history select id, now(), 'listed', $2::jsonb from listed`,
        [id, JSON.stringify(steps), firstOf(steps)],
      ),
    extend: (id, steps) =>
      write(
        `with extended as (
           update item set version = version + 1, steps = $2, next_step = 0, next_at = $3, card = null
            where id = $1 returning id
         )
         insert into history select id, now(), 'extended', $2::jsonb from extended`,
        [id, JSON.stringify(steps), firstOf(steps)],
      ),
    report: (id, text) =>
      write(
        `with reported as (update item set report = $2 where id = $1 returning id)
         insert into history select id, now(), 'reported', to_jsonb($2::text) from reported`,
        [id, text],
      ),
    async close() {
      open = false;
      await polling;
      await pool.end();
    },
  };
}
