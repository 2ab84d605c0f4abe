/** 印证资料: files that prove progress. */
import multipart from '@fastify/multipart';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { viewerOf } from './authentication.ts';
import { problemAnswer } from './problem.ts';
import type { AppDeps } from './deps.ts';
import { discardUnlessKept, keep, thingFor } from './evidence-keeping.ts';
import { visibleEvidence } from './evidence-rights.ts';
import { mediaTypes, takenTypes } from './evidence-types.ts';
import { EvidenceSchema, evidenceView } from './evidence-view.ts';
import { attachment } from './file-names.ts';
import { claimFor, newIdFor } from './idempotency.ts';
import { answer, closed, IdParams, oneOf, ref, Uuid } from './schemas.ts';
import { formLimits, takeUpload } from './upload.ts';
import { allButTheForm } from './validation.ts';

export const evidence =
  ({
    db,
    clock,
    evidence: { store, uploadMaxBytes, unitQuotaBytes },
  }: Pick<AppDeps, 'db' | 'clock' | 'evidence'>): FastifyPluginAsyncTypebox =>
  async (app) => {
    await app.register(multipart, formLimits);
    app.addSchema(EvidenceSchema);

    app.post(
      '/evidence',
      {
        config: { right: 'upload_evidence', idempotency: 'by_handler' },
        // What the form must be is said by `takeUpload`.
        validatorCompiler: allButTheForm,
        schema: {
          operationId: 'uploadEvidence',
          summary: '上传印证资料',
          description: `可上传：${Object.keys(mediaTypes).join('、')}。文件类型按扩展名与内容同时核对。不得上传涉密内容。`,
          tags: ['evidence'],
          consumes: ['multipart/form-data'],
          body: closed({
            file: Type.String({ format: 'binary' }),
            thing_kind: Type.Optional(oneOf(['supervision_item', 'indicator_task'])),
            thing_id: Type.Optional(Uuid),
          }),
          response: {
            201: answer('已保存', ref(EvidenceSchema), { location: Type.String() }),
            404: problemAnswer('没有这一事项，或无权查看'),
            507: problemAnswer('存储空间已满'),
          },
        },
      },
      async (request, reply) => {
        const viewer = viewerOf(request);
        const upload = await takeUpload(request, {
          maxBytes: uploadMaxBytes,
          fields: ['thing_kind', 'thing_id'],
          receive: store.receive,
          discard: (draft) => draft.discard(),
        });
        // Without a claimed key nothing was kept.
        const id = () => (request.commandId === '' ? null : newIdFor(request));
        return discardUnlessKept(db, id, upload.received, async () => {
          const thing = await thingFor(db, upload.fields, viewer);
          const about = `${upload.received.sha256} ${upload.fileName} ${thing?.id ?? ''}`;
          if (await claimFor(db, request, reply, about)) return reply;
          const kept = await keep(db, upload, {
            id: newIdFor(request),
            thing,
            viewer,
            at: await clock.now(),
            quotaBytes: unitQuotaBytes,
          });
          reply.code(201).header('location', `/api/v1/evidence/${kept.id}`);
          return evidenceView(kept);
        });
      },
    );

    app.get(
      '/evidence/:id',
      {
        config: { right: 'process' },
        schema: {
          operationId: 'getEvidence',
          summary: '一份印证资料的说明',
          tags: ['evidence'],
          params: IdParams,
          response: { 200: answer('说明', ref(EvidenceSchema)) },
        },
      },
      async (request) => evidenceView(await visibleEvidence(db, request.params.id, viewerOf(request))),
    );

    app.get(
      '/evidence/:id/content',
      {
        config: { right: 'process' },
        schema: {
          operationId: 'downloadEvidence',
          summary: '下载文件，总是作为附件',
          tags: ['evidence'],
          params: IdParams,
          response: {
            200: {
              description: '文件',
              headers: { 'content-disposition': Type.String() },
              content: Object.fromEntries(
                takenTypes.map((type) => [type, { schema: Type.String({ format: 'binary' }) }]),
              ),
            },
          },
        },
      },
      async (request, reply) => {
        const found = await visibleEvidence(db, request.params.id, viewerOf(request));
        const content = await store.read(found.stored_as);
        if (content === null) throw new Error(`the store lacks the file of evidence ${found.id}`);
        return reply
          .header('content-disposition', attachment(found.file_name))
          .header('content-length', found.size_bytes)
          .header('cache-control', 'private, no-store')
          .type(found.media_type)
          .send(content as never);
      },
    );
  };
