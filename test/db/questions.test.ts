/** Lists of a system that has run for years are read by an index, and stand in the order in which people count. */
import { Kysely, PostgresDialect, sql, type CompiledQuery } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Db } from '../../db/client.ts';
import { listAudit } from '../../db/audit.ts';
import { listItems } from '../../db/supervision-items.ts';
import type { Database } from '../../db/tables.ts';
import { listTodos } from '../../db/todos.ts';
import type { Viewer } from '../../domain/permissions.ts';
import { instant } from '../../domain/time.ts';
import { freshDatabase, type FreshDatabase } from '../support/database.ts';
import { createPerson, createUnit } from '../support/people.ts';

const MANY = 20_000;
const everything = { all: true } as const;
const firstPage = { limit: 50, after: null } as const;

let database: FreshDatabase;
let db: Db;
let unit: string;
let person: string;

/** As after some years; only what the questions read is filled in. */
beforeAll(async () => {
  database = await freshDatabase();
  ({ db } = database);
  unit = (await createUnit(db)).id;
  const other = (await createUnit(db)).id;
  person = (await createPerson(db, { unit_id: unit })).id;
  await sql`
    insert into supervision_item (id, number, title, aspect, item_class, importance, lead_unit_id, stage, state,
                                  version, created_at, started_at)
    select gen_random_uuid(), '督〔2026〕' || lpad(n::text, greatest(4, length(n::text)), '0'), '事项' || n, 'key_work', 'dated', 'normal',
           ${other}::uuid, 'progress_reporting', '{}', 1, now() - n * interval '1 minute', now()
      from generate_series(1, ${sql.lit(MANY)}) n`.execute(db);
  await sql`
    insert into todo (id, thing_kind, thing_id, key, what, unit_id, role, due_at, opened_at)
    select gen_random_uuid(), 'supervision_item', id, 'report', '待汇报', ${other}::uuid, 'undertaking_unit',
           created_at + interval '30 days', created_at
      from supervision_item`.execute(db);
  await sql`
    insert into todo (id, thing_kind, thing_id, key, what, unit_id, role, due_at, opened_at)
    select gen_random_uuid(), 'supervision_item', id, 'close', '待办结', ${unit}::uuid, 'undertaking_unit',
           created_at + interval '30 days', created_at
      from supervision_item where number like '%0'  limit 30`.execute(db);
  await sql`
    insert into audit_log (at, account_id, action, subject, result, prev_hash, hash)
    select now() - n * interval '1 minute', gen_random_uuid(), 'signIn', 'account/' || (n % 5000), 'ok', '', ''
      from generate_series(1, ${sql.lit(MANY)}) n`.execute(db);
  await sql`
    insert into evidence (id, file_name, media_type, size_bytes, sha256, stored_as, unit_id, uploaded_by, uploaded_at)
    select gen_random_uuid(), 'a.pdf', 'application/pdf', 1, '', '', ${other}::uuid, ${person}::uuid, now()
      from generate_series(1, ${sql.lit(MANY)}) n`.execute(db);
  await sql`analyze`.execute(db);
});
afterAll(() => database.drop());

/** By which indexes PostgreSQL answers what is asked meanwhile, and which great tables it reads as a whole. */
async function readBy(ask: (listening: Db) => Promise<unknown>): Promise<string[]> {
  const asked: CompiledQuery[] = [];
  const pool = new pg.Pool({ connectionString: database.url });
  const listening = new Kysely<Database>({
    dialect: new PostgresDialect({ pool }),
    log: ({ query }) => void asked.push(query),
  });
  await ask(listening);
  const found = new Set<string>();
  for (const { sql: text, parameters } of asked) {
    const { rows } = await pool.query<{ 'QUERY PLAN': string }>(`explain ${text}`, [...parameters]);
    for (const { 'QUERY PLAN': line } of rows) {
      const [, index] = /(?: using|Bitmap Index Scan on) (\S+)/.exec(line) ?? [];
      const [, table] = /Seq Scan on (supervision_item|todo|audit_log|evidence)\b/.exec(line) ?? [];
      if (index !== undefined) found.add(index);
      if (table !== undefined) found.add(`all of ${table}`);
    }
  }
  await listening.destroy();
  return [...found].filter((name) => !name.endsWith('_pkey')).toSorted();
}

