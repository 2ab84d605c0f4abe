/** What lies below every thing: its life, its cards, whom they were told to, its evidence. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { evidenceOfThing } from '../db/evidence.ts';
import { eventsOf } from '../db/process-event.ts';
import { listWarnings, messagesAbout, notificationsOf } from '../db/warnings.ts';
import type { AppDeps } from './deps.ts';
import { EvidenceSchema, evidenceView } from './evidence-view.ts';
import { explained, ProcessEvent } from './process-history.ts';
import { opened } from './opening.ts';
import type { ProcessRow, ShownKind } from './process-kind.ts';
import { answer, closed, IdParams, ref, type Named } from './schemas.ts';
import {
  Message,
  messageView,
  Notification,
  notificationView,
  Warning,
  warningView,
} from './warning-view.ts';

const ALL = { limit: 1_000, after: null };

export const processPages =
  <Row extends ProcessRow, View extends Named>(
    shown: ShownKind<Row, View>,
    deps: Pick<AppDeps, 'db' | 'processes'>,
  ): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { db } = deps;
    app.addSchema(ProcessEvent);
    const { kind, path, zh, view } = shown;
    const below = (what: string, summary: string) => ({
      operationId: `list${view.$id}${what}`,
      summary: `${zh}的${summary}`,
      tags: [path],
      params: IdParams,
    });

    app.get(
      `/${path}/:id/events`,
      {
        config: { right: 'process' },
        schema: {
          ...below('Events', '全部经过，由事件本身讲述'),
          response: { 200: answer('经过', closed({ items: Type.Array(ref(ProcessEvent)) })) },
        },
      },
      async (request) => {
        const { id } = await opened(shown, request.params.id, request, deps);
        return { items: await explained(db, await eventsOf(db, { kind, id })) };
      },
    );

    app.get(
      `/${path}/:id/warnings`,
      {
        config: { right: 'process' },
        schema: {
          ...below('Warnings', '预警'),
          response: { 200: answer('预警', closed({ items: Type.Array(ref(Warning)) })) },
        },
      },
      async (request) => {
        const { id } = await opened(shown, request.params.id, request, deps);
        const rows = await listWarnings(db, { all: true }, { thing_id: id }, ALL);
        return { items: rows.map(warningView) };
      },
    );

    app.get(
      `/${path}/:id/messages`,
      {
        config: { right: 'process' },
        schema: {
          ...below('Messages', '告知与短信'),
          response: {
            200: answer(
              '告知与短信',
              closed({ notifications: Type.Array(ref(Notification)), messages: Type.Array(ref(Message)) }),
            ),
          },
        },
      },
      async (request) => {
        const { id } = await opened(shown, request.params.id, request, deps);
        const [told, sent] = await Promise.all([notificationsOf(db, id), messagesAbout(db, id)]);
        return { notifications: told.map(notificationView), messages: sent.map(messageView) };
      },
    );

    app.get(
      `/${path}/:id/evidence`,
      {
        config: { right: 'process' },
        schema: {
          ...below('Evidence', '印证资料'),
          response: { 200: answer('印证资料', closed({ items: Type.Array(ref(EvidenceSchema)) })) },
        },
      },
      async (request) => {
        const { id } = await opened(shown, request.params.id, request, deps);
        return { items: (await evidenceOfThing(db, { kind, id })).map(evidenceView) };
      },
    );
  };
