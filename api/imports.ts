/** 导入: a roster, a supervision list or an annual list as xlsx. Uploading only looks; applying does. */
import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import multipart from '@fastify/multipart';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { audit } from '../db/audit.ts';
import { imports as listImports, interruptedImports, saveImport, type ImportKind } from '../db/imports.ts';
import { has, type Viewer } from '../domain/permissions.ts';
import { instant } from '../domain/time.ts';
import { actingUnder } from './acting.ts';
import { done } from './audited.ts';
import { viewerOf } from './authentication.ts';
import { checkIfMatch, EtagHeader, setEtag } from './concurrency.ts';
import type { AppDeps } from './deps.ts';
import { shownFileName } from './file-names.ts';
import { claimFor, newIdFor } from './idempotency.ts';
import {
  ImportApplied,
  importKinds,
  ImportSummary,
  ImportView,
  revisionOf,
  summaryOf,
  viewOf,
  visibleImport,
  visibleKinds,
} from './import-view.ts';
import { applyRosterImport, beginList, checkStandstill, createItems } from './imports-applying.ts';
import { applyAnnualListImport } from './imports-annual-list.ts';
import { checkFile } from './imports-checking.ts';
import { longWork } from './long-work.ts';
import { LinkHeader, Paged, PageOf, pageQuery, turnPage } from './paging.ts';
import { ApiProblem, forbidden } from './problem.ts';
import { answer, closed, IdParams, oneOf, ref } from './schemas.ts';
import { formLimits, takeUpload } from './upload.ts';
import { allButTheForm } from './validation.ts';

/** A city's roster has some 50 kB. */
const MAX_BYTES = 10 * 1024 * 1024;

const importRights = {
  roster: 'import_roster',
  supervision_list: 'import_supervision_list',
  annual_list: 'edit_annual_list',
} as const;
const mayImport = (viewer: Viewer, kind: ImportKind) => has(viewer, importRights[kind]);

