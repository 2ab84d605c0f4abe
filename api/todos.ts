/** What waits for me, by deadline. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { listTodos } from '../db/todos.ts';
import { rfc3339 } from '../domain/time.ts';
import { viewerOf } from './authentication.ts';
import type { AppDeps } from './deps.ts';
import { LinkHeader, Paged, PageOf, pageQuery, turnPage } from './paging.ts';
import { answer, closed, named, nullable, ref, Timestamp, Uuid } from './schemas.ts';

const Todo = named(
  'Todo',
  closed({
    id: Uuid,
    what: Type.String(),
    thing_kind: Type.String(),
    thing_id: Uuid,
    number: nullable(Type.String()),
    title: nullable(Type.String()),
    due_at: nullable(Timestamp),
    opened_at: Timestamp,
  }),
);

export const todos =
  ({ db }: Pick<AppDeps, 'db'>): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.addSchema(Todo);
    app.get(
      '/todos',
      {
        config: { right: 'signed_in' },
        schema: {
          operationId: 'listTodos',
          summary: '我的待办，按期限排序',
          tags: ['todos'],
          querystring: Paged({}),
          response: { 200: answer('一页待办', PageOf(ref(Todo)), LinkHeader) },
        },
      },
      async (request, reply) => {
        const page = pageQuery(request.query, 2);
        const rows = await listTodos(db, viewerOf(request), { limit: page.limit + 1, after: page.after });
        const keys = new Map(rows.map(({ id, sort_key }) => [id, [sort_key, id] as const]));
        const views = rows.map(({ sort_key: _, due_at, opened_at, ...row }) => ({
          ...row,
          due_at: due_at === null ? null : rfc3339(due_at),
          opened_at: rfc3339(opened_at),
        }));
        return turnPage(request, reply, page, views, ({ id }) => keys.get(id) ?? ['infinity', id]);
      },
    );
  };
