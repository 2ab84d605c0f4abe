/** What has to be true before an uploaded file becomes evidence, and what is left when it is not: nothing. */
import { addEvidence, evidenceOf, ownersOf, QuotaExceeded, type Evidence } from '../db/evidence.ts';
import { isStoreFull, type Draft } from '../db/evidence-store.ts';
import type { Db } from '../db/client.ts';
import type { Thing } from '../db/process-event.ts';
import { roleFor, seesProcess, type Viewer } from '../domain/permissions.ts';
import type { Instant } from '../domain/time.ts';
import { mediaTypeOf, mediaTypes } from './evidence-types.ts';
import { shownFileName } from './file-names.ts';
import { ApiProblem, notFound } from './problem.ts';
import type { Upload } from './upload.ts';

/** The thing that a file is uploaded for; null when none is named. */
export async function thingFor(
  db: Db,
  fields: Upload<Draft>['fields'],
  viewer: Viewer,
): Promise<Thing | null> {
  const { thing_kind, thing_id } = fields;
  if (thing_kind === undefined && thing_id === undefined) return null;
  const isKnown = thing_kind === 'supervision_item' || thing_kind === 'indicator_task';
  if (!isKnown || thing_id === undefined || !uuid.test(thing_id)) {
    throw new ApiProblem('invalid_request', 'thing_kind 与 thing_id 须同时给出。', {
      errors: [{ pointer: '/thing_id', detail: '须与 thing_kind 同时给出，且为 UUID。', in: 'body' }],
    });
  }
  const thing: Thing = { kind: thing_kind, id: thing_id.toLowerCase() };
  const owners = await ownersOf(db, thing);
  if (owners === null || roleFor(viewer, seesProcess, owners) === null) {
    throw notFound('没有这一事项，或您无权查看。');
  }
  if (owners.ended) throw new ApiProblem('process_ended', '事项已结束，不能再补充印证资料。');
  return thing;
}

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

export type Keeping = {
  readonly id: string;
  readonly thing: Thing | null;
  readonly viewer: Viewer;
  readonly at: Instant;
  readonly quotaBytes: number;
};

/** @throws ApiProblem `file_type_refused`, `quota_exceeded`, `storage_full`. */
export async function keep(
  db: Db,
  { fileName, received: draft }: Upload<Draft>,
  { id, thing, viewer, at, quotaBytes }: Keeping,
): Promise<Evidence> {
  // Asked again after a crash: it was kept the first time.
  const before = await evidenceOf(db, id);
  if (before !== null) return before;
  const file_name = shownFileName(fileName);
  const media_type = file_name === null ? null : await mediaTypeOf(file_name, draft.read);
  if (file_name === null || media_type === null) {
    const taken = Object.keys(mediaTypes).join('、');
    const detail = `不接受此类文件，或内容与扩展名不符，没有保存；可上传：${taken}。`;
    throw new ApiProblem('file_type_refused', detail);
  }
  const row: Evidence = {
    id,
    file_name,
    media_type,
    size_bytes: draft.size,
    sha256: draft.sha256,
    stored_as: draft.storedAs,
    unit_id: viewer.unit_id,
    uploaded_by: viewer.person_id,
    uploaded_at: at,
    thing_kind: thing?.kind ?? null,
    thing_id: thing?.id ?? null,
  };
  try {
    await addEvidence(db, row, { quotaBytes, keep: draft.keep });
    return row;
  } catch (error) {
    if (error instanceof QuotaExceeded) {
      throw new ApiProblem('quota_exceeded', '本单位的文件空间已满，文件没有保存；请联系管理员。');
    }
    if (isStoreFull(error))
      throw new ApiProblem('storage_full', '存储空间已满，文件没有保存；请联系管理员。');
    throw error;
  }
}

/**
 * The file stays only with its row. A commit may have succeeded although it looked failed, so the row
 * is asked for; where even that cannot be told the file is left, because a row must not lack it.
 */
export async function discardUnlessKept<T>(
  db: Db,
  id: () => string | null,
  draft: Draft,
  work: () => Promise<T>,
): Promise<T> {
  let failed = false;
  try {
    return await work();
  } catch (error) {
    failed = true;
    throw error;
  } finally {
    const asked = id();
    const row = asked === null ? null : await evidenceOf(db, asked).catch(() => 'unknown' as const);
    const isOurs = row !== null && row !== 'unknown' && row.stored_as === draft.storedAs;
    if (!isOurs && !(failed && row === 'unknown')) await draft.discard();
  }
}
