/** What lies below every thing: its life, its cards, whom they were told to, its evidence. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { evidenceOfThing } from '../db/evidence.ts';
import { eventsOf } from '../db/process-event.ts';
import { listMessages, listWarnings, notificationsOf, chainsTold } from '../db/warnings.ts';
import { roleFor, seesProcess } from '../domain/permissions.ts';
import { chainOf } from '../domain/watching.ts';
import { actingAs } from './acting.ts';
import { viewerOf } from './authentication.ts';
import type { AppDeps } from './deps.ts';
import { EvidenceSchema, evidenceView } from './evidence-view.ts';
import { explained, ProcessEvent } from './process-history.ts';
import { visible, type ProcessRow, type ShownKind } from './process-kind.ts';
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
    { db }: Pick<AppDeps, 'db'>,
  ): FastifyPluginAsyncTypebox =>
  async (app) => {
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
        const { id } = await visible(shown, request.params.id, viewerOf(request));
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
        const { id } = await visible(shown, request.params.id, viewerOf(request));
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
        const { id } = await visible(shown, request.params.id, viewerOf(request));
        const [told, sent] = await Promise.all([
          notificationsOf(db, id),
          listMessages(db, { thing_id: id }, ALL),
        ]);
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
        const { id } = await visible(shown, request.params.id, viewerOf(request));
        return { items: (await evidenceOfThing(db, { kind, id })).map(evidenceView) };
      },
    );
  };

/** Somebody who was told of a red card opens its thing. */
export async function redCardSeen<Row extends ProcessRow, View extends Named>(
  { kind, ownersOf }: ShownKind<Row, View>,
  row: Row,
  request: FastifyRequest,
  { db, processes }: Pick<AppDeps, 'db' | 'processes'>,
): Promise<void> {
  const viewer = viewerOf(request);
  const unseen = new Set(row.state.red_unseen.map(chainOf));
  if (unseen.size === 0) return;
  const chains = (await chainsTold(db, row.id, viewer.person_id)).filter((chain) => unseen.has(chain));
  if (chains.length === 0) return;
  const role = roleFor(viewer, seesProcess, ownersOf(row)) ?? 'undertaking_unit';
  // Reading must not fail because the engine is away; the card then climbs although it was seen.
  await processes
    .seen({ kind, id: row.id }, actingAs(role, viewer), chains)
    .catch((err: unknown) => request.log.warn({ err }, 'a seen red card could not be told'));
}
