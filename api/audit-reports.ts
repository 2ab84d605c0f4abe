/** 审计报告: what the auditor and the reconciler found, what they put right, what is left. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { audit } from '../db/audit.ts';
import { auditReport, auditReports as reportsOf, type Report } from '../db/cadence-runs.ts';
import { rfc3339 } from '../domain/time.ts';
import { done } from './audited.ts';
import { CadenceRun, dayOf, Numbers, run, RunAsked, runView } from './cadence-view.ts';
import type { AppDeps } from './deps.ts';
import { LinkHeader, Paged, PageOf, pageQuery, turnPage } from './paging.ts';
import { notFound } from './problem.ts';
import { answer, closed, IdParams, named, nullable, oneOf, ref, Timestamp, Uuid, whole } from './schemas.ts';

const kinds = { audit: '审计', reconcile: '核对' } as const;
const Count = whole(0, 2_147_483_647);
const Hash = Type.String({ pattern: '^[0-9a-f]{64}$' });

const fields = {
  id: Uuid,
  kind: oneOf(kinds),
  for: Type.String({ format: 'date', description: '记在哪一天名下；判断以 at 为准' }),
  at: Type.String({ format: 'date-time', description: '按哪一刻判断' }),
  started_at: Timestamp,
  duration_ms: nullable(Count),
  found: Count,
  mended: Count,
  left: Count,
  numbers: Numbers,
};

const AuditReportSummary = named('AuditReportSummary', closed(fields));
const AuditReport = named(
  'AuditReport',
  closed({
    ...fields,
    faults: Type.Array(closed({ what: Type.String(), mended: Type.Boolean() }), {
      description: '未补正的在前；很多时只列前一千条',
    }),
    anchor: Type.Optional(
      closed(
        {
          events: closed({ seq: whole(0, Number.MAX_SAFE_INTEGER), things: Count, digest: Hash }),
          audit_log: nullable(closed({ id: Type.String({ pattern: '^[0-9]+$' }), hash: Hash })),
        },
        { description: '哈希链当时的终点：留存此报告，即可查证其后有无改动' },
      ),
    ),
  }),
);

export const auditReports =
  ({ db, clock, processes }: Pick<AppDeps, 'db' | 'clock' | 'processes'>): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.addSchema(AuditReportSummary);
    app.addSchema(AuditReport);

    app.get(
      '/audit-reports',
      {
        config: { right: 'see_cadences' },
        schema: {
          operationId: 'listAuditReports',
          summary: '审计与核对的报告，新的在前',
          tags: ['audit-reports'],
          querystring: Paged({ kind: Type.Optional(oneOf(kinds)) }),
          response: { 200: answer('一页', PageOf(ref(AuditReportSummary)), LinkHeader) },
        },
      },
      async (request, reply) => {
        const { kind } = request.query;
        const page = pageQuery(request.query, 2);
        const rows = await reportsOf(db, {
          ...(kind === undefined ? {} : { kind }),
          limit: page.limit + 1,
          before: page.after,
        });
        const turned = turnPage(request, reply, page, rows, ({ made_at, id }) => [String(made_at), id]);
        return { ...turned, items: turned.items.map(summaryOf) };
      },
    );

    app.get(
      '/audit-reports/:id',
      {
        config: { right: 'see_cadences' },
        schema: {
          operationId: 'getAuditReport',
          summary: '一份报告：发现、已补正、未补正',
          tags: ['audit-reports'],
          params: IdParams,
          response: { 200: answer('报告', ref(AuditReport)) },
        },
      },
      async ({ params }) => {
        const report = await auditReport(db, params.id);
        if (report === undefined) throw notFound();
        const { faults, anchor } = report;
        return { ...summaryOf(report), faults: [...faults], ...(anchor === null ? {} : { anchor }) };
      },
    );

    app.post(
      '/audit-reports/commands/run',
      {
        config: { right: 'run_cadence' },
        schema: {
          operationId: 'runAudit',
          summary: '立即审计一次；运行结束后报告的 id 与运行相同',
          description:
            '审计总是按此刻判断：到此刻为止应发的全部重算，此前各日遗漏而尚未补正的都在其中。因此补做过去某一天的审计，与今天再审计一次相同；for 只记录补的是哪一天。',
          tags: ['audit-reports'],
          body: RunAsked,
          response: { 200: answer('这次运行', ref(CadenceRun)) },
        },
      },
      async (request) => {
        const date = await dayOf({ clock }, request.body);
        await db.transaction().execute((tx) => audit(tx, done(request, 'cadence/audit', { for: date })));
        return runView(await run({ db, processes }, 'audit', date, request.commandId));
      },
    );
  };

const summaryOf = ({ for_date, at, started_at, ended_at, found, mended, numbers, id, kind }: Report) => ({
  id,
  kind,
  for: for_date,
  at: rfc3339(at),
  started_at: rfc3339(started_at),
  duration_ms: ended_at === null ? null : Math.max(0, ended_at - started_at),
  found,
  mended,
  left: found - mended,
  numbers,
});
