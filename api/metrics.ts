/** How many answers of which kind took how long: by route, never by address. */
import type { FastifyInstance } from 'fastify';
import { Gauge, Histogram, type Registry } from 'prom-client';
import type { Watcher } from './deps.ts';

export function useMetrics(app: FastifyInstance, registry: Registry): void {
  const answers = new Histogram({
    name: 'dukao_http_request_duration_seconds',
    help: 'Time from a request to its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  app.addHook('onResponse', async (request, reply) => {
    // It lasts for as long as somebody listens, which says nothing about the server.
    if (String(reply.getHeader('content-type')).startsWith('text/event-stream')) return;
    const route = request.routeOptions.url ?? 'unknown';
    answers.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1_000);
  });
}

const watchers = { audit: 'auditor', reconcile: 'reconciler' } as const satisfies Record<Watcher, string>;

/** Read when somebody asks: whoever watches may be another process, or dead. Without a last success it is 0. */
export function measureWatchers(
  registry: Registry,
  lastOf: (watcher: Watcher) => Promise<{ readonly ended_at: number; readonly left: number } | null>,
): void {
  const registers = [registry];
  for (const watcher of Object.keys(watchers) as Watcher[]) {
    const who = watchers[watcher];
    const unlessAway = async (set: (last: Awaited<ReturnType<typeof lastOf>>) => void) => {
      // Without Postgres the last known value stands; the rest of the metrics must not fail with it.
      await lastOf(watcher).then(set, () => undefined);
    };
    new Gauge({
      name: `dukao_${watcher}_last_success_seconds`,
      help: `Unix time at which the ${who} last came to its end`,
      registers,
      async collect() {
        await unlessAway((last) => this.set((last?.ended_at ?? 0) / 1_000));
      },
    });
    new Gauge({
      name: `dukao_${watcher}_faults`,
      help: `Faults that the ${who} found in its last run and could not put right`,
      registers,
      async collect() {
        await unlessAway((last) => this.set(last?.left ?? 0));
      },
    });
  }
}
