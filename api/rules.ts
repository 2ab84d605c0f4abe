/** 办理设定: the settings [D] of processes and messages, each sort with versions. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { TSchema } from 'typebox';
import { audit } from '../db/audit.ts';
import { addRules, latestRules, type RulesOf, type RulesSort, type RulesVersion } from '../db/rules.ts';
import { decimal } from '../domain/decimal.ts';
import { recipientRulesFaults, type RuleFault } from '../domain/rules-faults.ts';
import { rfc3339 } from '../domain/time.ts';
import { done } from './audited.ts';
import { EtagHeader, requireIfMatch, setEtag } from './concurrency.ts';
import type { AppDeps } from './deps.ts';
import { ApiProblem } from './problem.ts';
import {
  IndicatorRulesShown,
  NewIndicatorRules,
  NewProcessRules,
  NewRecipientRules,
  ProcessRulesShown,
  RecipientRulesShown,
} from './rules-schemas.ts';
import { answer, ref, type Named } from './schemas.ts';

type Resource<Sort extends RulesSort> = {
  readonly sort: Sort;
  readonly zh: string;
  /** From when on what is changed holds. */
  readonly holds: string;
  readonly Asked: TSchema;
  readonly Shown: Named;
  /** What is asked for, as it is stored; what clients cannot set stays. */
  readonly stored: (asked: RulesOf[Sort], before: RulesOf[Sort]) => RulesOf[Sort];
  readonly shown: (rules: RulesOf[Sort]) => unknown;
  readonly faults: (rules: RulesOf[Sort]) => readonly RuleFault[];
};

type Deps = Pick<AppDeps, 'db' | 'clock'>;

export const processRules = (deps: Deps) =>
  rules(deps, {
    sort: 'process',
    zh: '督查事项的办理设定',
    holds: '只用于其后下达的事项，在办的沿用开始时的版本',
    Asked: NewProcessRules,
    Shown: ProcessRulesShown,
    stored: (asked, { version }) => ({ ...asked, version }),
    shown: (all) => all,
    faults: () => [],
  });

export const indicatorRules = (deps: Deps) =>
  rules(deps, {
    sort: 'indicator',
    zh: '指标任务的办理设定',
    holds: '只用于其后下达的任务，在办的沿用开始时的版本',
    Asked: NewIndicatorRules,
    Shown: IndicatorRulesShown,
    stored: (asked, { version }) => ({
      ...asked,
      completed_from: decimal(asked.completed_from),
      version,
    }),
    shown: (all) => all,
    faults: () => [],
  });

export const recipientRules = (deps: Deps) =>
  rules(deps, {
    sort: 'recipient',
    zh: '短信的发送设定',
    holds: '用于其后的每一批短信',
    Asked: NewRecipientRules,
    Shown: RecipientRulesShown,
    stored: (asked, { remembered_ids }) => ({ ...asked, remembered_ids }),
    shown: ({ remembered_ids: _, ...all }) => all,
    faults: recipientRulesFaults,
  });

const rules =
  <Sort extends RulesSort>(
    { db, clock }: Deps,
    { sort, zh, holds, Asked, Shown, stored, shown, faults }: Resource<Sort>,
  ): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.addSchema(Shown);
    const path = `/rules/${sort}`;
    const view = ({ version, created_at, rules: all }: RulesVersion<RulesOf[Sort]>): unknown => ({
      ...(shown(all) as object),
      version,
      created_at: created_at === null ? null : rfc3339(created_at),
    });

    app.get(
      path,
      {
        config: { right: 'see_policies' },
        schema: {
          operationId: `get${Shown.$id}`,
          summary: `现行${zh}`,
          tags: ['rules'],
          response: { 200: answer('设定', ref(Shown), EtagHeader) },
        },
      },
      async (_, reply) => {
        const latest = await latestRules(db, sort);
        setEtag(reply, latest.version);
        return view(latest);
      },
    );

    app.put(
      path,
      {
        config: { right: 'publish_policy' },
        schema: {
          operationId: `replace${Shown.$id}`,
          summary: `设定${zh}：${holds}`,
          tags: ['rules'],
          body: Asked,
          response: { 200: answer('已设定', ref(Shown), EtagHeader) },
        },
      },
      async (request, reply) => {
        const asked = request.body as RulesOf[Sort];
        const found = faults(asked);
        if (found.length > 0)
          throw new ApiProblem('invalid_request', '设定前后矛盾，没有改动；请按 errors 改正。', {
            errors: found.map((one) => ({ ...one, in: 'body' })),
          });
        const at = await clock.now();
        const added = await db.transaction().execute(async (tx) => {
          const one = await addRules(
            tx,
            sort,
            (before) => {
              requireIfMatch(request, before.version);
              return stored(asked, before.rules);
            },
            at,
          );
          await audit(tx, done(request, `rules/${sort}`, { version: one.version }));
          return one;
        });
        setEtag(reply, added.version);
        return view(added);
      },
    );
  };
