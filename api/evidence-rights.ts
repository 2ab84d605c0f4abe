/** Who may upload, and who may see which file. */
import type { Db } from '../db/client.ts';
import { evidenceOf, ownersOf, type Evidence } from '../db/evidence.ts';
import { grant, roleFor, seesProcess, type Grant, type Viewer } from '../domain/permissions.ts';
import { notFound } from './problem.ts';

/** Whoever does something in a process may prove it; the e-monitor and the administrators change nothing. */
const uploaders: readonly Grant[] = [
  grant('undertaking_unit'),
  grant('supervision_officer'),
  grant('assessment_admin'),
  grant('reviewer_scorer'),
  grant('city_leader'),
];
const colleagues: readonly Grant[] = uploaders.map(({ role }) => grant(role, 'own_unit'));
const ofUnit = (unit_id: string | null) => ({ lead_unit_id: unit_id, assisting_unit_ids: [] });

export const mayUpload = (viewer: Viewer): boolean => roleFor(viewer, uploaders, ofUnit(null)) !== null;

/** For the uploader and the unit, and for whoever may see the thing that the file is about; 404 for all others. */
export async function visibleEvidence(db: Db, id: string, viewer: Viewer): Promise<Evidence> {
  const found = await evidenceOf(db, id);
  if (found === null) throw notFound();
  if (roleFor(viewer, colleagues, ofUnit(found.unit_id)) !== null) return found;
  if (found.uploaded_by === viewer.person_id && mayUpload(viewer)) return found;
  const { thing_kind: kind, thing_id } = found;
  const owners = kind === null || thing_id === null ? null : await ownersOf(db, { kind, id: thing_id });
  if (owners === null || roleFor(viewer, seesProcess, owners) === null) throw notFound();
  return found;
}
