/**
 * Whoever keeps a line open after its answer would hold up a server that stops, for over a minute: an answer
 * that is given meanwhile is the last one on its line.
 */
import type { FastifyInstance } from 'fastify';

export function useLastAnswers(app: FastifyInstance): void {
  let stopping = false;
  app.addHook('preClose', async () => {
    stopping = true;
  });
  app.addHook('onSend', async (_request, reply) => {
    if (stopping) reply.header('connection', 'close');
  });
}
