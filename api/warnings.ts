/** Cards and SMS, each with its whole trail. Numbers are shown masked. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { listMessages, listWarnings, type MessageFilters, type WarningFilters } from '../db/warnings.ts';
import { deadlineNames } from '../domain/deadline.ts';
import { viewerOf } from './authentication.ts';
import type { AppDeps } from './deps.ts';
import { LinkHeader, Paged, PageOf, pageQuery, turnPage } from './paging.ts';
import { answer, oneOf, ref, Uuid } from './schemas.ts';
import { scopeOf } from './viewer-scope.ts';
import {
  levels,
  Message,
  messageStates,
  messageView,
  Notification,
  Warning,
  warningView,
} from './warning-view.ts';

const warningFilters = {
  level: Type.Optional(oneOf(levels)),
  deadline_kind: Type.Optional(oneOf(deadlineNames)),
};

export const warnings =
  ({ db }: Pick<AppDeps, 'db'>): FastifyPluginAsyncTypebox =>
  async (app) => {
    for (const schema of [Warning, Notification, Message]) app.addSchema(schema);

    app.get(
      '/warnings',
      {
        config: { right: 'process' },
        schema: {
          operationId: 'listWarnings',
          summary: '警铃、黄牌、红牌（本人可见的），最新在前',
          tags: ['warnings'],
          querystring: Paged({ ...warningFilters, thing_id: Type.Optional(Uuid) }),
          response: { 200: answer('一页预警', PageOf(ref(Warning)), LinkHeader) },
        },
      },
      async (request, reply) => {
        const { limit: _, cursor: __, ...filters } = request.query;
        const page = pageQuery(request.query, 2);
        const rows = await listWarnings(db, scopeOf(viewerOf(request)), filters as WarningFilters, {
          ...page,
          limit: page.limit + 1,
        });
        const keys = new Map(rows.map(({ id, at }) => [id, [String(at), id] as const]));
        return turnPage(request, reply, page, rows.map(warningView), ({ id }) => keys.get(id) ?? ['0', id]);
      },
    );

    app.get(
      '/messages',
      {
        config: { right: 'see_messages' },
        schema: {
          operationId: 'listMessages',
          summary: '短信及其全部经过，最新在前',
          tags: ['messages'],
          querystring: Paged({
            state: Type.Optional(oneOf(messageStates)),
            person_id: Type.Optional(Uuid),
            thing_id: Type.Optional(Uuid),
          }),
          response: { 200: answer('一页短信', PageOf(ref(Message)), LinkHeader) },
        },
      },
      async (request, reply) => {
        const { limit: _, cursor: __, ...filters } = request.query;
        const page = pageQuery(request.query, 2);
        const rows = await listMessages(db, filters as MessageFilters, { ...page, limit: page.limit + 1 });
        const keys = new Map(rows.map(({ id, claimed_at }) => [id, [String(claimed_at), id] as const]));
        return turnPage(request, reply, page, rows.map(messageView), ({ id }) => keys.get(id) ?? ['0', id]);
      },
    );
  };
