/** What a reviewer reviews: units and themes. Without a row, everything. */
import { sql } from 'kysely';
import type { ReviewScope } from '../domain/permissions.ts';
import type { Tx } from './client.ts';

/** What the account at hand reviews; null where nothing is written: everything. */
export const scopeOfAccount = sql<ReviewScope | null>`(
  select json_build_object(
           'units', coalesce(json_agg(unit_id order by unit_id) filter (where unit_id is not null), '[]'),
           'themes', coalesce(json_agg(theme order by theme) filter (where theme is not null), '[]'))
    from review_scope where review_scope.account_id = account.id having count(*) > 0)`;

/** What is reviewed from now on; null: everything. Throws foreign key violations for what does not exist. */
export async function replaceScope(tx: Tx, id: string, scope: ReviewScope | null): Promise<void> {
  await tx.deleteFrom('review_scope').where('account_id', '=', id).execute();
  const rows = [
    ...(scope?.units ?? []).map((unit_id) => ({ account_id: id, unit_id, theme: null })),
    ...(scope?.themes ?? []).map((theme) => ({ account_id: id, unit_id: null, theme })),
  ];
  if (rows.length > 0) await tx.insertInto('review_scope').values(rows).execute();
  await tx
    .updateTable('account')
    .set((row) => ({ version: row('version', '+', 1) }))
    .where('id', '=', id)
    .execute();
}
