/**
 * Guessing passwords is slowed down, by account and by network, with a delay that grows and never
 * becomes a lock. An attempt is counted before the password is looked at: a hundred at once are then
 * no faster than one after another.
 */
import { sql } from 'kysely';
import { HOUR, later, type Instant } from '../domain/time.ts';
import { stamp, type Db } from './client.ts';
import { moment } from './clock.ts';

type Limit = { readonly free: number; readonly capSeconds: number };

/** Behind one network a whole office may sit. */
const limits = {
  account: { free: 5, capSeconds: 900 },
  network: { free: 60, capSeconds: 300 },
} as const satisfies Record<string, Limit>;

/** After an hour without a failure the count begins anew. */
const FORGOTTEN_AFTER = HOUR;

export type Attempt = { readonly account: string; readonly network: string };

/** Counts an attempt, or tells until when none is taken. @param at the wall's time. */
export async function takeAttempt(
  db: Db,
  { account, network }: Attempt,
  at: Instant,
): Promise<Instant | null> {
  return (
    (await count(db, `network:${network}`, limits.network, at)) ??
    (await count(db, `account:${account}`, limits.account, at))
  );
}

/** The password was right: neither the account nor the network is to suffer for it. */
export async function forgetAttempt(db: Db, { account, network }: Attempt): Promise<void> {
  await db.deleteFrom('sign_in_throttle').where('subject', '=', `account:${account}`).execute();
  await db
    .updateTable('sign_in_throttle')
    .set((row) => ({ failures: sql<number>`greatest(${row.ref('failures')} - 1, 0)` }))
    .where('subject', '=', `network:${network}`)
    .execute();
}

async function count(
  db: Db,
  subject: string,
  { free, capSeconds }: Limit,
  at: Instant,
): Promise<Instant | null> {
  const now = stamp(at);
  // 0 s while free, then 1, 3, 7, 15 … s after each attempt, up to the cap.
  const taken = await sql<{ failures: number }>`
    insert into sign_in_throttle as throttle (subject, failures, not_before)
    values (${subject}, 1, ${now})
    on conflict (subject) do update set
      failures = case when throttle.not_before < ${stamp(later(at, -FORGOTTEN_AFTER))} then 1 else throttle.failures + 1 end,
      not_before = ${now}::timestamptz + make_interval(secs => case
        when throttle.not_before < ${stamp(later(at, -FORGOTTEN_AFTER))} then 0
        else least(${capSeconds}, power(2, least(greatest(throttle.failures + 1 - ${free}, 0), 20)) - 1)
      end)
    where throttle.not_before <= ${now}
    returning failures`.execute(db);
  if (taken.rows.length > 0) return null;
  const row = await db
    .selectFrom('sign_in_throttle')
    .select('not_before')
    .where('subject', '=', subject)
    .executeTakeFirst();
  return row?.not_before ?? at;
}

export async function forgetOldAttempts(db: Db, at: Instant): Promise<void> {
  await db
    .deleteFrom('sign_in_throttle')
    .where('not_before', '<', moment(later(at, -FORGOTTEN_AFTER)))
    .execute();
}
