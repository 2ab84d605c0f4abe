/**
 * 换用新版规则: a policy's newest version for what is open already, seen before it is done. Unlike a notice of
 * holidays one person may apply it [D]: the list of what takes two people (spec: security) does not name it.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply } from 'fastify';
import { Type, type Static } from 'typebox';
import { audit } from '../db/audit.ts';
import { loadCalendar } from '../db/calendar.ts';
import type { Db, Tx } from '../db/client.ts';
import { proposeApplication, type PolicyApplication } from '../db/policy-applications.ts';
import { policyVersions } from '../db/policy-versions.ts';
import { previewMoves } from '../db/replans.ts';
import type { PolicyChange, PolicySort } from '../domain/policy-change.ts';
import { done } from './audited.ts';
import { viewerOf } from './authentication.ts';
import { EtagHeader } from './concurrency.ts';
import { newIdFor } from './idempotency.ts';
import { longWork } from './long-work.ts';
import { LinkHeader, Paged, PageOf } from './paging.ts';
import { PolicyName } from './policy-schemas.ts';
import { ApiProblem, notFound, problemAnswer } from './problem.ts';
import { moveFields, movesView, progressFields, progressOf } from './replan-view.ts';
import {
  applyReplan,
  foundReplan,
  pageOfReplans,
  resumeReplans,
  showReplan,
  type ReplanDeps,
  type ReplanSort,
} from './replans.ts';
import { answer, closed, IdParams, named, oneOf, ref, whole } from './schemas.ts';

const summary = {
  ...progressFields,
  sort: oneOf(['warning', 'progress']),
  name: PolicyName,
  policy_version: whole(1, 2_147_483_647),
};
const Summary = named('PolicyApplicationSummary', closed(summary));
const Application = named(
  'PolicyApplication',
  closed({
    ...summary,
    concerned: whole(0, 2_147_483_647, { description: '换用新版本的在办事项数，不论有无移动' }),
    ...moveFields,
  }),
);

const Asked = closed({
  sort: oneOf(['warning', 'progress']),
  name: PolicyName,
});

const replansOfPolicies = (db: Db): ReplanSort<PolicyApplication> => ({
  table: 'policy_application',
  subject: 'policy_application',
  command: 'policy',
  right: 'publish_policy',
  policyOf: (row) => changeOf(db, row),
  async begin(tx, row, { by, at }) {
    const newest = await newestOf(tx, row);
    if (newest.policy.version !== row.policy_version)
      throw new ApiProblem('preview_outdated', '申报之后该规则已有新版本，预览不再准确；请重新申报。');
    const moves = await previewMoves(tx, { by, at, calendar: await loadCalendar(tx) }, newest);
    return { moves, detail: { name: row.name, policy_version: row.policy_version } };
  },
});

export const policyApplications =
  (deps: ReplanDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { db, clock } = deps;
    const sort = replansOfPolicies(db);
    const patiently = longWork(app);
    app.addSchema(Application);
    app.addSchema(Summary);
    app.addHook('onListen', () => resumeReplans(deps, sort, patiently));

    const answerWith = (reply: FastifyReply, application: PolicyApplication) =>
      showReplan(deps, sort, reply, application, async (row, circumstances) => {
        const preview = async () =>
          previewMoves(db, { ...circumstances, calendar: await loadCalendar(db) }, await changeOf(db, row));
        // Until somebody applies it, what moves depends on what is open at the moment.
        const moves = row.moves ?? (await preview());
        return {
          ...summaryOf(row),
          concerned: moves.filter((move) => !('cannot' in move)).length,
          ...movesView(moves),
        };
      });

    app.get(
      '/policy-applications',
      {
        config: { right: 'publish_policy' },
        schema: {
          operationId: 'listPolicyApplications',
          summary: '在办事项换用新版规则的申报与办理，新的在前',
          tags: ['policy-applications'],
          querystring: Paged({}),
          response: { 200: answer('一页', PageOf(ref(Summary)), LinkHeader) },
        },
      },
      (request, reply) => pageOfReplans(deps, sort, request, reply, summaryOf),
    );

    app.get(
      '/policy-applications/:id',
      {
        config: { right: 'publish_policy' },
        schema: {
          operationId: 'getPolicyApplication',
          summary: '一次换用：哪些期限与预警移动、新增、取消，已办理到哪里',
          tags: ['policy-applications'],
          params: IdParams,
          response: { 200: answer('换用', ref(Application), EtagHeader) },
        },
      },
      async ({ params }, reply) => answerWith(reply, await foundReplan(deps, sort, params.id)),
    );

    app.post(
      '/policy-applications',
      {
        config: { right: 'publish_policy' },
        schema: {
          operationId: 'proposePolicyApplication',
          summary: '预览：在办事项换用某项规则的现行版本后会怎样；不作任何改动',
          description:
            'sort 为 warning（/warning-policies）或 progress（/progress-policies）。只涉及仍用旧版本的在办事项；已过的期限不变，已办结的不变。进度牌按现已认可的数推算。',
          tags: ['policy-applications'],
          body: Asked,
          response: {
            201: answer('预览', ref(Application), { ...EtagHeader, location: Type.String() }),
            404: problemAnswer('没有这项规则'),
          },
        },
      },
      async (request, reply) => {
        const change = await newestOf(db, request.body);
        const at = await clock.now();
        const application = await db.transaction().execute(async (tx) => {
          const proposed = await proposeApplication(tx, {
            id: newIdFor(request),
            change,
            proposed_by: viewerOf(request).account_id,
            proposed_at: at,
          });
          const { id, name, policy_version } = proposed;
          await audit(tx, done(request, `policy_application/${id}`, { name, policy_version }));
          return proposed;
        });
        reply.code(201).header('location', `/api/v1/policy-applications/${application.id}`);
        return answerWith(reply, application);
      },
    );

    app.post(
      '/policy-applications/:id/commands/apply',
      {
        config: { right: 'publish_policy' },
        schema: {
          operationId: 'applyPolicyApplication',
          summary: '换用：逐项告知在办事项；中断后可重复，不会重复移动',
          tags: ['policy-applications'],
          params: IdParams,
          body: closed({}),
          response: { 200: answer('现状', ref(Application), EtagHeader) },
        },
      },
      async (request, reply) =>
        answerWith(reply, await applyReplan(deps, sort, patiently, request, request.params.id)),
    );
  };

function summaryOf(row: PolicyApplication): Static<typeof Summary> {
  const { sort, name, policy_version } = row;
  return { ...progressOf(row, true), sort, name, policy_version };
}

type Named = { readonly sort: PolicySort; readonly name: string };

async function newestOf(db: Db | Tx, { sort, name }: Named): Promise<PolicyChange> {
  const [newest] = await policyVersions(db, sort, name);
  if (newest === undefined) throw notFound('没有这项规则。');
  return { sort, policy: newest.policy } as PolicyChange;
}

/** The version that was seen in advance, whatever has been published since. */
async function changeOf(db: Db, { sort, name, policy_version }: PolicyApplication): Promise<PolicyChange> {
  const versions = await policyVersions(db, sort, name);
  const found = versions.find(({ policy }) => policy.version === policy_version);
  if (found === undefined) throw new Error(`no version ${policy_version} of ${name}`);
  return { sort, policy: found.policy } as PolicyChange;
}
