/** Sessions: opaque tokens, kept as hashes. Who asks and what they may do is read in one query. */
import { createHash, randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { createLookUp } from './batches.ts';
import { stamp, type Db, type Tx } from './client.ts';
import { moment } from './clock.ts';
import { scopeOfAccount } from './review-scope.ts';
import { localDateOf, later, MINUTE, type Instant, type LocalDate } from '../domain/time.ts';
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

export type Asking = {
  readonly token: string;
  readonly wall: Instant;
  readonly business: Instant;
  /** False where nobody has done anything: the session then ends by itself as if nobody had asked. */
  readonly touching?: boolean;
};

/** Rights hold at once: roles, portfolio, scope and disabling are read anew with every request. */
export function createSignedIn(db: Db, limits: SessionLimits): (asking: Asking) => Promise<SignedIn | null> {
  const lookUp = createLookUp(
    (hashes) => openSessions(db, hashes),
    ({ session_hash }) => session_hash,
  );
  return async ({ token, wall, business, touching = true }) => {
    const row = await lookUp(hashOf(token));
    if (row === null) return null;
    const { created_at, last_seen_at, portfolios, formers, ...signedIn } = row;
    if (created_at <= later(wall, -limits.sessionAbsoluteMinutes * MINUTE)) return null;
    if (last_seen_at <= later(wall, -limits.sessionIdleMinutes * MINUTE)) return null;
    if (touching && wall - last_seen_at > MINUTE) await touch(db, row.session_hash, wall);
    const today = localDateOf(business);
    const held = portfolios.filter(({ from, to }) => from <= today && (to === null || to >= today));
    return {
      ...signedIn,
      portfolio: [...new Set(held.map(({ unit }) => unit))].toSorted(),
      former_units: formers.filter(({ from }) => from <= today).map(({ unit }) => unit),
    };
  };
}

type FormerUnit = { readonly unit: string; readonly from: LocalDate };
type CityPost = { readonly unit: string; readonly from: LocalDate; readonly to: LocalDate | null };

/** Whose time has not been looked at yet. */
const openSessions = (db: Db, hashes: readonly string[]) =>
  db
    .selectFrom('session')
    .innerJoin('account', 'account.id', 'session.account_id')
    .innerJoin('person', 'person.id', 'account.person_id')
    .leftJoin('unit', 'unit.id', 'person.unit_id')
    .select([
      'session.token_hash as session_hash',
      'session.csrf_token',
      'session.created_at',
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
      sql<CityPost[]>`(
        select coalesce(json_agg(json_build_object('unit', held.unit_id, 'from', held.from_date, 'to', to_date)), '[]')
          from (select unit_id, from_date, to_date from post
                 where post.person_id = person.id and post.role = 'city_leader'
                 union all
                select merged.unit_id, greatest(merged.from_date, post.from_date), to_date from post
                  join unit_succession merged on merged.successor_id = post.unit_id
                 where post.person_id = person.id and post.role = 'city_leader') held)`.as('portfolios'),
      sql<FormerUnit[]>`(
        select coalesce(json_agg(json_build_object('unit', unit_id, 'from', from_date) order by unit_id), '[]')
          from unit_succession where successor_id = person.unit_id)`.as('formers'),
      scopeOfAccount.as('scope'),
    ])
    .where(sql<boolean>`session.token_hash = any(${[...hashes]}::text[])`)
    .where('session.ended_at', 'is', null)
    .where('account.disabled_at', 'is', null)
    .where((eb) =>
      eb.or([eb('account.password_is_one_time', '=', false), eb('session.for_setup', '=', true)]),
    )
    .execute();

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