export const imports =
  (deps: Pick<AppDeps, 'db' | 'clock' | 'phones' | 'processes'>): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { db, clock, phones } = deps;
    const patiently = longWork(app);
    await app.register(multipart, formLimits);
    app.addSchema(ImportSummary);
    app.addSchema(ImportView);
    app.addSchema(ImportApplied);

    const workOn = (id: string) =>
      patiently(`import/${id}`, (isStopping) => createItems(deps, id, isStopping));
    // What a crash interrupted goes on with the next start, behind everything else.
    app.addHook('onListen', async () => {
      for (const id of await interruptedImports(db)) workOn(id).catch(() => undefined);
    });

    app.post(
      '/imports',
      {
        config: { right: 'process', idempotency: 'by_handler' },
        // What the form must be is said by `takeUpload`.
        validatorCompiler: allButTheForm,
        schema: {
          operationId: 'uploadImport',
          summary: '上传名册、督查清单或年度目标清单（xlsx），逐行检查；只检查，不导入',
          description:
            '同一文件再次上传仍是同一次导入。faults 为空且 stage 为 ready 时可应用。已应用的年度目标清单，若清单尚未下达而其后又有改动，再次上传后可再次应用。',
          tags: ['imports'],
          consumes: ['multipart/form-data'],
          body: closed({ kind: oneOf(importKinds), file: Type.String({ format: 'binary' }) }),
          response: { 201: answer('检查结果', ref(ImportView), { ...EtagHeader, location: Type.String() }) },
        },
      },
      async (request, reply) => {
        const viewer = viewerOf(request);
        if (!importKinds.some((kind) => mayImport(viewer, kind))) throw forbidden();
        const { fileName, received, fields } = await takeUpload(request, {
          maxBytes: MAX_BYTES,
          fields: ['kind'],
          receive: buffer,
          discard: () => Promise.resolve(),
        });
        const kind = importKinds.find((one) => one === fields['kind']);
        if (kind === undefined) {
          throw new ApiProblem('invalid_request', '请写明导入的种类。', {
            errors: [{ pointer: '/kind', detail: `须为以下之一：${importKinds.join('、')}。`, in: 'body' }],
          });
        }
        if (!mayImport(viewer, kind)) throw forbidden();
        const sha256 = createHash('sha256').update(received).digest('hex');
        if (await claimFor(db, request, reply, `${kind} ${sha256}`)) return reply;
        const at = await clock.now();
        const by = actingUnder(viewer, importRights[kind]);
        const checked = await checkFile(kind, received, { db, phones, by, at });
        const file_name = shownFileName(fileName) ?? 'import.xlsx';
        const upload = {
          id: newIdFor(request),
          kind,
          file_name,
          sha256,
          account_id: viewer.account_id,
          created_at: at,
        };
        const saved = await saveImport(db, upload, checked);
        await audit(db, done(request, `import/${saved.id}`, { kind, sha256, faults: saved.faults.length }));
        setEtag(reply, revisionOf(saved)).code(201).header('location', `/api/v1/imports/${saved.id}`);
        return viewOf(db, saved, viewer);
      },
    );

    app.get(
      '/imports',
      {
        config: { right: 'process' },
        schema: {
          operationId: 'listImports',
          summary: '导入列表，新的在前',
          tags: ['imports'],
          querystring: Paged({ kind: Type.Optional(oneOf(importKinds)) }),
          response: { 200: answer('一页', PageOf(ref(ImportSummary)), LinkHeader) },
        },
      },
      async (request, reply) => {
        const kinds = visibleKinds(viewerOf(request));
        if (kinds.length === 0) throw forbidden();
        const { kind } = request.query;
        const page = pageQuery(request.query, 2);
        const [at = '', id = ''] = page.after ?? [];
        const rows = await listImports(
          db,
          kinds.filter((one) => kind === undefined || one === kind),
          { limit: page.limit + 1, before: page.after === null ? null : [instant(Number(at)), id] },
        );
        const turned = turnPage(request, reply, page, rows, (row) => [String(row.created_at), row.id]);
        return { ...turned, items: turned.items.map(summaryOf) };
      },
    );

    app.get(
      '/imports/:id',
      {
        config: { right: 'process' },
        schema: {
          operationId: 'getImport',
          summary: '一次导入：逐行的问题，或应用的进度',
          tags: ['imports'],
          params: IdParams,
          response: { 200: answer('导入', ref(ImportView), EtagHeader) },
        },
      },
      async (request, reply) => {
        const viewer = viewerOf(request);
        const found = await visibleImport(db, request.params.id, viewer);
        setEtag(reply, revisionOf(found));
        return viewOf(db, found, viewer);
      },
    );

    app.post(
      '/imports/:id/commands/apply',
      {
        config: { right: 'process', shownOnce: ['one_time_passwords'] },
        schema: {
          operationId: 'applyImport',
          summary: '应用：名册和年度目标清单一次全部导入；督查清单逐项建立，中断后可重复而不会重复建立',
          description: '名册中的账号由有权开设账号者应用时开设，角色由安全管理员应用时授予，其余留待。',
          tags: ['imports'],
          params: IdParams,
          body: closed({}),
          response: { 200: answer('现状', ref(ImportApplied), EtagHeader) },
        },
      },
      async (request, reply) => {
        const viewer = viewerOf(request);
        const found = await visibleImport(db, request.params.id, viewer);
        checkIfMatch(request, revisionOf(found));
        const note = (detail: Readonly<Record<string, unknown>>) =>
          done(request, `import/${found.id}`, detail);
        let passwords: { account: string; password: string }[] | null = null;
        if (found.kind === 'roster') {
          const at = await clock.now();
          passwords = [...(await applyRosterImport(db, found.id, viewer, { at, note })).accounts];
        } else if (found.kind === 'annual_list') {
          await applyAnnualListImport(db, found.id, viewer, { at: await clock.now(), note });
        } else {
          const by = actingUnder(viewer, 'import_supervision_list');
          if (await beginList(db, found.id, { by, at: await clock.now(), note })) await workOn(found.id);
        }
        const now = await visibleImport(db, found.id, viewer);
        checkStandstill(now);
        setEtag(reply, revisionOf(now));
        return { ...(await viewOf(db, now, viewer)), one_time_passwords: passwords };
      },
    );
  };
