/** `/livez`: this process answers. `/readyz`: what it needs answers too. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Checks } from './deps.ts';
import { answer, closed, oneOf } from './schemas.ts';

const CHECK_TIMEOUT_MS = 3_000;

const Readiness = closed({
  ready: Type.Boolean(),
  checks: Type.Record(Type.String(), oneOf(['ok', 'failed'])),
});

export const health =
  (checks: Checks): FastifyPluginAsyncTypebox =>
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
        return reply.code(ready ? 200 : 503).send({ ready, checks: Object.fromEntries(results) });
      },
    );
  };

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
