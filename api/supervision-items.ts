/** 督查事项: the list, one item, its creation. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Db } from '../db/client.ts';
import { findUnit } from '../db/organisation.ts';
import { itemOrders, listItems, type ItemFilters } from '../db/supervision-items.ts';
import { isRefusal } from '../domain/refusal.ts';
import type { NewSupervisionItem } from './deps.ts';
import { roleFor } from '../domain/permissions.ts';
import { commandTable, stages } from '../domain/supervision-item.ts';
import { aspects, importances, itemClasses } from '../domain/vocabulary.ts';
import { actingUnder } from './acting.ts';
import { viewerOf } from './authentication.ts';
import { EtagHeader, setEtag } from './concurrency.ts';
import { unknownUnit } from './constraints.ts';
import type { AppDeps } from './deps.ts';
import { opened } from './opening.ts';
import { LinkHeader, Paged, PageOf, pageQuery, turnPage } from './paging.ts';
import { ApiProblem, forbidden, replyRefusal } from './problem.ts';
import { visible } from './process-kind.ts';
import { cards } from './process-view.ts';
import { answer, closed, DateOnly, IdParams, nullable, oneOf, ref, text, Uuid } from './schemas.ts';
import { factFields, Item, itemView, shownItems } from './supervision-item-view.ts';
import { scopeOf } from './viewer-scope.ts';

const NewItem = closed({
  ...factFields,
  number: Type.Optional(nullable(text(40, { description: '一事一号；不填则由系统编号' }))),
  warning_policy: Type.Optional(nullable(text(60, { description: '预警策略；不填则按事项类别' }))),
  assign: Type.Optional(Type.Boolean({ description: '立项并交办：列入的同时交办给承办单位' })),
  sub_aspect: Type.Optional(factFields.sub_aspect),
  due_on: Type.Optional(factFields.due_on),
  lead_unit_id: Type.Optional(factFields.lead_unit_id),
  assisting_unit_ids: Type.Optional(factFields.assisting_unit_ids),
  report_cycle: Type.Optional(factFields.report_cycle),
  importance: Type.Optional(factFields.importance),
});

export const supervisionItems =
  ({ db, processes }: Pick<AppDeps, 'db' | 'processes'>): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.addSchema(Item);
    const shown = shownItems({ db });

    app.get(
      '/supervision-items',
      {
        config: { right: 'process' },
        schema: {
          operationId: 'listSupervisionItems',
          summary: '督查事项列表（本人可见的）',
          tags: ['supervision-items'],
          querystring: Paged({
            stage: Type.Optional(oneOf(stages)),
            card: Type.Optional(oneOf(cards)),
            lead_unit_id: Type.Optional(Uuid),
            aspect: Type.Optional(oneOf(aspects)),
            item_class: Type.Optional(oneOf(itemClasses)),
            importance: Type.Optional(oneOf(importances)),
            number: Type.Optional(text(40)),
            title: Type.Optional(text(60, { description: '标题中含有' })),
            due_until: Type.Optional(DateOnly),
            sort: Type.Optional(oneOf(itemOrders)),
          }),
          response: { 200: answer('一页督查事项', PageOf(ref(Item)), LinkHeader) },
        },
      },
      async (request, reply) => {
        const viewer = viewerOf(request);
        const { limit: _, cursor: __, sort = 'number', ...filters } = request.query;
        const page = pageQuery(request.query, 2);
        const rows = await listItems(db, scopeOf(viewer), filters as ItemFilters, {
          order: sort,
          limit: page.limit + 1,
          after: page.after,
        });
        const keys = new Map(rows.map(({ id, sort_key }) => [id, [sort_key, id] as const]));
        const views = rows.map((row) => itemView(row, viewer));
        return turnPage(request, reply, page, views, ({ id }) => keys.get(id) ?? ['', id]);
      },
    );

    app.post(
      '/supervision-items',
      {
        config: { right: 'create_supervision_item' },
        schema: {
          operationId: 'createSupervisionItem',
          summary: '列入督查清单；不得录入涉密内容',
          tags: ['supervision-items'],
          body: NewItem,
          response: { 201: answer('已列入', ref(Item), { ...EtagHeader, location: Type.String() }) },
        },
      },
      async (request, reply) => {
        const viewer = viewerOf(request);
        const { warning_policy: policy = null, number = null, assign = false, ...body } = request.body;
        if (
          assign &&
          roleFor(viewer, commandTable.assign.who, {
            lead_unit_id: body.lead_unit_id ?? null,
            assisting_unit_ids: [],
          }) === null
        )
          throw forbidden();
        const item = {
          sub_aspect: null,
          due_on: null,
          lead_unit_id: null,
          assisting_unit_ids: [],
          report_cycle: { kind: 'none' },
          importance: 'normal',
          ...body,
          number,
          policy,
          assign,
        } as NewSupervisionItem;
        checkSubAspect(item.aspect, item.sub_aspect);
        await checkUnits(db, item);
        const created = await processes.createSupervisionItem(
          item,
          actingUnder(viewer, 'create_supervision_item'),
          request.commandId,
        );
        if (isRefusal(created)) return replyRefusal(reply, created);
        const row = await visible(shown, created.id, viewer);
        setEtag(reply, row.version).code(201).header('location', `/api/v1/supervision-items/${row.id}`);
        return itemView(row, viewer);
      },
    );

    app.get(
      '/supervision-items/:id',
      {
        config: { right: 'process' },
        schema: {
          operationId: 'getSupervisionItem',
          summary: '一个督查事项',
          tags: ['supervision-items'],
          params: IdParams,
          response: { 200: answer('督查事项', ref(Item), EtagHeader) },
        },
      },
      async (request, reply) => {
        const viewer = viewerOf(request);
        const row = await opened(shown, request.params.id, request, { db, processes });
        setEtag(reply, row.version);
        return itemView(row, viewer);
      },
    );
  };

/** a sub-aspect belongs to its aspect. */
export function checkSubAspect(aspect: keyof typeof aspects, sub: string | null): void {
  if (sub === null || sub in aspects[aspect].subs) return;
  const known = Object.keys(aspects[aspect].subs);
  const detail =
    known.length === 0
      ? `方面 ${aspect} 没有子类，请留空。`
      : `方面 ${aspect} 的子类只能是 ${known.join('、')}。`;
  throw new ApiProblem('invalid_request', detail, {
    errors: [{ pointer: '/sub_aspect', detail, in: 'body' }],
  });
}

/** @throws ApiProblem `unknown_unit` with the field that names it. */
export async function checkUnits(
  db: Db,
  {
    lead_unit_id,
    assisting_unit_ids = [],
  }: { lead_unit_id?: string | null; assisting_unit_ids?: readonly string[] },
): Promise<void> {
  if (lead_unit_id != null && (await findUnit(db, lead_unit_id)) === null)
    throw unknownUnit('/lead_unit_id')();
  for (const [index, id] of assisting_unit_ids.entries()) {
    if ((await findUnit(db, id)) === null) throw unknownUnit(`/assisting_unit_ids/${index}`)();
  }
}
