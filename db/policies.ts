/** What processes freeze as they start: the newest policies and rules. */
import type { IndicatorRules } from '../domain/indicator-task.ts';
import type { Instant } from '../domain/time.ts';
import type { ItemClass } from '../domain/vocabulary.ts';
import type { WarningPolicy } from '../domain/warning-policy.ts';
import type { ProcessRules, Watched } from '../domain/watching.ts';
import { stamp, type Db } from './client.ts';
import { latestPolicies } from './policy-versions.ts';
import { since } from './rules.ts';

/** The latest version of each policy, by name. */
export type Policies = Readonly<Record<string, WarningPolicy>>;

export async function currentPolicies(db: Db): Promise<Policies> {
  return Object.fromEntries((await latestPolicies(db, 'warning')).map(({ policy }) => [policy.name, policy]));
}

const byClass: Readonly<Record<ItemClass, string>> = {
  ordinary_item: 'rule_710_ordinary',
  complex_item: 'rule_710_complex',
  year_end_clear: 'year_end_clear',
  dated: 'standard',
};

/** The policy of an item's own deadline: the one it names, else its class's. Null when there is no such policy. */
export const policyFor = (
  policies: Policies,
  itemClass: ItemClass,
  explicitName: string | null = null,
): WarningPolicy | null => policies[explicitName ?? byClass[itemClass]] ?? null;

/** What a supervision item freezes at its start, by kind of deadline; null when the item's own is unknown. */
export function itemPolicies(
  policies: Policies,
  itemClass: ItemClass,
  explicitName: string | null = null,
): Watched['policies'] | null {
  const item = policyFor(policies, itemClass, explicitName);
  if (item === null) return null;
  const { acknowledgement, report, review } = policies;
  if (acknowledgement === undefined || report === undefined || review === undefined) return null;
  // A dispute waits for the same people as a review and is watched in the same way.
  return { item, acknowledgement, report, review, dispute: review };
}

export async function currentRules(db: Db): Promise<ProcessRules> {
  const { body } = await db
    .selectFrom('process_rules')
    .select('body')
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow();
  return { ...since, ...body };
}

export const asRow = (policy: WarningPolicy, at: Instant) => ({
  name: policy.name,
  version: policy.version,
  body: JSON.stringify(policy),
  created_at: stamp(at),
});

/** What an indicator task is watched by; null when a policy is unknown. */
export async function taskPolicies(
  db: Db,
): Promise<
  (names: { readonly warning_policy: string; readonly progress_policy: string }) => Watched['policies'] | null
> {
  const policies = await currentPolicies(db);
  const byProgress = new Map(
    (await latestPolicies(db, 'progress')).map(({ policy }) => [policy.name, policy]),
  );
  return ({ warning_policy, progress_policy }) => {
    const { acknowledgement, review, year_end_clear: year_end } = policies;
    // the office's choice watches the reports.
    const [report, progress] = [policies[warning_policy], byProgress.get(progress_policy)];
    if (!acknowledgement || !report || !review || !year_end || !progress) return null;
    return { acknowledgement, report, review, year_end, progress };
  };
}

export async function currentIndicatorRules(db: Db): Promise<IndicatorRules> {
  const { body } = await db
    .selectFrom('indicator_rules')
    .select('body')
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow();
  return { ...since, ...body };
}
