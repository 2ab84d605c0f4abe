/** 指标任务: the list and one task. They begin when a list is released (list-releases.ts). */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { listTasks, taskOrders, type TaskFilters } from '../db/indicator-tasks.ts';
import { indicatorKinds } from '../domain/annual-list.ts';
import { stages } from '../domain/indicator-task.ts';
import { localDateOf, type LocalDate } from '../domain/time.ts';
import { Day, Year } from './annual-lists-view.ts';
import { viewerOf } from './authentication.ts';
import { EtagHeader, setEtag } from './concurrency.ts';
import type { AppDeps } from './deps.ts';
import { shownTasks, Task, taskView } from './indicator-task-view.ts';
import { opened } from './opening.ts';
import { LinkHeader, Paged, PageOf, pageQuery, turnPage } from './paging.ts';
import { cards } from './process-view.ts';
import { answer, closed, IdParams, oneOf, ref, text, Uuid } from './schemas.ts';
import { scopeOf } from './viewer-scope.ts';

const On = Type.Optional(Type.Unsafe<LocalDate>({ ...Day, description: '按该日的分值；默认今天' }));

export const indicatorTasks =
  ({ db, clock, processes }: Pick<AppDeps, 'db' | 'clock' | 'processes'>): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.addSchema(Task);
    const shown = shownTasks({ db, clock });
    const today = async () => localDateOf(await clock.now());

    app.get(
      '/indicator-tasks',
      {
        config: { right: 'process' },
        schema: {
          operationId: 'listIndicatorTasks',
          summary: '指标任务列表（本人可见的）',
          tags: ['indicator-tasks'],
          querystring: Paged({
            year: Type.Optional(Year),
            stage: Type.Optional(oneOf(stages)),
            card: Type.Optional(oneOf(cards)),
            unit_id: Type.Optional(Uuid),
            theme: Type.Optional(text(60)),
            kind: Type.Optional(oneOf(indicatorKinds)),
            number: Type.Optional(text(40)),
            on: On,
            sort: Type.Optional(oneOf(taskOrders)),
          }),
          response: { 200: answer('一页指标任务', PageOf(ref(Task)), LinkHeader) },
        },
      },
      async (request, reply) => {
        const viewer = viewerOf(request);
        const { limit: _, cursor: __, sort = 'number', on: asked, ...filters } = request.query;
        const page = pageQuery(request.query, 2);
        const rows = await listTasks(db, scopeOf(viewer), filters as TaskFilters, {
          order: sort,
          limit: page.limit + 1,
          after: page.after,
        });
        const on = asked ?? (await today());
        const keys = new Map(rows.map(({ id, sort_key }) => [id, [sort_key, id] as const]));
        const views = rows.map((row) => taskView(row, viewer, on));
        return turnPage(request, reply, page, views, ({ id }) => keys.get(id) ?? ['', id]);
      },
    );

    app.get(
      '/indicator-tasks/:id',
      {
        config: { right: 'process' },
        schema: {
          operationId: 'getIndicatorTask',
          summary: '一个指标任务：某日的分值，各期计划、认定与颜色经过',
          tags: ['indicator-tasks'],
          params: IdParams,
          querystring: closed({ on: On }),
          response: { 200: answer('指标任务', ref(Task), EtagHeader) },
        },
      },
      async (request, reply) => {
        const viewer = viewerOf(request);
        const row = await opened(shown, request.params.id, request, { db, processes });
        setEtag(reply, row.version);
        return taskView(row, viewer, request.query.on ?? (await today()));
      },
    );
  };
