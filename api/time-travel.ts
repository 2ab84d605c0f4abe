/** Demonstration mode only, administrators only: time as the story needs it. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { audit } from '../db/audit.ts';
import { eventsOf } from '../db/process-event.ts';
import { openVersion } from '../db/things.ts';
import { DAY, later, rfc3339 } from '../domain/time.ts';
import { done } from './audited.ts';
import type { AppDeps } from './deps.ts';
import { notFound, problemAnswer } from './problem.ts';
import { explained, ProcessEvent } from './process-history.ts';
import { answer, closed, oneOf, ref, Timestamp, Uuid } from './schemas.ts';

const Travel = closed({
  thing: Type.Optional(
    closed(
      { kind: oneOf(['supervision_item', 'indicator_task']), id: Uuid },
      { description: '不填则所有流程一同前进' },
    ),
  ),
  days: Type.Number({ exclusiveMinimum: 0, maximum: 400, description: '天，可为小数' }),
});

export const timeTravel =
  ({ db, clock, story }: Pick<AppDeps, 'db' | 'clock' | 'story'>): FastifyPluginAsyncTypebox =>
  async (app) => {
    if (story === undefined) return;
    app.post(
      '/time-travel',
      {
        config: { right: 'travel_in_time' },
        schema: {
          operationId: 'travelInTime',
          summary: '演示用：让一个流程（或全部流程）的时钟前进',
          tags: ['demonstration'],
          body: Travel,
          response: {
            404: problemAnswer('没有这一流程，或已办结'),
            200: answer(
              '到达的时刻与其间发生的事',
              closed({ now: Timestamp, events: Type.Array(ref(ProcessEvent)) }),
            ),
          },
        },
      },
      async (request) => {
        const { thing, days } = request.body;
        // Moments are whole milliseconds.
        const ms = Math.round(days * DAY);
        await db.transaction().execute((tx) => audit(tx, done(request, 'time-travel', request.body)));
        if (thing === undefined) {
          await story.travelTo(later(await clock.now(), ms));
          return { now: rfc3339(await clock.now()), events: [] };
        }
        const before = await openVersion(db, thing);
        if (before === null) throw notFound();
        const now = await story.travelAlone(thing, ms);
        const events = (await eventsOf(db, thing)).filter(({ version }) => version > before);
        return { now: rfc3339(now), events: await explained(db, events) };
      },
    );
  };
