/** A file of evidence as it is shown, alone and below the thing that it is about. */
import { Type, type Static } from 'typebox';
import type { Evidence } from '../db/evidence.ts';
import { rfc3339 } from '../domain/time.ts';
import { takenTypes } from './evidence-types.ts';
import { closed, named, nullable, oneOf, Timestamp, Uuid, whole } from './schemas.ts';

export const EvidenceSchema = named(
  'Evidence',
  closed({
    id: Uuid,
    file_name: Type.String(),
    media_type: oneOf(takenTypes),
    size_bytes: whole(0, Number.MAX_SAFE_INTEGER),
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    unit_id: nullable(Uuid),
    uploaded_by: Uuid,
    uploaded_at: Timestamp,
    thing_kind: nullable(oneOf(['supervision_item', 'indicator_task'])),
    thing_id: nullable(
      Type.String({
        format: 'uuid',
        description: '上传时所指的，或在其下列出的事项；一份资料可用于多个事项',
      }),
    ),
  }),
);

export const evidenceView = (row: Evidence): Static<typeof EvidenceSchema> => ({
  id: row.id,
  file_name: row.file_name,
  media_type: row.media_type,
  size_bytes: row.size_bytes,
  sha256: row.sha256,
  unit_id: row.unit_id,
  uploaded_by: row.uploaded_by,
  uploaded_at: rfc3339(row.uploaded_at),
  thing_kind: row.thing_kind,
  thing_id: row.thing_id,
});
