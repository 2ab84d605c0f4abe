/** The first versions of the policies, as a process freezes them when it starts. */
import type { Policies } from '../domain/deadline.ts';
import { standardProgressPolicy } from '../domain/progress-policy.ts';
import type { ItemClass } from '../domain/vocabulary.ts';
import { standardPolicies, type WarningPolicy } from '../domain/warning-policy.ts';

const policy = (name: string): WarningPolicy => {
  const found = standardPolicies.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no policy ${name}`);
  return found;
};

export const taskPolicies: Policies = {
  acknowledgement: policy('acknowledgement'),
  report: policy('report'),
  review: policy('review'),
  year_end: policy('year_end_clear'),
  progress: standardProgressPolicy,
};

const byClass: Readonly<Record<ItemClass, string>> = {
  ordinary_item: 'rule_710_ordinary',
  complex_item: 'rule_710_complex',
  year_end_clear: 'year_end_clear',
  dated: 'standard',
};

export const itemPolicies = (item_class: ItemClass, named: string | null): Policies => ({
  item: policy(named ?? byClass[item_class]),
  acknowledgement: policy('acknowledgement'),
  report: policy('report'),
  review: policy('review'),
  dispute: policy('review'),
});
