import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { administratorRoles, isAdministrator, roles, type Role } from '../domain/vocabulary.ts';
import { createAccount, findAccount, listAccounts, lockAccount, replaceRoles } from '../db/accounts.ts';
import { audit } from '../db/audit.ts';
import { replaceScope } from '../db/review-scope.ts';
import { oneTimePassword } from '../db/passwords.ts';
import { AccountName, AccountSchema, Scope, shownAccount } from './account-schema.ts';
import { done } from './audited.ts';
import { viewerOf } from './authentication.ts';
import { EtagHeader, requireIfMatch, setEtag } from './concurrency.ts';
import { alreadyExists, orProblem, unknownPerson, unknownUnit } from './constraints.ts';
import type { AppDeps } from './deps.ts';
import { newIdFor } from './idempotency.ts';
import { LinkHeader, Paged, PageOf, pageQuery, turnPage } from './paging.ts';
import { ApiProblem, notFound } from './problem.ts';
import { answer, closed, IdParams, nullable, oneOf, ref, Uuid } from './schemas.ts';

/** `public` is whoever scans a code in the street; it never has an account. */
type GrantableRole = Exclude<Role, 'public'>;
const grantable = (Object.keys(roles) as Role[]).filter((role): role is GrantableRole => role !== 'public');
const GrantableRole = oneOf(grantable);

const rolesExclude = () =>
  new ApiProblem(
    'roles_exclude_each_other',
    `${Object.values(administratorRoles).join('、')}三者互斥，也不得兼任业务角色；请只保留一个，或只保留业务角色。`,
    { errors: [{ pointer: '/roles', detail: '管理员角色不得与其他角色并存。', in: 'body' }] },
  );

