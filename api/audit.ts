import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { instant, rfc3339 } from '../domain/time.ts';
import { listAudit } from '../db/audit.ts';
import type { AppDeps } from './deps.ts';
import { LinkHeader, Paged, PageOf, pageQuery, turnPage } from './paging.ts';
import { answer, closed, named, nullable, ref, Timestamp, Uuid } from './schemas.ts';

const AuditLine = named(
  'AuditLine',
  closed({
    id: Type.String({ description: '顺序号' }),
    at: Timestamp,
    account_id: nullable(Uuid),
    network: nullable(Type.String({ description: '来自何处' })),
    action: Type.String({ description: 'operationId' }),
    subject: nullable(Type.String({ description: '对何物' })),
    result: Type.String({ description: 'ok，或 denied: / failed: 加代码' }),
    detail: Type.Unsafe<Record<string, unknown>>({ type: 'object' }),
    prev_hash: Type.String(),
    hash: Type.String({ description: '覆盖本行与上一行的哈希' }),
  }),
);

export const auditLog =
  ({ db }: Pick<AppDeps, 'db'>): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.addSchema(AuditLine);
    app.get(
      '/audit',
      {
        config: { right: 'see_audit' },
        schema: {
          operationId: 'listAudit',
          summary: '审计记录，新的在前',
          tags: ['audit'],
          querystring: Paged({
            account_id: Type.Optional(Uuid),
            action: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
            subject: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
            from: Type.Optional(Timestamp),
            to: Type.Optional(Timestamp),
          }),
          response: { 200: answer('一页审计记录', PageOf(ref(AuditLine)), LinkHeader) },
        },
      },
      async (request, reply) => {
        const { from, to, ...filter } = request.query;
        const page = pageQuery(request.query, 1);
        const rows = await listAudit(
          db,
          { ...filter, from: parsed(from), to: parsed(to) },
          { limit: page.limit + 1, before: page.after?.[0] ?? null },
        );
        const lines = rows.map(({ at, detail, ...row }) => ({
          ...row,
          at: rfc3339(at),
          detail: detail as Record<string, unknown>,
        }));
        return turnPage(request, reply, page, lines, ({ id }) => [id]);
      },
    );
  };

const parsed = (text: string | undefined) => (text === undefined ? undefined : instant(Date.parse(text)));
