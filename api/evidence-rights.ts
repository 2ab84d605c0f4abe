/** Who may see which file. */
import type { Db } from '../db/client.ts';
import { evidenceOf, ownersOf, servedBy, type Evidence } from '../db/evidence.ts';
import { grant, has, rights, roleFor, seesProcess, type Grant, type Viewer } from '../domain/permissions.ts';
import { notFound } from './problem.ts';

const colleagues: readonly Grant[] = rights.upload_evidence.map(({ role }) => grant(role, 'own_unit'));
const ofUnit = (unit_id: string | null) => ({ lead_unit_id: unit_id, assisting_unit_ids: [] });

/** For the uploader and the unit, and for whoever may see one of the things that the file serves; 404 for all others. */
export async function visibleEvidence(db: Db, id: string, viewer: Viewer): Promise<Evidence> {
  const found = await evidenceOf(db, id);
  if (found === null) throw notFound();
  if (roleFor(viewer, colleagues, ofUnit(found.unit_id)) !== null) return found;
  if (found.uploaded_by === viewer.person_id && has(viewer, 'upload_evidence')) return found;
  for (const thing of await servedBy(db, found.id)) {
    const owners = await ownersOf(db, thing);
    if (owners !== null && roleFor(viewer, seesProcess, owners) !== null) return found;
  }
  throw notFound();
}
