/** Sessions: opaque tokens, kept as hashes. Who asks and what they may do is read in one query. */
import { createHash, randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { stamp, type Db, type Tx } from './client.ts';
import { moment } from './clock.ts';
import { scopeOfAccount } from './review-scope.ts';
import { localDateOf, later, MINUTE, type Instant } from '../domain/time.ts';
import type { Viewer } from '../domain/permissions.ts';
import type { Role } from '../domain/vocabulary.ts';

export type SignedIn = Viewer & {
  readonly account_id: string;
  readonly account: string;
  readonly name: string;
  readonly unit_name: string | null;
  readonly csrf_token: string;
  readonly session_hash: string;
};

export type SessionLimits = { readonly sessionIdleMinutes: number; readonly sessionAbsoluteMinutes: number };

const hashOf = (token: string) => createHash('sha256').update(token).digest('hex');
/** 256 bits. */
const newToken = () => randomBytes(32).toString('base64url');

/** @param at the wall's time, as everywhere here. */
export async function openSession(db: Db | Tx, account_id: string, at: Instant, { forSetup = false } = {}) {
  const token = newToken();
  const csrf_token = newToken();
  await db
    .insertInto('session')
    .values({
      token_hash: hashOf(token),
      account_id,
      csrf_token,
      created_at: stamp(at),
      last_seen_at: stamp(at),
      for_setup: forSetup,
    })
    .execute();
  return { token, csrf_token };
}

/**
 * Rights hold at once: roles, portfolio and disabling are read anew with every request.
 * @param touching false where nobody has done anything: the session then ends by itself as if nobody had asked.
 */
export async function signedInBy(
  db: Db,
  token: string,
  limits: SessionLimits,
  { wall, business, touching = true }: { wall: Instant; business: Instant; touching?: boolean },
): Promise<SignedIn | null> {
  const today = localDateOf(business);
  const row = await db
    .selectFrom('session')
    .innerJoin('account', 'account.id', 'session.account_id')
    .innerJoin('person', 'person.id', 'account.person_id')
    .leftJoin('unit', 'unit.id', 'person.unit_id')
    .select([
      'session.token_hash as session_hash',
      'session.csrf_token',
      'session.last_seen_at',
      'account.id as account_id',
      'account.account',
      'person.id as person_id',
      'person.name',
      'person.unit_id',
      'unit.name as unit_name',
      sql<
        Role[]
      >`array(select role from account_role where account_role.account_id = account.id order by role)`.as(
        'roles',
      ),
      sql<string[]>`array(
        select distinct post.unit_id::text from post
        where post.person_id = person.id and post.role = 'city_leader'
          and post.from_date <= ${today} and (post.to_date is null or post.to_date >= ${today})
        order by 1)`.as('portfolio'),
      scopeOfAccount.as('scope'),
    ])
    .where('session.token_hash', '=', hashOf(token))
    .where('session.ended_at', 'is', null)
    .where('session.created_at', '>', moment(later(wall, -limits.sessionAbsoluteMinutes * MINUTE)))
    .where('session.last_seen_at', '>', moment(later(wall, -limits.sessionIdleMinutes * MINUTE)))
    .where('account.disabled_at', 'is', null)
    .where((eb) =>
      eb.or([eb('account.password_is_one_time', '=', false), eb('session.for_setup', '=', true)]),
    )
    .executeTakeFirst();
  if (row === undefined) return null;
  const { last_seen_at, ...signedIn } = row;
  if (touching && wall - last_seen_at > MINUTE) await touch(db, row.session_hash, wall);
  return signedIn;
}

/** Once a minute is exact enough for an idle time-out, and spares a write per request. */
async function touch(db: Db, session_hash: string, at: Instant): Promise<void> {
  await db
    .updateTable('session')
    .set({ last_seen_at: stamp(at) })
    .where('token_hash', '=', session_hash)
    .where('last_seen_at', '<', moment(at))
    .execute();
}

export async function endSession(db: Db, session_hash: string, at: Instant): Promise<void> {
  await db
    .updateTable('session')
    .set({ ended_at: stamp(at) })
    .where('token_hash', '=', session_hash)
    .where('ended_at', 'is', null)
    .execute();
}

export const endSessionOfToken = (db: Db, token: string, at: Instant): Promise<void> =>
  endSession(db, hashOf(token), at);

export async function endSessionsOf(db: Db | Tx, account_id: string, at: Instant): Promise<void> {
  await db
    .updateTable('session')
    .set({ ended_at: stamp(at) })
    .where('account_id', '=', account_id)
    .where('ended_at', 'is', null)
    .execute();
}