test('items by their numbers, by the day of their end, and the newest first', async () => {
  const page = (order: 'number' | 'due_at' | '-created_at') =>
    readBy((asked) => listItems(asked, everything, {}, { order, ...firstPage }));
  expect(await page('number')).toEqual(['items_by_number']);
  expect(await page('due_at')).toEqual(['supervision_items_by_due']);
  expect(await page('-created_at')).toEqual(['items_newest_first']);
});

test('numbers stand as people count, and so do the newest first, page by page without a gap', async () => {
  const numbers: string[] = [];
  for (let after: readonly string[] | null = null; ;) {
    const rows: Awaited<ReturnType<typeof listItems>> = await listItems(
      db,
      everything,
      {},
      {
        order: 'number',
        limit: 5_000,
        after,
      },
    );
    numbers.push(...rows.map(({ number }) => number));
    const last = rows.at(-1);
    if (last === undefined) break;
    after = [last.sort_key, last.id];
  }
  expect(numbers).toHaveLength(MANY);
  expect(numbers.slice(9_998, 10_001)).toEqual(['督〔2026〕9999', '督〔2026〕10000', '督〔2026〕10001']);
  const newest = await listItems(db, everything, {}, { order: '-created_at', limit: 2, after: null });
  const [, second] = newest;
  const next = await listItems(
    db,
    everything,
    {},
    {
      order: '-created_at',
      limit: 1,
      after: [second?.sort_key ?? '', second?.id ?? ''],
    },
  );
  expect([...newest, ...next].map(({ number }) => number)).toEqual([
    '督〔2026〕0001',
    '督〔2026〕0002',
    '督〔2026〕0003',
  ]);
});

test("what waits for a unit is found by its role, and each one's item by itself", async () => {
  const viewer: Viewer = {
    person_id: person,
    unit_id: unit,
    roles: ['undertaking_unit'],
    portfolio: [],
    scope: null,
  };
  const found = await readBy((asked) => listTodos(asked, viewer, firstPage));
  expect(found).toContain('todos_of_a_role');
  expect(found.filter((name) => name.startsWith('all of'))).toEqual([]);
  const waiting = await listTodos(db, viewer, firstPage);
  expect(waiting).toHaveLength(30);
  expect(waiting.every(({ number, title }) => number?.startsWith('督') && title?.startsWith('事项'))).toBe(
    true,
  );
});

test('lines of the audit log by whom they are about, by what was done, and by time', async () => {
  const page = { limit: 50, before: null };
  const log = (filter: Parameters<typeof listAudit>[1]) => readBy((asked) => listAudit(asked, filter, page));
  expect(await log({ subject: 'account/7' })).toEqual(['audit_of_a_subject']);
  expect(await log({ action: 'replaceRoles' })).toEqual(['audit_of_an_action']);
  const { rows } = await sql<{ at: number }>`select min(at) as at from audit_log`.execute(db);
  const first = instant(Number(rows[0]?.at));
  expect(await log({ to: instant(first + 3_600_000) })).toEqual(['audit_by_time']);
});

test("a unit's space is summed up from its own files", async () => {
  const used = (asked: Db) =>
    asked
      .selectFrom('evidence')
      .select(sql<string>`coalesce(sum(size_bytes), 0)`.as('used'))
      .where('unit_id', '=', unit)
      .execute();
  expect(await readBy(used)).toEqual(['evidence_of_a_unit']);
});

test('numbers of another form stand where they did', async () => {
  const { rows } = await sql<{ number: string }>`
    select number from unnest(array['督查专报', '督〔2025〕10000', '督〔2026〕2号', '督〔2026〕12号', '督〔2026〕12345678901']) number
     order by number_order(number) collate "C"`.execute(db);
  expect(rows.map(({ number }) => number)).toEqual([
    '督〔2025〕10000',
    '督〔2026〕2号',
    '督〔2026〕12号',
    '督〔2026〕12345678901',
    '督查专报',
  ]);
});
