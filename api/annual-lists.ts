/** 年度目标清单: one year's list, its themes, and its indicators. What changes it is in files of its own. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import {
  listedIndicators,
  listOf,
  lockList,
  correctWeights,
  listChanged,
  themes,
  updateFacts,
} from '../db/annual-list.ts';
import {
  draftFaults,
  findIndicator,
  knownOfYear,
  listIndicators,
  shownDay,
  unitTotals,
  weightsOf,
  type IndicatorFilters,
  type IndicatorRow,
} from '../db/annual-list-views.ts';
import { audit } from '../db/audit.ts';
import { indicatorFaults } from '../domain/annual-list-checks.ts';
import { indicatorKinds, origins } from '../domain/annual-list.ts';
import { roleFor, seesProcess, type Viewer } from '../domain/permissions.ts';
import { localDateOf, rfc3339, type LocalDate } from '../domain/time.ts';
import { sourceLevels } from '../domain/vocabulary.ts';
import {
  AnnualListView,
  Day,
  factFields,
  factsOf,
  indicatorView,
  IndicatorView,
  inPoints,
  writtenOf,
  unitsAndFaults,
  Year,
} from './annual-lists-view.ts';
import { listFaulty, sameThing } from './annual-lists-faults.ts';
import { done } from './audited.ts';
import { viewerOf } from './authentication.ts';
import { EtagHeader, requireIfMatch, setEtag } from './concurrency.ts';
import { orProblem } from './constraints.ts';
import type { AppDeps } from './deps.ts';
import { LinkHeader, Paged, PageOf, pageQuery, turnPage } from './paging.ts';
import { ApiProblem, notFound } from './problem.ts';
import { answer, closed, IdParams, named, nullable, oneOf, ref, text, Uuid } from './schemas.ts';
import { scopeOf } from './viewer-scope.ts';

const changeable = Object.fromEntries(
  Object.entries(factFields).map(([name, schema]) => [name, Type.Optional(schema)]),
) as { [K in keyof typeof factFields]: ReturnType<typeof Type.Optional<(typeof factFields)[K]>> };

const Theme = closed({
  code: Type.String(),
  name: Type.String(),
  from_start: Type.Boolean({ description: '年初即有的七个共性主题之一' }),
});

const IndicatorWeight = named(
  'IndicatorWeight',
  closed({
    from_date: Day,
    points: Type.String(),
    reason: Type.String(),
    change_id: nullable(Uuid),
    proposed_by: Uuid,
    approved_by: nullable(Uuid),
  }),
);

const On = Type.Optional(Type.Unsafe<LocalDate>({ ...Day, description: '按该日的分值；默认今天' }));

export const annualLists =
  ({ db, clock }: Pick<AppDeps, 'db' | 'clock'>): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.addSchema(AnnualListView);
    app.addSchema(IndicatorView);
    app.addSchema(IndicatorWeight);
    const today = async () => localDateOf(await clock.now());

    app.get(
      '/themes',
      {
        config: { right: 'see_annual_list' },
        schema: {
          operationId: 'listThemes',
          summary: '共性指标的主题',
          tags: ['annual-lists'],
          response: { 200: answer('主题', closed({ items: Type.Array(Theme) })) },
        },
      },
      async () => ({
        items: (await themes(db)).map(({ code, name, from_start }) => ({ code, name, from_start })),
      }),
    );

    app.get(
      '/annual-lists/:year',
      {
        config: { right: 'see_annual_list' },
        schema: {
          operationId: 'getAnnualList',
          summary: '某年的目标清单：各单位合计，以及下达之前须消除的问题',
          tags: ['annual-lists'],
          params: closed({ year: Year }),
          querystring: closed({ on: On }),
          response: { 200: answer('清单', ref(AnnualListView), EtagHeader) },
        },
      },
      async (request, reply) => {
        const { year } = request.params;
        const list = await listOf(db, year);
        if (list === null) throw notFound('没有该年度的清单。');
        const scope = scopeOf(viewerOf(request));
        const on = request.query.on ?? shownDay(year, await today());
        const units = await unitTotals(db, year, on, scope);
        const faults = list.stage === 'draft' ? await draftFaults(db, year, scope) : [];
        setEtag(reply, list.version);
        const released_at = list.released_at === null ? null : rfc3339(list.released_at);
        return { ...list, released_at, on, ...unitsAndFaults(units, faults) };
      },
    );

    app.get(
      '/indicators',
      {
        config: { right: 'see_annual_list' },
        schema: {
          operationId: 'listIndicators',
          summary: '指标列表（本人可见的），按编号排序',
          tags: ['annual-lists'],
          querystring: Paged({
            year: Type.Optional(Year),
            unit_id: Type.Optional(Uuid),
            theme: Type.Optional(text(60)),
            kind: Type.Optional(oneOf(indicatorKinds)),
            source_level: Type.Optional(oneOf(sourceLevels)),
            target_level: Type.Optional(oneOf(sourceLevels)),
            origin: Type.Optional(oneOf(origins)),
            number: Type.Optional(text(40)),
            on: On,
          }),
          response: { 200: answer('一页指标', PageOf(ref(IndicatorView)), LinkHeader) },
        },
      },
      async (request, reply) => {
        const viewer = viewerOf(request);
        const { limit: _, cursor: __, on: asked, ...filters } = request.query;
        const page = pageQuery(request.query, 1);
        const on = asked ?? shownDay(filters.year ?? Number((await today()).slice(0, 4)), await today());
        const rows = await listIndicators(db, scopeOf(viewer), filters as IndicatorFilters, {
          on,
          limit: page.limit + 1,
          after: page.after?.[0] ?? null,
        });
        const views = rows.map((row) => indicatorView(row, on, viewer));
        return turnPage(request, reply, page, views, ({ number }) => [number]);
      },
    );

    app.get(
      '/indicators/:id',
      {
        config: { right: 'see_annual_list' },
        schema: {
          operationId: 'getIndicator',
          summary: '一项指标：各级目标及生效的一级，某日的分值',
          tags: ['annual-lists'],
          params: IdParams,
          querystring: closed({ on: On }),
          response: { 200: answer('指标', ref(IndicatorView), EtagHeader) },
        },
      },
      async (request, reply) => {
        const viewer = viewerOf(request);
        const now = await today();
        const row = visibleIndicator(
          await findIndicator(db, request.params.id, request.query.on ?? now),
          viewer,
        );
        // Whoever names no day is not shown a list of next year as if it weighed nothing.
        const on = request.query.on ?? shownDay(row.year, now);
        const shown =
          on === now || request.query.on !== undefined ? row : await findIndicator(db, row.id, on);
        setEtag(reply, row.version);
        return indicatorView(shown ?? row, on, viewer);
      },
    );

    app.get(
      '/indicators/:id/weights',
      {
        config: { right: 'see_annual_list' },
        schema: {
          operationId: 'listIndicatorWeights',
          summary: '指标分值的历次版本：自何日起、缘由、谁提出、谁确认，新的在前',
          tags: ['annual-lists'],
          params: IdParams,
          response: { 200: answer('分值', closed({ items: Type.Array(ref(IndicatorWeight)) })) },
        },
      },
      async (request) => {
        const row = visibleIndicator(
          await findIndicator(db, request.params.id, await today()),
          viewerOf(request),
        );
        const items = await weightsOf(db, row.id);
        return { items: items.map((one) => ({ ...one, points: inPoints(one.points) })) };
      },
    );

    app.patch(
      '/indicators/:id',
      {
        config: { right: 'edit_annual_list' },
        schema: {
          operationId: 'changeIndicator',
          summary: '修改尚未下达的清单中的指标；下达后只能以分值调整和动态指标办理',
          tags: ['annual-lists'],
          params: IdParams,
          body: closed(changeable),
          response: { 200: answer('已修改', ref(IndicatorView), EtagHeader) },
        },
      },
      async (request, reply) => {
        const viewer = viewerOf(request);
        const { id } = request.params;
        const now = await today();
        const row = await orProblem(sameThing, () =>
          db.transaction().execute(async (tx) => {
            const found = visibleIndicator(await findIndicator(tx, id, now), viewer);
            const list = await lockList(tx, found.year);
            if (list?.stage !== 'draft') {
              throw new ApiProblem('stage_forbids', '清单已下达，请以分值调整或动态指标办理。');
            }
            // Read again behind the lock.
            const [before] = await listedIndicators(tx, found.year, { ids: [id] });
            const current = await findIndicator(tx, id, now);
            if (before === undefined || current === undefined) throw notFound();
            requireIfMatch(request, current.version);
            const after = { ...before, ...factsOf({ ...writtenOf(before), ...request.body }) };
            const faults = indicatorFaults(after, await knownOfYear(tx, found.year));
            if (faults.length > 0) throw listFaulty(faults);
            await updateFacts(tx, [after]);
            await correctWeights(tx, [after], { proposed_by: viewer.account_id, reason: '年度清单' });
            await listChanged(tx, found.year);
            await audit(tx, done(request, `indicator/${id}`, { ...request.body }));
            return await findIndicator(tx, id, shownDay(found.year, now));
          }),
        );
        const after = visibleIndicator(row, viewer);
        setEtag(reply, after.version);
        return indicatorView(after, shownDay(after.year, now), viewer);
      },
    );
  };

/** The row when the viewer may see it; otherwise it does not exist for them. */
export function visibleIndicator(row: IndicatorRow | undefined, viewer: Viewer): IndicatorRow {
  const thing = { lead_unit_id: row?.unit_id ?? null, assisting_unit_ids: [] };
  if (row === undefined || roleFor(viewer, seesProcess, thing) === null) throw notFound();
  return row;
}
