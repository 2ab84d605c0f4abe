/** 预警规则: versions of policies. A process keeps the version that it began with. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type, type Static } from 'typebox';
import { audit } from '../db/audit.ts';
import { addPolicyVersion, latestPolicies, policyVersions, type PolicyVersion } from '../db/policies.ts';
import { rfc3339 } from '../domain/time.ts';
import { policyFaults } from '../domain/warning-policy.ts';
import { done } from './audited.ts';
import { checkIfMatch, EtagHeader, setEtag } from './concurrency.ts';
import type { AppDeps } from './deps.ts';
import { LinkHeader, Paged, PageOf, pageQuery, turnPage } from './paging.ts';
import { ApiProblem, notFound } from './problem.ts';
import { answer, closed, named, nullable, oneOf, ref, Timestamp, Version, whole } from './schemas.ts';

const levels = ['bell', 'yellow_card', 'red_card'] as const;
const chainRoles = ['reporter', 'deputy_leader', 'principal_leader'] as const;

const Moment = closed({
  amount: whole(-366, 366, { description: '期限前为负，期限当日为0，期限后为正' }),
  unit: oneOf(['working_day', 'calendar_day', 'working_hour', 'calendar_month', 'month_end']),
  at: Type.String({ maxLength: 5, description: 'HH:MM，24:00 为当日终了' }),
});
const Told = Type.Array(oneOf(chainRoles), { maxItems: 3 });
const Name = Type.String({ pattern: '^[a-z][a-z0-9_]{0,62}$', description: '规则代码，如 standard' });

const content = {
  name: Name,
  levels: Type.Array(closed({ level: oneOf(levels), moment: Moment }), { maxItems: 3 }),
  repeat: nullable(
    closed({
      every: Moment,
      times: whole(1, 366),
      // oxlint-disable-next-line unicorn/no-thenable -- a word, not a function: nothing can await it
      then: oneOf(['accountability_proposal', 'nothing']),
    }),
  ),
  recipients: closed({ bell: Told, yellow_card: Told, red_card: Told }),
};

export const NewPolicy = closed(content);
const Policy = named('WarningPolicy', closed({ ...content, version: Version, created_at: Timestamp }));

export const warningPolicies =
  ({ db, clock }: Pick<AppDeps, 'db' | 'clock'>): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.addSchema(Policy);

    app.get(
      '/warning-policies',
      {
        config: { right: 'see_policies' },
        schema: {
          operationId: 'listWarningPolicies',
          summary: '现行预警规则，按代码排序',
          tags: ['warning-policies'],
          querystring: Paged({}),
          response: { 200: answer('一页', PageOf(ref(Policy)), LinkHeader) },
        },
      },
      async (request, reply) => {
        const page = pageQuery(request.query, 1);
        const [after = ''] = page.after ?? [];
        const rows = (await latestPolicies(db)).filter(({ policy }) => policy.name > after);
        const turned = turnPage(request, reply, page, rows, ({ policy }) => [policy.name]);
        return { ...turned, items: turned.items.map(shown) };
      },
    );

    app.get(
      '/warning-policies/:name',
      {
        config: { right: 'see_policies' },
        schema: {
          operationId: 'getWarningPolicy',
          summary: '一项规则的现行版本',
          tags: ['warning-policies'],
          params: closed({ name: Name }),
          response: { 200: answer('规则', ref(Policy), EtagHeader) },
        },
      },
      async ({ params }, reply) => {
        const [latest] = await policyVersions(db, params.name);
        if (latest === undefined) throw notFound('没有这项预警规则。');
        setEtag(reply, latest.policy.version);
        return shown(latest);
      },
    );

    app.get(
      '/warning-policies/:name/versions',
      {
        config: { right: 'see_policies' },
        schema: {
          operationId: 'listWarningPolicyVersions',
          summary: '一项规则的各个版本，新的在前',
          tags: ['warning-policies'],
          params: closed({ name: Name }),
          querystring: Paged({}),
          response: { 200: answer('一页', PageOf(ref(Policy)), LinkHeader) },
        },
      },
      async (request, reply) => {
        const page = pageQuery(request.query, 1);
        const before = page.after === null ? Number.POSITIVE_INFINITY : Number(page.after[0]);
        const all = await policyVersions(db, request.params.name);
        if (all.length === 0) throw notFound('没有这项预警规则。');
        const rows = all.filter(({ policy }) => policy.version < before);
        const turned = turnPage(request, reply, page, rows, ({ policy }) => [String(policy.version)]);
        return { ...turned, items: turned.items.map(shown) };
      },
    );

    app.post(
      '/warning-policies',
      {
        config: { right: 'publish_policy' },
        schema: {
          operationId: 'publishWarningPolicy',
          summary: '发布一项规则的新版本；在办事项沿用其开始时的版本',
          tags: ['warning-policies'],
          body: NewPolicy,
          response: { 201: answer('已发布', ref(Policy), { ...EtagHeader, location: Type.String() }) },
        },
      },
      async (request, reply) => {
        const faults = policyFaults({ ...request.body, version: 1 });
        if (faults.length > 0) {
          throw new ApiProblem('policy_faulty', '预警规则有误，没有发布；请按 errors 改正。', {
            errors: faults.map((detail) => ({ pointer: '', detail, in: 'body' })),
          });
        }
        const at = await clock.now();
        const published = await db.transaction().execute(async (tx) => {
          const [before] = await policyVersions(tx, request.body.name);
          checkIfMatch(request, before?.policy.version ?? 0);
          const added = await addPolicyVersion(tx, request.body, at);
          const { name, version } = added.policy;
          await audit(tx, done(request, `warning_policy/${name}`, { version }));
          return added;
        });
        const { name, version } = published.policy;
        setEtag(reply, version).code(201).header('location', `/api/v1/warning-policies/${name}`);
        return shown(published);
      },
    );
  };

const shown = ({ policy, created_at }: PolicyVersion): Static<typeof Policy> => ({
  name: policy.name,
  version: policy.version,
  levels: policy.levels.map(({ level, moment }) => ({ level, moment: { ...moment } })),
  repeat: policy.repeat === null ? null : { ...policy.repeat, every: { ...policy.repeat.every } },
  recipients: {
    bell: [...policy.recipients.bell],
    yellow_card: [...policy.recipients.yellow_card],
    red_card: [...policy.recipients.red_card],
  },
  created_at: rfc3339(created_at),
});
