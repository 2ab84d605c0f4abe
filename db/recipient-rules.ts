/** Quiet hours, bundling, budget: policy data. Without a row of their own the defaults [D] hold. */
import { defaultRecipientRules, type RecipientRules } from '../domain/recipient.ts';
import type { Db } from './client.ts';
import { latestRules } from './rules.ts';

/** What a row of an earlier version does not say is as it is by default. */
export async function currentRecipientRules(db: Db): Promise<RecipientRules> {
  const { rules } = await latestRules(db, 'recipient');
  return { ...defaultRecipientRules, ...rules };
}
