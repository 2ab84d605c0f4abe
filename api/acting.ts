/** Who acts, as a process keeps it: the person, in the role that the table of rights let through. */
import { rights, roleFor, unitActing, type Owned, type Right, type Viewer } from '../domain/permissions.ts';
import type { Actor } from '../domain/process.ts';
import type { Role } from '../domain/vocabulary.ts';
import { forbidden } from './problem.ts';

export type ActingPerson = Actor & { readonly kind: 'person' };

/** On a thing: for the unit that it knows, also where that one was merged into the person's own. */
export const actingOn = (thing: Owned, role: Role, viewer: Viewer): ActingPerson => ({
  ...actingAs(role, viewer),
  unit_id: unitActing(viewer, thing),
});

export const actingAs = (role: Role, { person_id, unit_id }: Viewer): ActingPerson => ({
  kind: 'person',
  person_id,
  unit_id,
  role,
});

export function actingUnder(viewer: Viewer, right: Right): ActingPerson {
  const role = roleFor(viewer, rights[right], { lead_unit_id: null, assisting_unit_ids: [] });
  if (role === null) throw forbidden();
  return actingAs(role, viewer);
}
