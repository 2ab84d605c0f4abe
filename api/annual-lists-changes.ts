/** 分值调整与动态指标: one person proposes, another one confirms; the unit's list stays at 100 points. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { lockList } from '../db/annual-list.ts';
import {
  changeOf,
  changesOf,
  proposeChange,
  weightsInForce,
  type Proposal,
  type WeightChange,
} from '../db/annual-list-changes.ts';
import { findIndicator, type IndicatorRow } from '../db/annual-list-views.ts';
import { audit } from '../db/audit.ts';
import type { Tx } from '../db/client.ts';
import { defaultPolicies, indicatorKinds } from '../domain/annual-list.ts';
import { decimal } from '../domain/decimal.ts';
import { instant, localDateOf, type Instant, type LocalDate } from '../domain/time.ts';
import { visibleIndicator } from './annual-lists.ts';
import {
  changeRevision,
  changeSummary,
  changeView,
  ChangeSummary,
  ChangeView,
} from './annual-lists-change-view.ts';
import {
  checkAddition,
  checkWeights,
  makeRoom,
  promotion,
  requireReleased,
} from './annual-lists-proposing.ts';
import { ChangeParams, Day, factFields, factsOf, mayPromote, Points, Year } from './annual-lists-view.ts';
import { done } from './audited.ts';
import { viewerOf } from './authentication.ts';
import { checkIfMatch, EtagHeader, setEtag } from './concurrency.ts';
import { unknownUnit } from './constraints.ts';
import type { AppDeps } from './deps.ts';
import { newIdFor } from './idempotency.ts';
import { LinkHeader, Paged, PageOf, pageQuery, turnPage } from './paging.ts';
import { ApiProblem, notFound } from './problem.ts';
import { answer, closed, IdParams, oneOf, ref, text, Uuid } from './schemas.ts';

const YearParams = closed({ year: Year });
const Weights = Type.Array(closed({ indicator_id: Uuid, points: Points }), {
  minItems: 1,
  maxItems: 500,
  description: '该单位现有的全部指标，每项一次',
});
const why = { from_date: Day, reason: text(500) };
/** What a dynamic indicator may leave to its defaults. */
const optional = {
  theme: Type.Optional(factFields.theme),
  sub_target: Type.Optional(factFields.sub_target),
  source_document: Type.Optional(factFields.source_document),
  value_kind: Type.Optional(factFields.value_kind),
  baseline_value: Type.Optional(factFields.baseline_value),
  is_stretch: Type.Optional(factFields.is_stretch),
  tags: Type.Optional(factFields.tags),
  evidence_rule: Type.Optional(factFields.evidence_rule),
  warning_policy: Type.Optional(factFields.warning_policy),
  progress_policy: Type.Optional(factFields.progress_policy),
};
const NewIndicator = closed({
  ...factFields,
  ...optional,
  year: Year,
  unit_id: Uuid,
  kind: Type.Optional(oneOf(indicatorKinds)),
  ...why,
  weights: Type.Optional(Weights),
});

const Created = {
  201: answer('已提出，待另一人确认', ref(ChangeView), { ...EtagHeader, location: Type.String() }),
};

type Proposing = { readonly id: string; readonly proposed_by: string; readonly proposed_at: Instant };

