/** New versions of policies for what is open already; how they are applied is in replans.ts. */
import { sql } from 'kysely';
import type { PolicyChange, PolicySort } from '../domain/policy-change.ts';
import { when, type Tx } from './client.ts';
import { replanOf, type Replanning } from './replans.ts';

export type PolicyApplication = Replanning & {
  readonly sort: PolicySort;
  readonly name: string;
  readonly policy_version: number;
};

export async function proposeApplication(
  tx: Tx,
  {
    id,
    change: { sort, policy },
    proposed_by,
    proposed_at,
  }: Pick<PolicyApplication, 'id' | 'proposed_by' | 'proposed_at'> & { readonly change: PolicyChange },
): Promise<PolicyApplication> {
  // A request that is asked again after a crash makes the same proposal.
  await sql`
    insert into policy_application (id, sort, name, policy_version, proposed_by, proposed_at, state)
    values (${id}, ${sort}, ${policy.name}, ${policy.version}, ${proposed_by}, ${when(proposed_at)}, 'proposed')
    on conflict (id) do nothing`.execute(tx);
  const proposed = await replanOf<PolicyApplication>(tx, 'policy_application', id);
  if (proposed === null) throw new Error(`policy application ${id} was not stored`);
  return proposed;
}
