/** One account of every role, all of one unit, and what the table of rights says of each. */
import type { Db } from '../../db/client.ts';
import { replaceScope } from '../../db/review-scope.ts';
import { roleFor, type Grant, type Owned } from '../../domain/permissions.ts';
import { roles, type Role } from '../../domain/vocabulary.ts';
import { createAccount, givePost, type Account, type Unit } from './people.ts';

export const everyRole = (Object.keys(roles) as Role[]).filter((role) => role !== 'public');

/** How a unit stands to a thing. */
export type Standing = 'own' | 'assisting' | 'other';

/** Everybody's own unit is this one: the city leader's portfolio and the reviewer's scope too. */
export async function castOfEveryRole(db: Db, own: Unit): Promise<ReadonlyMap<Role | 'none', Account>> {
  const cast = new Map<Role | 'none', Account>([['none', await createAccount(db, { unit: own })]]);
  for (const role of everyRole) {
    const account = await createAccount(db, { roles: [role], unit: own });
    cast.set(role, account);
    if (role === 'city_leader') await givePost(db, { person: account.person, unit: own, role });
    if (role === 'reviewer_scorer')
      await db.transaction().execute((tx) => replaceScope(tx, account.id, { units: [own.id], themes: [] }));
  }
  return cast;
}

/** Whether one of that cast is named by these grants, for a thing of these units. */
export function isGranted(
  grants: readonly Grant[],
  role: Role | 'none',
  own: Unit,
  thing: { readonly lead: Unit; readonly assisting: readonly Unit[] },
): boolean {
  if (role === 'none') return false;
  const owned: Owned = {
    lead_unit_id: thing.lead.id,
    assisting_unit_ids: thing.assisting.map(({ id }) => id),
  };
  const portfolio = role === 'city_leader' ? [own.id] : [];
  const scope = role === 'reviewer_scorer' ? { units: [own.id], themes: [] } : null;
  return roleFor({ person_id: '', unit_id: own.id, roles: [role], portfolio, scope }, grants, owned) !== null;
}