export const accounts =
  ({ db }: Pick<AppDeps, 'db'>): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.addSchema(AccountSchema);

    app.get(
      '/roles',
      {
        config: { right: 'signed_in' },
        schema: {
          operationId: 'listRoles',
          summary: '可授予的角色',
          tags: ['accounts'],
          response: {
            200: answer(
              '角色',
              closed({
                items: Type.Array(
                  closed({
                    role: GrantableRole,
                    name: Type.String(),
                    kind: oneOf(['business', 'administrator']),
                  }),
                ),
              }),
            ),
          },
        },
      },
      () => ({
        items: grantable.map((role) => ({
          role,
          name: roles[role],
          kind: isAdministrator(role) ? ('administrator' as const) : ('business' as const),
        })),
      }),
    );

    app.get(
      '/accounts',
      {
        config: { right: 'see_accounts' },
        schema: {
          operationId: 'listAccounts',
          summary: '账号列表，按账号排序',
          tags: ['accounts'],
          querystring: Paged({
            account: Type.Optional(AccountName),
            person_id: Type.Optional(Uuid),
            unit_id: Type.Optional(Uuid),
            role: Type.Optional(GrantableRole),
            disabled: Type.Optional(Type.Boolean()),
          }),
          response: { 200: answer('一页账号', PageOf(ref(AccountSchema)), LinkHeader) },
        },
      },
      async (request, reply) => {
        const page = pageQuery(request.query, 1);
        const rows = await listAccounts(db, request.query, {
          limit: page.limit + 1,
          after: page.after?.[0] ?? null,
        });
        return turnPage(request, reply, page, rows.map(shownAccount), ({ account }) => [account]);
      },
    );

    app.get(
      '/accounts/:id',
      {
        config: { right: 'see_accounts' },
        schema: {
          operationId: 'getAccount',
          summary: '一个账号',
          tags: ['accounts'],
          params: IdParams,
          response: { 200: answer('账号', ref(AccountSchema), EtagHeader) },
        },
      },
      async ({ params }, reply) => {
        const account = await findAccount(db, params.id);
        if (account === null) throw notFound();
        setEtag(reply, account.version);
        return shownAccount(account);
      },
    );

    app.post(
      '/accounts',
      {
        config: { right: 'create_account', shownOnce: ['one_time_password'] },
        schema: {
          operationId: 'createAccount',
          summary: '新增账号，尚无任何角色；一次性密码只在此显示一次',
          tags: ['accounts'],
          body: closed({ account: AccountName, person_id: Uuid }),
          response: {
            201: answer(
              '已新增',
              closed({ ...AccountSchema.properties, one_time_password: nullable(Type.String()) }),
              { ...EtagHeader, location: Type.String() },
            ),
          },
        },
      },
      async (request, reply) => {
        const id = newIdFor(request);
        const { password, hash } = await oneTimePassword();
        const account = await orProblem(
          {
            account_account_key: alreadyExists('/account', '这个账号已被使用。'),
            account_person_id_key: alreadyExists('/person_id', '此人已有账号；一人一账号。'),
            account_person_id_fkey: unknownPerson('/person_id'),
          },
          () =>
            db.transaction().execute(async (tx) => {
              await createAccount(tx, { id, ...request.body, password_hash: hash });
              await audit(tx, done(request, `account/${id}`, request.body));
              return await findAccount(tx, id);
            }),
        );
        if (account === null) throw notFound();
        setEtag(reply, account.version).code(201).header('location', `/api/v1/accounts/${id}`);
        return { ...shownAccount(account), one_time_password: password };
      },
    );

    app.put(
      '/accounts/:id/roles',
      {
        config: { right: 'grant_roles' },
        schema: {
          operationId: 'replaceRoles',
          summary: '设定账号的全部角色，立即生效',
          tags: ['accounts'],
          params: IdParams,
          body: closed({ roles: Type.Array(GrantableRole, { maxItems: 10, uniqueItems: true }) }),
          response: { 200: answer('已设定', ref(AccountSchema), EtagHeader) },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const viewer = viewerOf(request);
        const wanted = request.body.roles;
        const account = await orProblem({ administrators_are_exclusive: rolesExclude }, () =>
          db.transaction().execute(async (tx) => {
            const before = await lockAccount(tx, id);
            if (before === null) throw notFound();
            requireIfMatch(request, before.version);
            if (id === viewer.account_id) {
              throw new ApiProblem('same_person', '不能调整自己的角色，请由另一位安全管理员办理。');
            }
            await replaceRoles(tx, id, wanted, viewer.account_id);
            await audit(tx, done(request, `account/${id}`, { roles: wanted, before: before.roles }));
            return await findAccount(tx, id);
          }),
        );
        if (account === null) throw notFound();
        setEtag(reply, account.version);
        return shownAccount(account);
      },
    );

    app.put(
      '/accounts/:id/scope',
      {
        config: { right: 'grant_roles' },
        schema: {
          operationId: 'replaceScope',
          summary: '设定审核评分的范围，立即生效；null 为全部',
          tags: ['accounts'],
          params: IdParams,
          body: closed({ scope: nullable(Scope) }),
          response: { 200: answer('已设定', ref(AccountSchema), EtagHeader) },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const { scope } = request.body;
        // Nothing at all would be read as everything.
        if (scope !== null && scope.units.length + scope.themes.length === 0) throw emptyScope();
        const violations = {
          review_scope_unit_id_fkey: unknownUnit('/scope/units'),
          review_scope_theme_fkey: unknownTheme,
        };
        const account = await orProblem(violations, () =>
          db.transaction().execute(async (tx) => {
            const before = await lockAccount(tx, id);
            if (before === null) throw notFound();
            requireIfMatch(request, before.version);
            await replaceScope(tx, id, scope);
            await audit(tx, done(request, `account/${id}`, { scope, before: before.scope }));
            return await findAccount(tx, id);
          }),
        );
        if (account === null) throw notFound();
        setEtag(reply, account.version);
        return shownAccount(account);
      },
    );
  };

const emptyScope = () =>
  new ApiProblem('invalid_request', '请至少给出一个单位或一个专题；不限范围请给 null。', {
    errors: [{ pointer: '/scope', detail: '范围为空。', in: 'body' }],
  });

const unknownTheme = () =>
  new ApiProblem('unknown_theme', '没有这个专题，请核对专题代码。', {
    errors: [{ pointer: '/scope/themes', detail: '没有这个专题。', in: 'body' }],
  });
