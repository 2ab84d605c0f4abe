import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { isRefusal } from '../domain/refusal.ts';
import { localDateOf, type LocalDate } from '../domain/time.ts';
import { decideMerge } from '../domain/unit-merge.ts';
import { unitKinds } from '../domain/vocabulary.ts';
import { audit } from '../db/audit.ts';
import { findUnit, insertUnit, liesBelow, listUnits, lockUnit, updateUnit } from '../db/organisation.ts';
import { lockUnits, mergeUnit } from '../db/unit-merge.ts';
import { closeMended } from '../db/record-mended.ts';
import { done } from './audited.ts';
import { checkIfMatch, EtagHeader, requireIfMatch, setEtag } from './concurrency.ts';
import { alreadyExists, orProblem, unknownUnit } from './constraints.ts';
import type { AppDeps } from './deps.ts';
import { newIdFor } from './idempotency.ts';
import { LinkHeader, Paged, PageOf, pageQuery, turnPage } from './paging.ts';
import { ApiProblem, notFound, replyRefusal } from './problem.ts';
import {
  answer,
  closed,
  DateOnly,
  IdParams,
  named,
  nullable,
  oneOf,
  ref,
  text,
  Uuid,
  Version,
} from './schemas.ts';

const Code = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9_-]*$', maxLength: 32 });
const fields = {
  code: Code,
  name: text(60),
  short_name: text(20),
  kind: oneOf(unitKinds),
  parent_id: nullable(Uuid),
};
const Unit = named(
  'Unit',
  closed({
    id: Uuid,
    ...fields,
    merged_into: nullable(Type.String({ format: 'uuid', description: '机构改革中并入的单位' })),
    merged_from: nullable(Type.Unsafe<LocalDate>({ ...DateOnly, description: '自该日起由并入后的单位承接' })),
    version: Version,
  }),
);
const NewUnit = closed({ ...fields, parent_id: Type.Optional(fields.parent_id) });
const UnitMerge = closed({
  into: Uuid,
  from_date: Type.Optional(
    Type.Unsafe<LocalDate>({ ...DateOnly, description: '并入之日，缺省为今日；不得早于今日' }),
  ),
  reason: text(500, { description: '依据，例如机构改革文件' }),
});
const UnitChanges = Type.Partial(closed(fields), { additionalProperties: false, minProperties: 1 });

const violations = {
  unit_code_key: alreadyExists('/code', '已有单位使用这个编码。'),
  unit_name_key: alreadyExists('/name', '已有单位使用这个名称。'),
  unit_parent_id_fkey: unknownUnit('/parent_id'),
};

export const units =
  ({ db, clock }: Pick<AppDeps, 'db' | 'clock'>): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.addSchema(Unit);

    app.get(
      '/units',
      {
        config: { right: 'see_organisation' },
        schema: {
          operationId: 'listUnits',
          summary: '单位列表，按编码排序',
          tags: ['organisation'],
          querystring: Paged({
            code: Type.Optional(Code),
            name: Type.Optional(text(60, { description: '名称中含有' })),
            kind: Type.Optional(oneOf(unitKinds)),
            parent_id: Type.Optional(Uuid),
          }),
          response: { 200: answer('一页单位', PageOf(ref(Unit)), LinkHeader) },
        },
      },
      async (request, reply) => {
        const page = pageQuery(request.query, 1);
        const rows = await listUnits(db, request.query, {
          limit: page.limit + 1,
          after: page.after?.[0] ?? null,
        });
        return turnPage(request, reply, page, rows, ({ code }) => [code]);
      },
    );

    app.get(
      '/units/:id',
      {
        config: { right: 'see_organisation' },
        schema: {
          operationId: 'getUnit',
          summary: '一个单位',
          tags: ['organisation'],
          params: IdParams,
          response: { 200: answer('单位', ref(Unit), EtagHeader) },
        },
      },
      async ({ params }, reply) => {
        const unit = await findUnit(db, params.id);
        if (unit === null) throw notFound();
        setEtag(reply, unit.version);
        return unit;
      },
    );

    app.post(
      '/units',
      {
        config: { right: 'edit_organisation' },
        schema: {
          operationId: 'createUnit',
          summary: '新增单位',
          tags: ['organisation'],
          body: NewUnit,
          response: { 201: answer('已新增', ref(Unit), { ...EtagHeader, location: Type.String() }) },
        },
      },
      async (request, reply) => {
        const id = newIdFor(request);
        const unit = await orProblem(violations, () =>
          db.transaction().execute(async (tx) => {
            await insertUnit(tx, { parent_id: null, ...request.body, id });
            await audit(tx, done(request, `unit/${id}`, request.body));
            return await findUnit(tx, id);
          }),
        );
        if (unit === null) throw notFound();
        setEtag(reply, unit.version).code(201).header('location', `/api/v1/units/${id}`);
        return unit;
      },
    );

    app.patch(
      '/units/:id',
      {
        config: { right: 'edit_organisation' },
        schema: {
          operationId: 'changeUnit',
          summary: '修改单位',
          tags: ['organisation'],
          params: IdParams,
          body: UnitChanges,
          response: { 200: answer('已修改', ref(Unit), EtagHeader) },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const changes = request.body;
        const unit = await orProblem(violations, () =>
          db.transaction().execute(async (tx) => {
            const before = await lockUnit(tx, id);
            if (before === null) throw notFound();
            requireIfMatch(request, before.version);
            if (changes.parent_id != null && (await liesBelow(tx, changes.parent_id, id))) {
              throw new ApiProblem('unit_cycle', '上级单位不能是本单位或其下级单位。', {
                errors: [{ pointer: '/parent_id', detail: '是本单位或其下级单位。', in: 'body' }],
              });
            }
            const after = await updateUnit(tx, id, changes);
            await audit(tx, done(request, `unit/${id}`, changes));
            return after;
          }),
        );
        setEtag(reply, unit.version);
        return unit;
      },
    );

    app.post(
      '/units/:id/commands/merge',
      {
        config: { right: 'edit_organisation' },
        schema: {
          operationId: 'mergeUnit',
          summary:
            '机构改革：并入另一单位。自该日起本单位未办结的事项由并入后的单位承接，统计仍记在本单位名下',
          tags: ['organisation'],
          params: IdParams,
          body: UnitMerge,
          response: { 200: answer('已并入', ref(Unit), EtagHeader) },
        },
      },
      async (request, reply) => {
        // The order of the locks must not hang on how an id is written.
        const [id, into] = [request.params.id, request.body.into].map((one) => one.toLowerCase()) as [
          string,
          string,
        ];
        const { reason, ...given } = request.body;
        const at = await clock.now();
        const today = localDateOf(at);
        const from_date = given.from_date ?? today;
        const merged = await db.transaction().execute(async (tx) => {
          const units = await lockUnits(tx, [id, into]);
          const unit = units.get(id);
          if (unit === undefined) throw notFound();
          const merge = decideMerge(unit, units.get(into) ?? null, { from_date, today });
          // Asked again after a crash: the work is done.
          if (merge === null || isRefusal(merge)) return merge ?? unit;
          checkIfMatch(request, unit.version);
          const after = await mergeUnit(tx, id, merge);
          await closeMended(tx, at);
          await audit(tx, done(request, `unit/${id}`, { into, from_date, reason }));
          return after;
        });
        if (isRefusal(merged)) return replyRefusal(reply, merged);
        setEtag(reply, merged.version);
        return merged;
      },
    );
  };
