/** `/livez`: this process answers. `/readyz`: what it needs answers too. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { HOUR, officeTime, rfc3339, type Instant } from '../domain/time.ts';
import type { Auditing, Checks, Watcher } from './deps.ts';
import { answer, closed, nullable, oneOf, Timestamp } from './schemas.ts';

const CHECK_TIMEOUT_MS = 3_000;

const Watched = closed({
  last_success: nullable(Timestamp),
  is_old: Type.Boolean(),
  banner: nullable(Type.String({ description: '须让人看到的话' })),
});

const Readiness = closed({
  ready: Type.Boolean(),
  checks: Type.Record(Type.String(), oneOf(['ok', 'failed'])),
  audit: Type.Optional(Watched),
  reconcile: Type.Optional(Watched),
});

export const health =
  (checks: Checks, auditing?: Auditing): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/livez',
      {
        config: { right: 'public' },
        schema: {
          operationId: 'isAlive',
          summary: '进程是否在运行',
          tags: ['health'],
          response: { 200: answer('在运行', closed({ alive: Type.Literal(true) })) },
        },
      },
      () => ({ alive: true as const }),
    );

    app.get(
      '/readyz',
      {
        config: { right: 'public' },
        schema: {
          operationId: 'isReady',
          summary: '所依赖的各部分是否就绪',
          tags: ['health'],
          response: { 200: answer('就绪', Readiness), 503: answer('未就绪', Readiness) },
        },
      },
      async (request, reply) => {
        const failures = await Promise.all(
          Object.entries(checks).map(async ([name, check]) => [name, await failureOf(check)] as const),
        );
        for (const [name, error] of failures) {
          if (error !== null) request.log.warn({ err: error, check: name }, 'not ready');
        }
        const ready = failures.every(([, error]) => error === null);
        // Why stays in the log: an error's text is no stranger's business.
        const results = failures.map(([name, error]) => [name, error === null ? 'ok' : 'failed'] as const);
        const watched = auditing === undefined ? {} : await detailOf(auditing);
        return reply.code(ready ? 200 : 503).send({ ready, checks: Object.fromEntries(results), ...watched });
      },
    );
  };

/** Part of the answer and not of readiness: an auditor or a reconciler that is dead stops nobody's work. */
async function detailOf({ lastSuccess, now }: Auditing) {
  const of = async (watcher: Watcher) => watchedDetail(watcher, await lastSuccess(watcher), now());
  try {
    return { audit: await of('audit'), reconcile: await of('reconcile') };
  } catch {
    // Without Postgres there is more to say than this, and it is said above.
    return {};
  }
}

/** A day, and two hours in which the run may be late [D]. */
const OLD_AFTER = 26 * HOUR;

const inDoubt: Readonly<Record<Watcher, readonly [name: string, what: string]>> = {
  audit: ['每日审计', '预警是否齐全'],
  reconcile: ['每日核对', '数据表与流程是否一致'],
};

function watchedDetail(watcher: Watcher, last: Instant | null, now: Instant) {
  const [name, what] = inDoubt[watcher];
  const is_old = last === null || now - last > OLD_AFTER;
  const since = last === null ? '尚未完成过' : `最近一次成功在 ${officeTime(last)}`;
  return {
    last_success: last === null ? null : rfc3339(last),
    is_old,
    banner: is_old ? `${name}${since}，${what}未经核实，请检查后台服务。` : null,
  };
}

async function failureOf(check: Checks[string]): Promise<unknown> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('no answer in time')), CHECK_TIMEOUT_MS);
  try {
    await Promise.race([check(), late]);
    return null;
  } catch (error) {
    return error ?? new Error('failed without saying why');
  } finally {
    clearTimeout(timer);
  }
}