export const annualListChanges =
  ({ db, clock }: Pick<AppDeps, 'db' | 'clock'>): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.addSchema(ChangeView);
    app.addSchema(ChangeSummary);

    const answerWith = async (reply: FastifyReply, change: WeightChange) => {
      setEtag(reply, changeRevision(change));
      return changeView(db, change, viewerOf(reply.request));
    };

    /** Under the list's lock, so that no two proposals are worked out against each other. */
    const propose = async (
      reply: FastifyReply,
      year: number,
      work: (tx: Tx, days: { readonly today: LocalDate }) => Promise<Omit<Proposal, keyof Proposing>>,
    ) => {
      const { request } = reply;
      const at = await clock.now();
      const change = await db.transaction().execute(async (tx) => {
        requireReleased(await lockList(tx, year));
        const { account_id } = viewerOf(request);
        const proposing = { id: newIdFor(request), proposed_by: account_id, proposed_at: at };
        const proposed = await proposeChange(tx, {
          ...(await work(tx, { today: localDateOf(at) })),
          ...proposing,
        });
        const { id, kind, from_date, reason } = proposed;
        await audit(tx, done(request, `weight_change/${id}`, { year, kind, from_date, reason }));
        return proposed;
      });
      reply.code(201).header('location', `/api/v1/annual-lists/${year}/weight-changes/${change.id}`);
      return answerWith(reply, change);
    };

    app.get(
      '/annual-lists/:year/weight-changes',
      {
        config: { right: 'edit_annual_list' },
        schema: {
          operationId: 'listWeightChanges',
          summary: '分值调整、动态指标、转为共性指标的申请，新的在前',
          tags: ['annual-lists'],
          params: YearParams,
          querystring: Paged({}),
          response: { 200: answer('一页', PageOf(ref(ChangeSummary)), LinkHeader) },
        },
      },
      async (request, reply) => {
        const page = pageQuery(request.query, 2);
        const [at = '', id = ''] = page.after ?? [];
        const rows = await changesOf(db, request.params.year, {
          limit: page.limit + 1,
          before: page.after === null ? null : [instant(Number(at)), id],
        });
        const viewer = viewerOf(request);
        const turned = turnPage(request, reply, page, rows, (row) => [String(row.proposed_at), row.id]);
        return { ...turned, items: turned.items.map((row) => changeSummary(row, viewer)) };
      },
    );

    app.get(
      '/annual-lists/:year/weight-changes/:id',
      {
        config: { right: 'edit_annual_list' },
        schema: {
          operationId: 'getWeightChange',
          summary: '一份申请：各单位每项指标的原分值、新分值，新增的指标',
          tags: ['annual-lists'],
          params: ChangeParams,
          response: { 200: answer('申请', ref(ChangeView), EtagHeader) },
        },
      },
      async ({ params }, reply) => {
        const change = await changeOf(db, params.id);
        if (change === null || change.year !== params.year) throw notFound();
        return answerWith(reply, change);
      },
    );

    app.post(
      '/annual-lists/:year/weight-changes',
      {
        config: { right: 'edit_annual_list' },
        schema: {
          operationId: 'proposeWeightChange',
          summary: '提出某单位的分值调整：列出全部指标，合计仍为100分；由另一人确认',
          tags: ['annual-lists'],
          params: YearParams,
          body: closed({ unit_id: Uuid, ...why, weights: Weights }),
          response: Created,
        },
      },
      (request, reply) => {
        const { year } = request.params;
        const { unit_id, from_date, reason } = request.body;
        return propose(reply, year, async (tx, { today }) => {
          const weights = written(request.body.weights);
          await checkWeights(tx, { weights, additions: [] }, [unit_id], { from_date, today, year });
          return { year, kind: 'weights', from_date, reason, weights, additions: [], promotes: null };
        });
      },
    );

    app.post(
      '/indicators',
      {
        config: { right: 'edit_annual_list' },
        schema: {
          operationId: 'proposeIndicator',
          summary: '提出动态指标：自某日起加入某单位的清单，其余指标让出分值；由另一人确认',
          description: '不给 weights 时，其余指标按原分值的比例让出。',
          tags: ['annual-lists'],
          body: NewIndicator,
          response: Created,
        },
      },
      (request, reply) => {
        const {
          year,
          unit_id,
          kind = 'individual',
          from_date,
          reason,
          weights: asked,
          ...body
        } = request.body;
        const facts = factsOf({ ...left, ...defaultPolicies, ...body });
        return propose(reply, year, async (tx, { today }) => {
          const [unit] = await weightsInForce(tx, year, [unit_id]);
          if (unit === undefined) throw unknownUnit('/unit_id')();
          const id = newIdFor(request);
          const addition = { ...facts, id, number: null, unit_id, kind, promoted_from: null };
          await checkAddition(tx, year, addition, from_date);
          const weights =
            asked === undefined ? await makeRoom(tx, year, [unit_id], facts.points) : written(asked);
          const change = { weights, additions: [addition] };
          await checkWeights(tx, change, [unit_id], { from_date, today, year });
          return { year, kind: 'dynamic', from_date, reason, ...change, promotes: null };
        });
      },
    );

    app.post(
      '/indicators/:id/commands/promote',
      {
        config: { right: 'edit_annual_list' },
        schema: {
          operationId: 'proposePromotion',
          summary: '提出将动态指标转为共性指标：其他单位自某日起各有一项；由另一人确认',
          description:
            '不给 unit_ids 时为所有有清单的单位，不给 points 时与原单位现行分值相同。各单位的责任人取自任职。',
          tags: ['annual-lists'],
          params: IdParams,
          body: closed({
            theme: text(60),
            ...why,
            points: Type.Optional(Points),
            unit_ids: Type.Optional(Type.Array(Uuid, { maxItems: 1_000, uniqueItems: true })),
          }),
          response: Created,
        },
      },
      async (request, reply) => {
        const viewer = viewerOf(request);
        const { theme, from_date, reason, unit_ids = null } = request.body;
        const points = request.body.points === undefined ? null : decimal(request.body.points);
        const today = localDateOf(await clock.now());
        const { id, year } = visibleIndicator(await findIndicator(db, request.params.id, today), viewer);
        return propose(reply, year, async (tx) => {
          const row = visibleIndicator(await findIndicator(tx, id, today), viewer);
          checkIfMatch(request, row.version);
          checkPromotable(row);
          const change = await promotion(tx, row, { theme, from_date, points, unit_ids });
          const units = [...new Set(change.additions.map(({ unit_id }) => unit_id))];
          await checkWeights(tx, change, units, { from_date, today, year });
          const promotes = { indicator_id: id, theme };
          return { year, kind: 'promotion', from_date, reason, ...change, promotes };
        });
      },
    );
  };

const left = {
  theme: null,
  sub_target: null,
  source_document: null,
  value_kind: 'cumulative' as const,
  baseline_value: null,
  is_stretch: false,
  tags: [],
  evidence_rule: null,
};

const written = (weights: readonly { readonly indicator_id: string; readonly points: string }[]) =>
  weights.map(({ indicator_id, points }) => ({ indicator_id, points: decimal(points) }));

function checkPromotable(row: IndicatorRow): void {
  if (mayPromote(row)) return;
  throw new ApiProblem('stage_forbids', '只有年度中加入的个性指标可以转为共性指标。');
}
