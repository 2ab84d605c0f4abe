/** Who acts, as a process keeps it: the person, in the role that the table of rights let through. */
import { rights, roleFor, type Right, type Viewer } from '../domain/permissions.ts';
import type { Actor } from '../domain/process.ts';
import { forbidden } from './problem.ts';

export function actingUnder(viewer: Viewer, right: Right): Actor {
  const role = roleFor(viewer, rights[right], { lead_unit_id: null, assisting_unit_ids: [] });
  if (role === null) throw forbidden();
  return { kind: 'person', person_id: viewer.person_id, unit_id: viewer.unit_id, role };
}
