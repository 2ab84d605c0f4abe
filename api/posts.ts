import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { LocalDate } from '../domain/time.ts';
import { postRoles } from '../domain/vocabulary.ts';
import { audit } from '../db/audit.ts';
import {
  endPost,
  findPost,
  insertPost,
  listPosts,
  lockPost,
  overlappingPost,
  postVersion,
  type PostFields,
  type PostRow,
} from '../db/posts.ts';
import type { Tx } from '../db/client.ts';
import { closeMended } from '../db/record-mended.ts';
import { done } from './audited.ts';
import { EtagHeader, requireIfMatch, setEtag } from './concurrency.ts';
import { orProblem, unknownPerson, unknownUnit } from './constraints.ts';
import type { AppDeps } from './deps.ts';
import { newIdFor } from './idempotency.ts';
import { LinkHeader, Paged, PageOf, pageQuery, turnPage } from './paging.ts';
import { ApiProblem, notFound } from './problem.ts';
import {
  answer,
  closed,
  DateOnly,
  IdParams,
  named,
  nullable,
  oneOf,
  ref,
  Uuid,
  Version,
  whole,
} from './schemas.ts';

const LastDay = nullable(Type.Unsafe<LocalDate>({ ...DateOnly, description: '任职的最后一天；null 为在任' }));
const FirstDay = Type.Unsafe<LocalDate>(DateOnly);

const Post = named(
  'Post',
  closed({
    id: Uuid,
    person_id: Uuid,
    person_name: Type.String(),
    unit_id: Uuid,
    unit_name: Type.String(),
    role: oneOf(postRoles),
    from_date: FirstDay,
    to_date: LastDay,
    rank: whole(1, 999, { description: '同一职务多人时的顺序，小者在前' }),
    version: Version,
  }),
);

const violations = {
  post_person_id_fkey: unknownPerson('/person_id'),
  post_unit_id_fkey: unknownUnit('/unit_id'),
};

const shown = (post: PostRow) => ({ ...post, version: postVersion(post) });

export const posts =
  ({ db, clock }: Pick<AppDeps, 'db' | 'clock'>): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.addSchema(Post);

    app.get(
      '/posts',
      {
        config: { right: 'see_organisation' },
        schema: {
          operationId: 'listPosts',
          summary: '任职列表，按任职日期排序：谁从何时起任何职',
          tags: ['organisation'],
          querystring: Paged({
            person_id: Type.Optional(Uuid),
            unit_id: Type.Optional(Uuid),
            role: Type.Optional(oneOf(postRoles)),
            on: Type.Optional(Type.Unsafe<LocalDate>({ ...DateOnly, description: '只列该日在任的' })),
          }),
          response: { 200: answer('一页任职', PageOf(ref(Post)), LinkHeader) },
        },
      },
      async (request, reply) => {
        const page = pageQuery(request.query, 2);
        const [from_date, id] = page.after ?? [];
        const rows = await listPosts(db, request.query, {
          limit: page.limit + 1,
          after: from_date === undefined || id === undefined ? null : [from_date, id],
        });
        return turnPage(request, reply, page, rows.map(shown), (post) => [post.from_date, post.id]);
      },
    );

    app.get(
      '/posts/:id',
      {
        config: { right: 'see_organisation' },
        schema: {
          operationId: 'getPost',
          summary: '一项任职',
          tags: ['organisation'],
          params: IdParams,
          response: { 200: answer('任职', ref(Post), EtagHeader) },
        },
      },
      async ({ params }, reply) => {
        const post = await findPost(db, params.id);
        if (post === null) throw notFound();
        setEtag(reply, postVersion(post));
        return shown(post);
      },
    );

    app.post(
      '/posts',
      {
        config: { right: 'edit_organisation' },
        schema: {
          operationId: 'createPost',
          summary: '新增任职；市级领导的每个分管单位各一项',
          tags: ['organisation'],
          body: closed({
            person_id: Uuid,
            unit_id: Uuid,
            role: oneOf(postRoles),
            from_date: FirstDay,
            to_date: Type.Optional(LastDay),
            rank: Type.Optional(whole(1, 999, { default: 1 })),
          }),
          response: { 201: answer('已新增', ref(Post), { ...EtagHeader, location: Type.String() }) },
        },
      },
      async (request, reply) => {
        const at = await clock.now();
        const fresh: PostFields = { to_date: null, rank: 1, ...request.body, id: newIdFor(request) };
        const post = await orProblem(violations, () =>
          db.transaction().execute(async (tx) => {
            await refuseWrongPeriod(tx, fresh);
            await insertPost(tx, fresh);
            await closeMended(tx, at, fresh.person_id);
            await audit(tx, done(request, `post/${fresh.id}`, { ...fresh }));
            return await findPost(tx, fresh.id);
          }),
        );
        if (post === null) throw notFound();
        setEtag(reply, postVersion(post)).code(201).header('location', `/api/v1/posts/${post.id}`);
        return shown(post);
      },
    );

    app.patch(
      '/posts/:id',
      {
        config: { right: 'edit_organisation' },
        schema: {
          operationId: 'endPost',
          summary: '结束任职，或更正任职的最后一天',
          tags: ['organisation'],
          params: IdParams,
          body: closed({ to_date: LastDay }),
          response: { 200: answer('已修改', ref(Post), EtagHeader) },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const { to_date } = request.body;
        const at = await clock.now();
        const post = await db.transaction().execute(async (tx) => {
          const before = await lockPost(tx, id);
          if (before === null) throw notFound();
          requireIfMatch(request, postVersion(before));
          await refuseWrongPeriod(tx, { ...before, to_date });
          await endPost(tx, id, to_date);
          await closeMended(tx, at, before.person_id);
          await audit(tx, done(request, `post/${id}`, { to_date, before: before.to_date }));
          return { ...before, to_date };
        });
        setEtag(reply, postVersion(post));
        return shown(post);
      },
    );
  };

async function refuseWrongPeriod(tx: Tx, post: PostFields): Promise<void> {
  if (post.to_date !== null && post.to_date < post.from_date) {
    throw new ApiProblem('invalid_request', '任职的最后一天不得早于第一天。', {
      errors: [{ pointer: '/to_date', detail: `须不早于 ${post.from_date}。`, in: 'body' }],
    });
  }
  const other = await overlappingPost(tx, post);
  if (other !== null) {
    throw new ApiProblem(
      'already_exists',
      `此人已自 ${other.from_date} 起在该单位任此职，请先结束那一项或调整日期。`,
      { errors: [{ pointer: '/from_date', detail: `与 ${other.from_date} 起的任职重叠。`, in: 'body' }] },
    );
  }
}
