/** 看板的实时事件: what happens to the things that the viewer may see, as server-sent events. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { ServerResponse } from 'node:http';
import { Type } from 'typebox';
import type { Db } from '../db/client.ts';
import { lastSeq } from '../db/event-feed.ts';
import { has } from '../domain/permissions.ts';
import { viewerOf } from './authentication.ts';
import type { AppDeps, BoardTimes } from './deps.ts';
import { createEventFeed } from './event-feed.ts';
import { openStream, type From } from './event-stream.ts';
import { ApiProblem } from './problem.ts';
import { closed } from './schemas.ts';

/** [D] A board shows within a second what has happened, and a session that has ended is noticed within a minute. */
const usual: BoardTimes = { pollMs: 500, heartbeatMs: 15_000, recheckMs: 30_000, seats: 200 };

/** Who missed more is quicker with reading everything anew [D]. */
const MOST_MISSED = 10_000;

/** How long the last bytes may take to somebody who does not read them. */
const FAREWELL_MS = 1_000;

const Seq = Type.String({ pattern: '^\\d{1,15}$' });

export const events =
  (deps: Pick<AppDeps, 'db' | 'clock' | 'settings' | 'log' | 'boards'>): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { db, log, boards = {} } = deps;
    const times = { ...usual, ...boards };
    const feed = createEventFeed({ db, log, ...times });
    const open = new Set<() => void>();
    let closing = false;
    // A stream never ends by itself: shutting down would wait for it.
    app.addHook('preClose', async () => {
      closing = true;
      for (const end of open) end();
    });

    app.get(
      '/events',
      {
        config: { right: 'see_events' },
        exposeHeadRoute: false,
        schema: {
          operationId: 'followEvents',
          summary: '看板的实时事件流（server-sent events）：可见事项上发生的事',
          description:
            '每个事件：id 为序号，event 为事件类型，data 为 JSON {kind, id, number, type, version, at, stage, card, unit_id}，其中 stage、card 是送出时的状态。断线后以 Last-Event-ID 续传；event: reset 表示错过太多，请重新读取全部数据。',
          tags: ['events'],
          querystring: closed({ after: Type.Optional(Seq) }),
          headers: {
            ...closed({ 'last-event-id': Type.Optional(Seq) }),
            additionalProperties: true,
          },
          response: {
            200: {
              description: '事件流，直到一方断开、登录失效或服务停止',
              // Whoever reads streams by their schema looks for that of one event.
              content: {
                'text/event-stream': { schema: Type.Unsafe<string>({ description: '一个个事件' }) },
              },
            },
          },
        },
      },
      async (request, reply) => {
        const seat = closing ? null : await feed.enter();
        if (seat === null)
          throw new ApiProblem('unavailable', '实时连接已满，请稍后重试。', {
            headers: { 'retry-after': '30' },
          });
        // A browser that comes back asks for the same address as at first, with what it has seen since beside it.
        const asked = request.headers['last-event-id'] ?? request.query.after;
        const from = await beginning(db, seat.passed(), asked).catch((error: unknown) => {
          seat.leave();
          throw error;
        });
        const stream = openStream(db, seat, viewerOf(request), from);
        const end = () => {
          stream.end();
          cutUnlessRead(reply.raw);
        };
        open.add(end);
        const beats = setInterval(stream.beat, times.heartbeatMs);
        const checks = setInterval(() => {
          app
            .whoAsks(request, { touching: false })
            .then(
              (viewer) => (viewer !== null && has(viewer, 'see_events') ? stream.watch(viewer) : end()),
              end,
            );
        }, times.recheckMs);
        stream.body.once('close', () => {
          open.delete(end);
          clearInterval(beats);
          clearInterval(checks);
        });
        if (closing) end();
        return reply
          .headers({ 'x-accel-buffering': 'no', connection: 'close' })
          .type('text/event-stream')
          .send(stream.body as never);
      },
    );
  };

function cutUnlessRead(answer: ServerResponse): void {
  const cut = setTimeout(() => answer.destroy(), FAREWELL_MS);
  answer.once('close', () => clearTimeout(cut));
}

async function beginning(db: Db, passed: number, asked: string | undefined): Promise<From> {
  if (asked === undefined) return { after: passed, reset: false };
  const after = Number(asked);
  // Beyond the end: of a database that has been set back since.
  const known = after <= passed || after <= (await lastSeq(db));
  return known && passed - after <= MOST_MISSED ? { after, reset: false } : { after: passed, reset: true };
}
