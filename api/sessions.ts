import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { later, MINUTE, rfc3339, type Instant } from '../domain/time.ts';
import { credentialsOf, setPassword, type Credentials } from '../db/accounts.ts';
import { audit } from '../db/audit.ts';
import { wallNow } from '../db/clock.ts';
import { hashPassword, passwordMatches } from '../db/passwords.ts';
import { endSession, endSessionOfToken, openSession } from '../db/sessions.ts';
import { forgetAttempt, takeAttempt } from '../db/throttle.ts';
import { done } from './audited.ts';
import { cookieName, viewerOf } from './authentication.ts';
import type { AppDeps } from './deps.ts';
import { passwordFault, MAX_PASSWORD } from './password-rules.ts';
import { ApiProblem, problemAnswer } from './problem.ts';
import { answer, closed, nothing, Timestamp } from './schemas.ts';

const Password = Type.String({ minLength: 1, maxLength: MAX_PASSWORD });

export const sessions =
  (deps: Pick<AppDeps, 'db' | 'settings' | 'onPasswordChanged'>): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { db, settings } = deps;

    app.post(
      '/sessions',
      {
        config: { right: 'public' },
        schema: {
          operationId: 'signIn',
          summary: '登录；持一次性密码者须同时给出 new_password',
          description:
            '浏览器用所设的 cookie 和 csrf_token（请求头 x-csrf-token），程序用 Authorization: Bearer。',
          tags: ['sessions'],
          body: closed({
            account: Type.String({ minLength: 1, maxLength: 64 }),
            password: Password,
            new_password: Type.Optional(
              Type.String({
                minLength: 1,
                maxLength: MAX_PASSWORD,
                description: '至少 10 个字；此后用它登录',
              }),
            ),
          }),
          response: {
            201: answer(
              '已登录',
              closed({ token: Type.String(), csrf_token: Type.String(), expires_at: Timestamp }),
              { 'set-cookie': Type.String(), location: Type.String() },
            ),
            401: problemAnswer('账号或密码不正确'),
            403: problemAnswer('须先修改一次性密码'),
            422: problemAnswer('新密码不符合要求'),
            429: problemAnswer('尝试过于频繁', { 'retry-after': Type.String() }),
          },
        },
      },
      async (request, reply) => {
        const { account, password, new_password } = request.body;
        const at = wallNow();
        const attempt = { account, network: request.ip };
        const waitUntil = await takeAttempt(db, attempt, at);
        if (waitUntil !== null) throw tooMany(waitUntil, at);

        const found = await credentialsOf(db, account);
        const line = { account_id: found?.id ?? null, network: request.ip, action: 'signIn' };
        const matches = await passwordMatches(found?.password_hash ?? null, password);
        if (found === null || !matches || found.disabled) {
          // Of an account that does not exist not even the name: it may be a password in the wrong field.
          await audit(db, { ...line, result: 'failed:credentials_wrong' });
          throw new ApiProblem('credentials_wrong', '账号或密码不正确，请检查后重试。');
        }
        await forgetAttempt(db, attempt);
        if (found.password_is_one_time && new_password === undefined) {
          await audit(db, { ...line, result: 'denied:password_change_required' });
          throw new ApiProblem('password_change_required', '首次登录须修改密码，请同时给出 new_password。');
        }
        if (new_password !== undefined) {
          await changePassword(
            deps,
            found,
            { account, old: password, fresh: new_password, network: request.ip },
            at,
          );
          if (found.password_is_one_time) {
            // Whoever is told keeps a list for people; the change itself is done.
            await deps.onPasswordChanged?.(account).catch((error: unknown) => {
              request.log.error({ err: error }, 'could not tell of a changed password');
            });
          }
        }

        // Rotated: what this browser was signed in with before ends here.
        const before = request.cookies[cookieName(settings.secureCookies)];
        if (before !== undefined) await endSessionOfToken(db, before, at);
        const { token, csrf_token } = await openSession(db, found.id, at);
        await audit(db, { ...line, result: 'ok' });
        setCookie(reply, token, settings);
        reply.code(201).header('location', '/api/v1/sessions/current');
        return {
          token,
          csrf_token,
          expires_at: rfc3339(later(at, settings.sessionAbsoluteMinutes * MINUTE)),
        };
      },
    );

    app.delete(
      '/sessions/current',
      {
        config: { right: 'signed_in' },
        schema: {
          operationId: 'signOut',
          summary: '退出登录',
          tags: ['sessions'],
          response: { 204: nothing('已退出') },
        },
      },
      async (request, reply) => {
        const { session_hash, account_id } = viewerOf(request);
        await endSession(db, session_hash, wallNow());
        await audit(db, done(request, `account/${account_id}`));
        reply.clearCookie(cookieName(settings.secureCookies), cookieOptions(settings));
        return reply.code(204).send(null);
      },
    );
  };

const tooMany = (waitUntil: Instant, at: Instant) => {
  const seconds = Math.max(1, Math.ceil((waitUntil - at) / 1000));
  return new ApiProblem('too_many_attempts', `尝试过于频繁，请 ${seconds} 秒后再试。`, {
    headers: { 'retry-after': String(seconds) },
  });
};

type Change = {
  readonly account: string;
  readonly old: string;
  readonly fresh: string;
  readonly network: string;
};

async function changePassword(
  { db }: Pick<AppDeps, 'db'>,
  { id }: Credentials,
  { account, old, fresh, network }: Change,
  at: Instant,
): Promise<void> {
  const fault = passwordFault({ account, old, fresh });
  if (fault !== null) {
    throw new ApiProblem('password_too_weak', fault, {
      errors: [{ pointer: '/new_password', detail: fault, in: 'body' }],
    });
  }
  const hash = await hashPassword(fresh);
  await db.transaction().execute(async (tx) => {
    await setPassword(tx, id, { hash, is_one_time: false }, at);
    await audit(tx, {
      account_id: id,
      network,
      action: 'changePassword',
      subject: `account/${id}`,
      result: 'ok',
    });
  });
}

const cookieOptions = ({ secureCookies }: AppDeps['settings']) => ({
  path: '/',
  httpOnly: true,
  sameSite: 'strict' as const,
  secure: secureCookies,
});

function setCookie(reply: FastifyReply, token: string, settings: AppDeps['settings']): void {
  reply.setCookie(cookieName(settings.secureCookies), token, {
    ...cookieOptions(settings),
    maxAge: settings.sessionAbsoluteMinutes * 60,
  });
}
