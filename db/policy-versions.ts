/** Policies by time and by progress: rows with versions. A version that is there is never changed. */
import { isDeepStrictEqual } from 'node:util';
import { sql } from 'kysely';
import type { PolicySort } from '../domain/policy-change.ts';
import type { ProgressPolicy } from '../domain/progress-policy.ts';
import type { Instant } from '../domain/time.ts';
import type { WarningPolicy } from '../domain/warning-policy.ts';
import { when, type Db, type Tx } from './client.ts';

export type PolicyOf = { readonly warning: WarningPolicy; readonly progress: ProgressPolicy };
export type PolicyVersion<Policy = WarningPolicy> = {
  readonly policy: Policy;
  readonly created_at: Instant;
};

const tables = { warning: 'warning_policy', progress: 'progress_policy' } as const;

/** The latest version of each, in the order of their names. */
export async function latestPolicies<Sort extends PolicySort>(
  db: Db | Tx,
  sort: Sort,
): Promise<readonly PolicyVersion<PolicyOf[Sort]>[]> {
  const { rows } = await sql<PolicyVersion<PolicyOf[Sort]>>`
    select distinct on (name) body as policy, created_at
      from ${sql.table(tables[sort])} order by name, version desc`.execute(db);
  return rows;
}

/** Newest first; empty when there is no such policy. */
export async function policyVersions<Sort extends PolicySort>(
  db: Db | Tx,
  sort: Sort,
  name: string,
): Promise<readonly PolicyVersion<PolicyOf[Sort]>[]> {
  const { rows } = await sql<PolicyVersion<PolicyOf[Sort]>>`
    select body as policy, created_at
      from ${sql.table(tables[sort])} where name = ${name} order by version desc`.execute(db);
  return rows;
}

/**
 * Stores the next version of a policy; open processes keep theirs, it was frozen into them. What is
 * the latest version's already makes no new one: a request asked again after a crash changes nothing.
 */
export async function addPolicyVersion<Sort extends PolicySort>(
  tx: Tx,
  sort: Sort,
  policy: Omit<PolicyOf[Sort], 'version'> & { readonly name: string },
  at: Instant,
): Promise<PolicyVersion<PolicyOf[Sort]>> {
  const { name } = policy;
  // Two people who publish at once get two versions, one after the other.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`${tables[sort]}/${name}`}, 0))`.execute(tx);
  const [latest] = await policyVersions(tx, sort, name);
  if (
    latest !== undefined &&
    isDeepStrictEqual({ ...latest.policy, version: 0 }, { ...policy, version: 0 })
  ) {
    return latest;
  }
  const version = (latest?.policy.version ?? 0) + 1;
  const next = { ...policy, version };
  await sql`
    insert into ${sql.table(tables[sort])} (name, version, body, created_at)
    values (${name}, ${version}, ${JSON.stringify(next)}::jsonb, ${when(at)})`.execute(tx);
  return { policy: next as PolicyOf[Sort], created_at: at };
}
