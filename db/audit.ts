/**
 * The audit log: who did what to what, when, from where, with which result. Append-only (a trigger
 * refuses changes) and chained: each row's hash covers the row and the hash before it.
 */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { canonicalJson } from './canonical-json.ts';
import { stamp, type Db, type Tx } from './client.ts';
import { moment, wallNow } from './clock.ts';
import type { Anchor } from '../domain/auditor.ts';
import type { Instant } from '../domain/time.ts';

export type AuditEntry = {
  readonly account_id: string | null;
  /** The address that the request came from. */
  readonly network: string | null;
  /** An operation's name: `createAccount`, `signIn`. */
  readonly action: string;
  /** What it was done to: `account/<id>`, a path. */
  readonly subject?: string;
  /** `ok`, or `denied:` and `failed:` with the code. */
  readonly result: string;
  /** Never a phone number, a password or a token. */
  readonly detail?: Readonly<Record<string, unknown>>;
};

const AUDIT_LOCK = 7_101_001;
const FIRST = '0'.repeat(64);

/** Writes one line. Inside a transaction the line stands or falls with it. */
export async function audit(db: Db | Tx, entry: AuditEntry): Promise<void> {
  if (!db.isTransaction) return await db.transaction().execute((tx) => audit(tx, entry));
  // Two writers at once would both follow the same row; the lock ends with the transaction.
  await sql`select pg_advisory_xact_lock(${AUDIT_LOCK})`.execute(db);
  const last = await lastLine(db);
  const at = wallNow();
  const prev_hash = last?.hash ?? FIRST;
  const detail = entry.detail ?? {};
  const line = {
    account_id: entry.account_id,
    network: entry.network,
    action: entry.action,
    subject: entry.subject ?? null,
    result: entry.result,
  };
  await db
    .insertInto('audit_log')
    .values({
      ...line,
      at: stamp(at),
      detail: JSON.stringify(detail),
      prev_hash,
      hash: hashOf({ ...line, at, detail, prev_hash }),
    })
    .execute();
}

type HashedLine = {
  readonly at: Instant;
  readonly account_id: string | null;
  readonly network: string | null;
  readonly action: string;
  readonly subject: string | null;
  readonly result: string;
  readonly detail: unknown;
  readonly prev_hash: string;
};

function hashOf({ at, account_id, network, action, subject, result, detail, prev_hash }: HashedLine): string {
  const line = { at, account_id, network, action, subject, result, detail, prev_hash };
  return createHash('sha256').update(canonicalJson(line)).digest('hex');
}

export type AuditFilter = {
  readonly account_id?: string | undefined;
  readonly action?: string | undefined;
  readonly subject?: string | undefined;
  readonly from?: Instant | undefined;
  readonly to?: Instant | undefined;
};

/** Newest first; `before` is the id that the page begins under. */
export async function listAudit(db: Db, filter: AuditFilter, page: { limit: number; before: string | null }) {
  let query = db.selectFrom('audit_log').selectAll();
  if (filter.account_id !== undefined) query = query.where('account_id', '=', filter.account_id);
  if (filter.action !== undefined) query = query.where('action', '=', filter.action);
  if (filter.subject !== undefined) query = query.where('subject', '=', filter.subject);
  if (filter.from !== undefined) query = query.where('at', '>=', moment(filter.from));
  if (filter.to !== undefined) query = query.where('at', '<', moment(filter.to));
  if (page.before !== null) query = query.where('id', '<', page.before);
  return await query.orderBy('id', 'desc').limit(page.limit).execute();
}

/** Null while nothing has been logged. */
export async function lastLine(db: Db | Tx): Promise<Anchor['audit_log']> {
  const last = await db
    .selectFrom('audit_log')
    .select(['id', 'hash'])
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return last ?? null;
}

/** Null when there is no such line. */
export async function lineHash(db: Db, id: string): Promise<string | null> {
  const line = await db.selectFrom('audit_log').select('hash').where('id', '=', id).executeTakeFirst();
  return line?.hash ?? null;
}

const AT_ONCE = 1_000;

/** The ids of lines that are not what was written, or do not follow the one before. */
export async function brokenLines(
  db: Db,
  { after, upTo }: { readonly after: number; readonly upTo: number },
  goOn: () => void = () => undefined,
): Promise<readonly string[]> {
  const broken: string[] = [];
  const before = await db
    .selectFrom('audit_log')
    .select('hash')
    .where('id', '<=', String(after))
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  let prev_hash = before?.hash ?? FIRST;
  for (let seen = String(after); ;) {
    goOn();
    const lines = await db
      .selectFrom('audit_log')
      .selectAll()
      .where('id', '>', seen)
      .where('id', '<=', String(upTo))
      .orderBy('id')
      .limit(AT_ONCE)
      .execute();
    for (const line of lines) {
      if (line.prev_hash !== prev_hash || line.hash !== hashOf(line)) broken.push(line.id);
      prev_hash = line.hash;
      seen = line.id;
    }
    if (lines.length < AT_ONCE) return broken;
  }
}
