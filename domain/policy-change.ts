/** A policy's next version in place of the one that a process has frozen (domain.md 3: explicit, previewed, recorded). */
import type { Policies } from './deadline.ts';
import type { ProgressPolicy } from './progress-policy.ts';
import type { WarningPolicy } from './warning-policy.ts';

/** Policies by time and policies by progress have names of their own: one name may stand in both. */
export type PolicyChange =
  | { readonly sort: 'warning'; readonly policy: WarningPolicy }
  | { readonly sort: 'progress'; readonly policy: ProgressPolicy };

export type PolicySort = PolicyChange['sort'];

/** Only a newer version of what is frozen under the same name: applied twice, or late, it changes nothing. */
export function withPolicy(frozen: Policies, change: PolicyChange): Policies {
  const isNewer = (now: { readonly name: string; readonly version: number }) =>
    now.name === change.policy.name && now.version < change.policy.version;
  if (change.sort === 'progress') {
    const { progress } = frozen;
    return progress !== undefined && isNewer(progress) ? { ...frozen, progress: change.policy } : frozen;
  }
  const { progress, ...byTime } = frozen;
  const changed = Object.fromEntries(
    Object.entries(byTime).map(([deadline, now]) => [deadline, isNewer(now) ? change.policy : now]),
  );
  return progress === undefined ? changed : { ...changed, progress };
}
