/**
 * Who asked what, in every answer and every line of the log. Addresses are logged by their pattern:
 * what a client writes into one may be anything.
 */
import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyServerOptions } from 'fastify';
import type { IncomingMessage } from 'node:http';
import type { AppDeps } from './deps.ts';

export const REQUEST_ID = 'x-request-id';

/** The caller's id when it is one that a log can hold, else a new one. */
export function requestIdOf(request: IncomingMessage): string {
  const given = request.headers[REQUEST_ID];
  return typeof given === 'string' && /^[\w.:-]{1,64}$/.test(given) ? given : randomUUID();
}

/** W3C trace context when it is well-formed: in every line of the log, and passed on to the engine as it came. */
export function traceparentOf(request: IncomingMessage): string | undefined {
  const given = request.headers['traceparent'];
  return typeof given === 'string' && /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/.test(given)
    ? given
    : undefined;
}

export const requestLogger: NonNullable<FastifyServerOptions['childLoggerFactory']> = (
  logger,
  bindings,
  options,
  request,
) => {
  const traceparent = traceparentOf(request);
  return logger.child(traceparent === undefined ? bindings : { ...bindings, traceparent }, options);
};

export function useRequestContext(app: FastifyInstance, { passOn }: Pick<AppDeps, 'passOn'>): void {
  app.addHook('onRequest', async (request, reply) => {
    // Answers are about people and belong to one reader; what may be kept says so itself.
    reply.headers({ [REQUEST_ID]: request.id, 'cache-control': 'no-store' });
  });
  // Not before the body has been read: what a socket's event leads to is not part of what began before it.
  if (passOn !== undefined)
    app.addHook('preHandler', (request, _reply, done) => {
      const traceparent = traceparentOf(request.raw);
      if (traceparent === undefined) done();
      else passOn(traceparent, done);
    });
  app.addHook('onResponse', async (request, reply) => {
    request.log.info(
      {
        method: request.method,
        route: request.routeOptions.url ?? null,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
        account_id: request.viewer?.account_id ?? null,
      },
      'answered',
    );
  });
}
