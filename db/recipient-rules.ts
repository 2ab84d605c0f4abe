/** Quiet hours, bundling, budget: policy data. Without a row of their own the defaults [D] hold. */
import { defaultRecipientRules, type RecipientRules } from '../domain/recipient.ts';
import type { Db } from './client.ts';

export async function currentRecipientRules(db: Db): Promise<RecipientRules> {
  const row = await db
    .selectFrom('recipient_rules')
    .select('body')
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.body ?? defaultRecipientRules;
}
