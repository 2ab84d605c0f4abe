/** What `standard` on an indicator has meant before 0014, and means after it. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seed } from '../../db/seed.ts';
import { system } from '../../domain/process.ts';
import { instantOn, localDate } from '../../domain/time.ts';
import { facts } from '../domain/annual-list-rows.ts';
import { freshDatabase, type FreshDatabase } from '../support/database.ts';
import { createAccount, createPerson, createUnit } from '../support/people.ts';
import { putTask } from '../support/tasks.ts';

const now = instantOn(localDate('2026-03-02'), '09:00');
let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
  await seed(database.db, now);
});
afterAll(() => database.drop());

test('what an earlier version has listed, proposed or looked through keeps the policy that it was watched by', async () => {
  const { db } = database;
  const unit = await createUnit(db);
  const { id: person_id } = await createPerson(db, { unit_id: unit.id });
  const { id: account } = await createAccount(db);
  const listed = await putTask(db, { unit_id: unit.id, person_id, at: now, by: system });
  const chosen = await putTask(db, { unit_id: unit.id, person_id, at: now, by: system });
  await sql`update indicator set warning_policy = 'standard' where id = ${listed.id}`.execute(db);
  await sql`update indicator set warning_policy = 'year_end_clear' where id = ${chosen.id}`.execute(db);
  const written = JSON.stringify([
    facts({ warning_policy: 'year_end_clear' }),
    facts({ warning_policy: 'standard' }),
  ]);
  const proposed = async (state: 'proposed' | 'rejected') => {
    const id = randomUUID();
    await sql`
      insert into weight_change (id, year, kind, from_date, reason, weights, additions, proposed_by, proposed_at, state,
        rejected_reason)
      values (${id}, 2026, 'dynamic', '2026-04-01', '新增', '[]', ${written}::jsonb, ${account},
        '2026-03-02T09:00:00+08:00', ${state}, ${state === 'rejected' ? '不需要' : null})`.execute(db);
    return id;
  };
  const [waits, isPast] = [await proposed('proposed'), await proposed('rejected')];
  await sql`
    insert into import (id, kind, file_name, sha256, state, faults, rows, total, account_id, created_at)
    values (${randomUUID()}, 'annual_list', '清单.xlsx', '0', 'ready', '[]',
      jsonb_build_object('annual_list', jsonb_build_object('year', 2026, 'rows', '[2, 3]'::jsonb, 'indicators', ${written}::jsonb)),
      2, ${account}, '2026-03-02T09:00:00+08:00')`.execute(db);

  const file = new URL('../../db/migrations/0014-policy-as-chosen.sql', import.meta.url);
  await sql.raw(await readFile(file, 'utf8')).execute(db);

  const { rows: policies } = await sql<{ id: string; warning_policy: string }>`
    select id, warning_policy from indicator`.execute(db);
  expect(new Map(policies.map((row) => [row.id, row.warning_policy]))).toEqual(
    new Map([
      [listed.id, 'report'],
      [chosen.id, 'year_end_clear'],
    ]),
  );
  const { rows: changes } = await sql<{ id: string; additions: object[] }>`
    select id, additions from weight_change`.execute(db);
  const additionsOf = (id: string) => changes.find((change) => change.id === id)?.additions;
  expect(additionsOf(waits)).toMatchObject([
    { warning_policy: 'year_end_clear', points: '100' },
    { warning_policy: 'report', points: '100' },
  ]);
  expect(additionsOf(isPast)).toMatchObject([
    { warning_policy: 'year_end_clear' },
    { warning_policy: 'standard' },
  ]);
  const { rows: imports } = await sql<{
    list: object;
  }>`select rows -> 'annual_list' as list from import`.execute(db);
  expect(imports).toMatchObject([
    {
      list: {
        year: 2026,
        rows: [2, 3],
        indicators: [{ warning_policy: 'year_end_clear' }, { warning_policy: 'report', name: '新建水库' }],
      },
    },
  ]);
});
