import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { wallNow } from '../../db/clock.ts';
import { sweep } from '../../db/housekeeping.ts';
import { claimKey } from '../../db/idempotency.ts';
import { openSession } from '../../db/sessions.ts';
import { takeAttempt } from '../../db/throttle.ts';
import { DAY, HOUR, later } from '../../domain/time.ts';
import { freshDatabase, type FreshDatabase } from '../support/database.ts';
import { createAccount } from '../support/people.ts';

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());

test('what has had its time is swept away, what has not stays', async () => {
  const { db } = database;
  const { id } = await createAccount(db);
  const now = wallNow();
  for (const age of [31 * DAY, 2 * HOUR, 0]) {
    const at = later(now, -age);
    await openSession(db, id, at);
    await claimKey(db, { account_id: id, key: `${age}` }, 'hash', at, randomUUID());
    await takeAttempt(db, { account: `a${age}`, network: `n${age}` }, at);
  }
  await sweep(db, now);
  const left = async (table: 'session' | 'idempotency' | 'sign_in_throttle') =>
    (await db.selectFrom(table).selectAll().execute()).length;
  expect([await left('session'), await left('idempotency'), await left('sign_in_throttle')]).toEqual([
    2, 2, 2,
  ]);
});
