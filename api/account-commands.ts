import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { findAccount, lockAccount, setDisabled, setPassword, type AccountRow } from '../db/accounts.ts';
import { audit } from '../db/audit.ts';
import type { Tx } from '../db/client.ts';
import { wallNow } from '../db/clock.ts';
import { oneTimePassword } from '../db/passwords.ts';
import { AccountSchema, shownAccount } from './account-schema.ts';
import { done } from './audited.ts';
import { viewerOf } from './authentication.ts';
import { checkIfMatch, EtagHeader, setEtag } from './concurrency.ts';
import type { AppDeps } from './deps.ts';
import { ApiProblem, notFound } from './problem.ts';
import { answer, closed, IdParams, nullable, ref, text } from './schemas.ts';

export const accountCommands =
  ({ db }: Pick<AppDeps, 'db'>): FastifyPluginAsyncTypebox =>
  async (app) => {
    /** One account, locked, changed and recorded in one transaction; never one's own. */
    const change = (
      request: FastifyRequest<{ Params: { id: string } }>,
      detail: Readonly<Record<string, unknown>>,
      work: (tx: Tx, before: AccountRow) => Promise<void>,
    ): Promise<AccountRow> =>
      db.transaction().execute(async (tx) => {
        const { id } = request.params;
        const before = await lockAccount(tx, id);
        if (before === null) throw notFound();
        checkIfMatch(request, before.version);
        if (id === viewerOf(request).account_id) {
          throw new ApiProblem('same_person', '不能对自己的账号这样操作，请由另一位管理员办理。');
        }
        await work(tx, before);
        await audit(tx, done(request, `account/${id}`, detail));
        return (await findAccount(tx, id)) ?? before;
      });

    app.post(
      '/accounts/:id/commands/disable',
      {
        config: { right: 'disable_account' },
        schema: {
          operationId: 'disableAccount',
          summary: '停用账号，立即结束其全部会话',
          tags: ['accounts'],
          params: IdParams,
          body: closed({ reason: text(200) }),
          response: { 200: answer('已停用', ref(AccountSchema), EtagHeader) },
        },
      },
      async (request, reply) => {
        const at = wallNow();
        const account = await change(request, { reason: request.body.reason }, async (tx, before) => {
          if (before.disabled_at !== null) throw new ApiProblem('nothing_changed', '账号已是停用状态。');
          await setDisabled(tx, before.id, at, at);
        });
        setEtag(reply, account.version);
        return shownAccount(account);
      },
    );

    app.post(
      '/accounts/:id/commands/enable',
      {
        config: { right: 'disable_account' },
        schema: {
          operationId: 'enableAccount',
          summary: '恢复账号',
          tags: ['accounts'],
          params: IdParams,
          body: closed({ reason: text(200) }),
          response: { 200: answer('已恢复', ref(AccountSchema), EtagHeader) },
        },
      },
      async (request, reply) => {
        const account = await change(request, { reason: request.body.reason }, async (tx, before) => {
          if (before.disabled_at === null) throw new ApiProblem('nothing_changed', '账号未被停用。');
          await setDisabled(tx, before.id, null, wallNow());
        });
        setEtag(reply, account.version);
        return shownAccount(account);
      },
    );

    app.post(
      '/accounts/:id/commands/reset-password',
      {
        config: { right: 'create_account', shownOnce: ['one_time_password'] },
        schema: {
          operationId: 'resetPassword',
          summary: '重置为一次性密码，立即结束其全部会话；密码只在此显示一次',
          tags: ['accounts'],
          params: IdParams,
          body: closed({ reason: text(200) }),
          response: {
            200: answer(
              '已重置',
              closed({ ...AccountSchema.properties, one_time_password: nullable(Type.String()) }),
              EtagHeader,
            ),
          },
        },
      },
      async (request, reply) => {
        const { password, hash } = await oneTimePassword();
        const account = await change(request, { reason: request.body.reason }, (tx, { id }) =>
          setPassword(tx, id, { hash, is_one_time: true }, wallNow()),
        );
        setEtag(reply, account.version);
        return { ...shownAccount(account), one_time_password: password };
      },
    );
  };
