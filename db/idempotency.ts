/** What was already asked under a key, and what was answered. One statement decides who goes first. */
import { sql } from 'kysely';
import { stamp, type Db } from './client.ts';
import { moment } from './clock.ts';
import { later, type Instant, DAY, MINUTE } from '../domain/time.ts';

/** A request that nobody finished for so long died with its process. */
const ABANDONED_AFTER = MINUTE;
export const KEPT_FOR = 30 * DAY;

export type StoredAnswer = {
  readonly status: number;
  readonly headers: Record<string, string>;
  /** The answer's text, byte for byte. */
  readonly body: string;
};

export type Claim =
  | { readonly kind: 'claimed' }
  | { readonly kind: 'answered'; readonly answer: StoredAnswer }
  | { readonly kind: 'running' }
  | { readonly kind: 'other_request' };

export type KeyOfRequest = { readonly account_id: string; readonly key: string };

/**
 * @param at the wall's time.
 * @param claimed_by a uuid of this attempt's own: repeated with it, a claim is the same claim.
 */
export async function claimKey(
  db: Db,
  { account_id, key }: KeyOfRequest,
  request_hash: string,
  at: Instant,
  claimed_by: string,
): Promise<Claim> {
  const claimed = await db
    .insertInto('idempotency')
    .values({ account_id, key, request_hash, state: 'running', claimed_by, at: stamp(at) })
    .onConflict((conflict) =>
      conflict
        .columns(['account_id', 'key'])
        .doUpdateSet({
          request_hash,
          state: 'running',
          claimed_by,
          status: null,
          headers: null,
          body: null,
          at: stamp(at),
        })
        .where((row) =>
          row.or([
            row.and([
              row('idempotency.state', '=', 'running'),
              row('idempotency.request_hash', '=', request_hash),
              row('idempotency.at', '<', moment(later(at, -ABANDONED_AFTER))),
            ]),
            row.and([
              row('idempotency.state', '=', 'running'),
              row('idempotency.claimed_by', '=', claimed_by),
            ]),
            row('idempotency.at', '<', moment(later(at, -KEPT_FOR))),
          ]),
        ),
    )
    .returning(unhurried.as('claimed'))
    .executeTakeFirst();
  if (claimed !== undefined) return { kind: 'claimed' };

  const row = await db
    .selectFrom('idempotency')
    .selectAll()
    .where('account_id', '=', account_id)
    .where('key', '=', key)
    .executeTakeFirst();
  // Given up between the two statements: its sender may simply ask again.
  if (row === undefined) return { kind: 'running' };
  if (row.request_hash !== request_hash) return { kind: 'other_request' };
  if (row.state === 'running' || row.status === null) return { kind: 'running' };
  return {
    kind: 'answered',
    answer: { status: row.status, headers: row.headers ?? {}, body: String(row.body) },
  };
}

/**
 * Committed without waiting for the disk, which the thing asked for waits for anyway. What a power cut
 * takes is as if this process had died a moment earlier: the key is free after a minute, and the same
 * request under it does nothing twice.
 */
const unhurried = sql<string>`set_config('synchronous_commit', 'off', true)`;

export async function keepAnswer(
  db: Db,
  { account_id, key }: KeyOfRequest,
  answer: StoredAnswer,
): Promise<void> {
  await db
    .updateTable('idempotency')
    .set({
      state: 'done',
      status: answer.status,
      headers: JSON.stringify(answer.headers),
      body: JSON.stringify(answer.body),
    })
    .where('account_id', '=', account_id)
    .where('key', '=', key)
    .returning(unhurried.as('kept'))
    .execute();
}

/** Nothing was done under it: the key is as if it had never been used. */
export async function giveKeyBack(db: Db, { account_id, key }: KeyOfRequest): Promise<void> {
  await db
    .deleteFrom('idempotency')
    .where('account_id', '=', account_id)
    .where('key', '=', key)
    .where('state', '=', 'running')
    .execute();
}

/** @returns how many were old enough to forget. */
export async function forgetOldKeys(db: Db, at: Instant): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('idempotency')
    .where('at', '<', moment(later(at, -KEPT_FOR)))
    .executeTakeFirst();
  return Number(numDeletedRows);
}
