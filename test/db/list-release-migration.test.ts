/** 0013 makes good what earlier versions did not tell: what is lacking is told once more, and nothing else. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { when } from '../../db/client.ts';
import { seed } from '../../db/seed.ts';
import type { Actor } from '../../domain/process.ts';
import { instantOn, localDate } from '../../domain/time.ts';
import { freshDatabase } from '../support/database.ts';
import { createAccount, createUnit } from '../support/people.ts';
import { putTask } from '../support/tasks.ts';

const at = instantOn(localDate('2026-05-04'), '10:00');

/** The part of it that changes rows; the tables are as they are after it. */
async function makesGood(): Promise<string> {
  const file = new URL('../../db/migrations/0013-list-release.sql', import.meta.url);
  const text = await readFile(file, 'utf8');
  return text.slice(text.indexOf('update weight_change'));
}

test('a promotion and a weight that a task does not know are told again, those that it knows are not', async ({
  onTestFinished,
}) => {
  const { db, drop } = await freshDatabase();
  onTestFinished(drop);
  await seed(db, at);
  const unit = await createUnit(db);
  const proposer = await createAccount(db, { unit });
  const confirmer = await createAccount(db, { unit });
  const by: Actor = {
    kind: 'person',
    person_id: proposer.person.id,
    unit_id: unit.id,
    role: 'assessment_admin',
  };
  const put = (facts: object) =>
    putTask(db, { unit_id: unit.id, person_id: proposer.person.id, at, by, facts });
  const [knows, missed, promoted, common] = [
    await put({}),
    await put({}),
    await put({}),
    await put({ kind: 'common', theme: 'ideology' }),
  ];
  await sql`
    update indicator_task set state = jsonb_set(state, '{weights}', '[{"effective_from": "2026-05-15"}]')
     where id = ${knows.id}`.execute(db);
  const change = async (kind: string, weighed: readonly string[], promotes: string | null) => {
    const id = randomUUID();
    await sql`
      insert into weight_change
        (id, year, kind, from_date, reason, weights, additions, promotes, proposed_by, proposed_at, state,
         confirmed_by, confirmed_at, told)
      values (${id}, 2026, ${kind}, '2026-05-15', '调整',
              ${JSON.stringify(weighed.map((indicator_id) => ({ indicator_id, points: '3' })))}, '[]',
              ${promotes === null ? null : JSON.stringify({ indicator_id: promotes, theme: 'ideology' })},
              ${proposer.id}, ${when(at)}, 'confirmed', ${confirmer.id}, ${when(at)}, true)`.execute(db);
    return id;
  };
  const told = await change('weights', [knows.id], null);
  const late = await change('weights', [knows.id, missed.id], null);
  const lost = await change('promotion', [], promoted.id);
  const known = await change('promotion', [], common.id);
  await sql`
    insert into list_release (year, id, stage, released_by, begun_at, ended_at)
    values (2026, ${randomUUID()}, 'released', '{}', ${when(at)}, ${when(at)})`.execute(db);

  await sql.raw(await makesGood()).execute(db);
  const { rows } = await sql<{ id: string; told: boolean }>`select id, told from weight_change`.execute(db);
  expect(Object.fromEntries(rows.map((row) => [row.id, row.told]))).toEqual({
    [told]: true,
    [late]: false,
    [lost]: false,
    [known]: true,
  });
  const release = await db.selectFrom('list_release').select(['stage', 'ended_at']).executeTakeFirst();
  expect(release).toEqual({ stage: 'releasing', ended_at: null });
});
