/** What a reviewer reviews: units and themes. Without a row, everything. */
import { sql } from 'kysely';
import type { ReviewScope } from '../domain/permissions.ts';
import type { Tx } from './client.ts';
import { recordset } from './recordset.ts';

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

/** What of an indicator may lie in somebody's scope. */
export type Reviewed = { readonly unit_id: string; readonly theme: string | null };

export type Reviewer = { readonly person_id: string; readonly reachable: boolean };

export const reviewedKey = ({ unit_id, theme }: Reviewed): string => `${unit_id}/${theme ?? ''}`;

/**
 * Who reviews each of these: those to whom its unit or theme was given; where it was given to nobody, those who
 * review everything. Disabled accounts review nothing.
 */
export async function reviewersOf(
  tx: Tx,
  all: readonly Reviewed[],
): Promise<ReadonlyMap<string, readonly Reviewer[]>> {
  const distinct = new Map(all.map((reviewed) => [reviewedKey(reviewed), reviewed]));
  if (distinct.size === 0) return new Map();
  const { rows } = await sql<Reviewed & Reviewer>`
    select unit_id, theme, person_id, reachable
      from (select new.unit_id, new.theme, person.id as person_id, person.phone_hash is not null as reachable,
                   given.to_them, bool_or(given.to_them) over (partition by new.unit_id, new.theme) as to_somebody
              from ${recordset([...distinct.values()], 'unit_id uuid, theme text')}
              join account_role on account_role.role = 'reviewer_scorer'
              join account on account.id = account_role.account_id and account.disabled_at is null
              join person on person.id = account.person_id
             cross join lateral (
                   select exists (select from review_scope scope
                                   where scope.account_id = account.id
                                     and (scope.unit_id = new.unit_id or scope.theme = new.theme)) as to_them) given
             where given.to_them or not exists (select from review_scope where account_id = account.id)) reviewer
     where to_them or not to_somebody
     order by person_id`.execute(tx);
  return Map.groupBy(rows, reviewedKey);
}
