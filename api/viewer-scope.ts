/** Which things a viewer's lists are made of: those that they may see one by one. */
import type { Scope } from '../db/supervision-items.ts';
import { roleFor, seesProcess, unitsOf, type Viewer } from '../domain/permissions.ts';

export function scopeOf(viewer: Viewer): Scope {
  const nobodys = { lead_unit_id: null, assisting_unit_ids: [] };
  if (roleFor(viewer, seesProcess, nobodys) !== null) return { all: true };
  const own = viewer.roles.includes('undertaking_unit') ? unitsOf(viewer) : [];
  const portfolio = viewer.roles.includes('city_leader') ? viewer.portfolio : [];
  return { all: false, lead: [...own, ...portfolio], assisting: own };
}
