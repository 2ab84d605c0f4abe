/** Settings with versions: of supervision items, of indicator tasks, of messages. A version that is there is never changed. */
import { isDeepStrictEqual } from 'node:util';
import { sql } from 'kysely';
import type { IndicatorRules } from '../domain/indicator-task.ts';
import { defaultRecipientRules, type RecipientRules } from '../domain/recipient.ts';
import type { Instant } from '../domain/time.ts';
import type { CommonRules, ProcessRules } from '../domain/watching.ts';
import { when, type Db, type Tx } from './client.ts';

export type RulesOf = {
  readonly process: ProcessRules;
  readonly indicator: IndicatorRules;
  readonly recipient: RecipientRules;
};
export type RulesSort = keyof RulesOf;

export type RulesVersion<Rules> = {
  readonly version: number;
  /** Null for those that the system came with. */
  readonly created_at: Instant | null;
  readonly rules: Rules;
};

const tables = {
  process: 'process_rules',
  indicator: 'indicator_rules',
  recipient: 'recipient_rules',
} as const satisfies Record<RulesSort, string>;

/** What has become a setting since: rows that were written before have the default [D]. */
export const since = { review_red_unseen_working_days: 1 } satisfies Partial<CommonRules>;

/** Those of recipients are in no row until somebody changes them. */
export async function latestRules<Sort extends RulesSort>(
  db: Db | Tx,
  sort: Sort,
): Promise<RulesVersion<RulesOf[Sort]>> {
  const { rows } = await sql<RulesVersion<RulesOf[Sort]>>`
    select version, created_at, body as rules
      from ${sql.table(tables[sort])} order by version desc limit 1`.execute(db);
  const [latest] = rows;
  if (latest !== undefined)
    return sort === 'recipient' ? latest : { ...latest, rules: { ...since, ...latest.rules } };
  if (sort !== 'recipient') throw new Error(`no ${tables[sort]}: the database was not seeded`);
  return { version: 0, created_at: null, rules: defaultRecipientRules as RulesOf[Sort] };
}

/** What is the latest version's already makes no new one: a request asked again after a crash changes nothing. */
export async function addRules<Sort extends RulesSort>(
  tx: Tx,
  sort: Sort,
  change: (before: RulesVersion<RulesOf[Sort]>) => RulesOf[Sort],
  at: Instant,
): Promise<RulesVersion<RulesOf[Sort]>> {
  // Two people who change them at once get two versions, one after the other.
  await sql`select pg_advisory_xact_lock(hashtextextended(${tables[sort]}, 0))`.execute(tx);
  const before = await latestRules(tx, sort);
  const asked = change(before);
  if (isDeepStrictEqual({ ...asked, version: 0 }, { ...before.rules, version: 0 })) return before;
  const version = before.version + 1;
  // Processes keep by which version they were begun; messages are not begun by any.
  const rules = ('version' in asked ? { ...asked, version } : asked) as RulesOf[Sort];
  await sql`
    insert into ${sql.table(tables[sort])} (version, body, created_at)
    values (${version}, ${JSON.stringify(rules)}::jsonb, ${when(at)})`.execute(tx);
  return { version, created_at: at, rules };
}
