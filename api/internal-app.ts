/** For the machine room only, on a port of its own: metrics, and the same health as outside. */
import fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Auditing, Checks } from './deps.ts';
import { health } from './health.ts';

export type InternalDeps = {
  readonly log: Logger;
  readonly checks: Checks;
  readonly auditing?: Auditing;
  readonly metrics: Registry;
};

export async function buildInternalApp({
  log,
  checks,
  auditing,
  metrics,
}: InternalDeps): Promise<FastifyInstance> {
  const app: FastifyInstance = fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request_id' }),
    requestTimeout: 10_000,
  });
  await app.register(health(checks, auditing));
  app.get('/metrics', async (_request, reply) => {
    const text = await metrics.metrics();
    return reply.type(metrics.contentType).send(text);
  });
  return app;
}
