/**
 * Work that takes as long as a city is large. A caller waits a while for it; then it goes on behind
 * the answer, and the thing's own progress tells how far it is. Whatever stops it, repeating the
 * command goes on where it was.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

/** `isStopping`: the process is about to end, so work ends at its next safe place. */
export type Work = (isStopping: () => boolean) => Promise<void>;

/** One piece of work per key at a time: a second caller waits for the first one's. */
export type LongWork = (key: string, work: Work) => Promise<void>;

/** Well under a client's usual 30 seconds. */
const PATIENCE_MS = 8_000;

export function longWork(app: FastifyInstance): LongWork {
  const running = new Map<string, Promise<void>>();
  let stopping = false;
  app.addHook('onClose', async () => {
    stopping = true;
    await Promise.allSettled(running.values());
  });

  return async (key, work) => {
    const before = running.get(key);
    const going = before ?? work(() => stopping).finally(() => running.delete(key));
    if (before === undefined) {
      running.set(key, going);
      // Whoever still waits is told; when nobody does, the log is.
      going.catch((error: unknown) => app.log.error({ err: error, work: key }, 'work was interrupted'));
    }
    const enough = new AbortController();
    try {
      await Promise.race([going, wait(PATIENCE_MS, undefined, { signal: enough.signal })]);
    } finally {
      enough.abort();
    }
  };
}
