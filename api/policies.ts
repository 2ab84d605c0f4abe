/** 预警规则, by time and by progress: versions. A process keeps the version that it began with until one is applied to it. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type, type TSchema } from 'typebox';
import { audit } from '../db/audit.ts';
import {
  addPolicyVersion,
  latestPolicies,
  policyVersions,
  type PolicyOf,
  type PolicyVersion,
} from '../db/policy-versions.ts';
import type { PolicySort } from '../domain/policy-change.ts';
import { progressPolicyFaults } from '../domain/progress-policy.ts';
import { rfc3339 } from '../domain/time.ts';
import { policyFaults } from '../domain/warning-policy.ts';
import { done } from './audited.ts';
import { checkIfMatch, EtagHeader, setEtag } from './concurrency.ts';
import type { AppDeps } from './deps.ts';
import { LinkHeader, Paged, PageOf, pageQuery, turnPage } from './paging.ts';
import { NewPolicy, NewProgressPolicy, Policy, PolicyName, ProgressPolicyShown } from './policy-schemas.ts';
import { ApiProblem, notFound } from './problem.ts';
import { answer, closed, ref, type Named } from './schemas.ts';

type Resource<Sort extends PolicySort> = {
  readonly sort: Sort;
  readonly path: string;
  readonly subject: string;
  /** How operations of OpenAPI call it. */
  readonly called: 'WarningPolic' | 'ProgressPolic';
  readonly zh: string;
  readonly Asked: TSchema;
  readonly Shown: Named;
  readonly faults: (policy: unknown) => readonly string[];
};

type Deps = Pick<AppDeps, 'db' | 'clock'>;

export const warningPolicies = (deps: Deps) =>
  policies(deps, {
    sort: 'warning',
    path: '/warning-policies',
    subject: 'warning_policy',
    called: 'WarningPolic',
    zh: '预警规则',
    Asked: NewPolicy,
    Shown: Policy,
    faults: policyFaults,
  });

export const progressPolicies = (deps: Deps) =>
  policies(deps, {
    sort: 'progress',
    path: '/progress-policies',
    subject: 'progress_policy',
    called: 'ProgressPolic',
    zh: '进度预警规则',
    Asked: NewProgressPolicy,
    Shown: ProgressPolicyShown,
    faults: progressPolicyFaults,
  });

const policies =
  <Sort extends PolicySort>(
    { db, clock }: Deps,
    { sort, path, subject, called, zh, Asked, Shown, faults }: Resource<Sort>,
  ): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.addSchema(Shown);
    const tags = [path.slice(1)];
    const shown = ({ policy, created_at }: PolicyVersion<PolicyOf[Sort]>): unknown => ({
      ...policy,
      created_at: rfc3339(created_at),
    });
    const unknown = () => notFound(`没有这项${zh}。`);

    app.get(
      path,
      {
        config: { right: 'see_policies' },
        schema: {
          operationId: `list${called}ies`,
          summary: `现行${zh}，按代码排序`,
          tags,
          querystring: Paged({}),
          response: { 200: answer('一页', PageOf(ref(Shown)), LinkHeader) },
        },
      },
      async (request, reply) => {
        const page = pageQuery(request.query, 1);
        const [after = ''] = page.after ?? [];
        const rows = (await latestPolicies(db, sort)).filter(({ policy }) => policy.name > after);
        const turned = turnPage(request, reply, page, rows, ({ policy }) => [policy.name]);
        return { ...turned, items: turned.items.map(shown) };
      },
    );

    app.get(
      `${path}/:name`,
      {
        config: { right: 'see_policies' },
        schema: {
          operationId: `get${called}y`,
          summary: `一项${zh}的现行版本`,
          tags,
          params: closed({ name: PolicyName }),
          response: { 200: answer('规则', ref(Shown), EtagHeader) },
        },
      },
      async ({ params }, reply) => {
        const [latest] = await policyVersions(db, sort, params.name);
        if (latest === undefined) throw unknown();
        setEtag(reply, latest.policy.version);
        return shown(latest);
      },
    );

    app.get(
      `${path}/:name/versions`,
      {
        config: { right: 'see_policies' },
        schema: {
          operationId: `list${called}yVersions`,
          summary: `一项${zh}的各个版本，新的在前`,
          tags,
          params: closed({ name: PolicyName }),
          querystring: Paged({}),
          response: { 200: answer('一页', PageOf(ref(Shown)), LinkHeader) },
        },
      },
      async (request, reply) => {
        const page = pageQuery(request.query, 1);
        const before = page.after === null ? Number.POSITIVE_INFINITY : Number(page.after[0]);
        const all = await policyVersions(db, sort, request.params.name);
        if (all.length === 0) throw unknown();
        const rows = all.filter(({ policy }) => policy.version < before);
        const turned = turnPage(request, reply, page, rows, ({ policy }) => [String(policy.version)]);
        return { ...turned, items: turned.items.map(shown) };
      },
    );

    app.post(
      path,
      {
        config: { right: 'publish_policy' },
        schema: {
          operationId: `publish${called}y`,
          summary: `发布一项${zh}的新版本；在办的沿用其开始时的版本，直到经 /policy-applications 换用`,
          tags,
          body: Asked,
          response: { 201: answer('已发布', ref(Shown), { ...EtagHeader, location: Type.String() }) },
        },
      },
      async (request, reply) => {
        const asked = request.body as Omit<PolicyOf[Sort], 'version'> & { readonly name: string };
        const found = faults({ ...asked, version: 1 });
        if (found.length > 0) {
          throw new ApiProblem('policy_faulty', '预警规则有误，没有发布；请按 errors 改正。', {
            errors: found.map((detail) => ({ pointer: '', detail, in: 'body' })),
          });
        }
        const at = await clock.now();
        const published = await db.transaction().execute(async (tx) => {
          const [before] = await policyVersions(tx, sort, asked.name);
          checkIfMatch(request, before?.policy.version ?? 0);
          const added = await addPolicyVersion(tx, sort, asked, at);
          const { name, version } = added.policy;
          await audit(tx, done(request, `${subject}/${name}`, { version }));
          return added;
        });
        const { name, version } = published.policy;
        setEtag(reply, version).code(201).header('location', `/api/v1${path}/${name}`);
        return shown(published);
      },
    );
  };
