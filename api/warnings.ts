/** Cards and SMS, each with its whole trail. Numbers are shown masked. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type, type Static } from 'typebox';
import { findItem } from '../db/supervision-items.ts';
import {
  listMessages,
  listWarnings,
  notificationsOf,
  type MessageFilters,
  type WarningFilters,
} from '../db/warnings.ts';
import { deadlineNames } from '../domain/deadline.ts';
import { rfc3339 } from '../domain/time.ts';
import { viewerOf } from './authentication.ts';
import type { AppDeps } from './deps.ts';
import { LinkHeader, Paged, PageOf, pageQuery, turnPage } from './paging.ts';
import { answer, closed, IdParams, named, nullable, oneOf, ref, Timestamp, Uuid, whole } from './schemas.ts';
import { scopeOf, visible } from './supervision-item-view.ts';

const levels = ['bell', 'yellow_card', 'red_card'] as const;
const messageStates = [
  'claimed',
  'unknown',
  'accepted',
  'accepted_unconfirmed',
  'failed',
  'undelivered',
  'delivered',
] as const;

export const Warning = named(
  'Warning',
  closed({
    id: Uuid,
    thing_kind: Type.String(),
    thing_id: Uuid,
    number: Type.String(),
    level: oneOf(levels),
    deadline: closed({ kind: Type.String(), version: whole(1, 1_000_000), due_at: Timestamp }),
    chain: Type.String({ description: 'undertaking：承办单位；reviewing：督查办' }),
    repeat: whole(0, 1_000),
    moment: Timestamp,
    given_at: Timestamp,
    policy: closed({ name: Type.String(), version: whole(1, 1_000_000) }),
    seen_at: nullable(Timestamp),
  }),
);

export const Notification = named(
  'Notification',
  closed({
    id: Uuid,
    level: Type.String(),
    role: Type.String(),
    person: nullable(closed({ id: Uuid, name: Type.String() })),
    caused_at: Timestamp,
    state: Type.String({ description: '每一条终有且只有一个结果' }),
    reason: nullable(Type.String()),
    message_id: nullable(Uuid),
    in_place_of: nullable(Uuid),
  }),
);

export const Message = named(
  'Message',
  closed({
    id: Uuid,
    person: closed({ id: Uuid, name: Type.String() }),
    phone: Type.String({ description: '掩码' }),
    level: Type.String(),
    digest: Type.Boolean(),
    params: Type.Record(Type.String(), Type.String()),
    state: oneOf(messageStates),
    reason: nullable(Type.String()),
    claimed_at: Timestamp,
    final_at: nullable(Timestamp),
    notifications: Type.Array(
      closed({ id: Uuid, thing_id: Uuid, level: Type.String(), role: Type.String(), state: Type.String() }),
    ),
    trail: Type.Array(closed({ at: Timestamp, what: Type.String(), detail: Type.Unknown() })),
  }),
);

const warningView = (row: Awaited<ReturnType<typeof listWarnings>>[number]): Static<typeof Warning> => ({
  id: row.id,
  thing_kind: row.thing_kind,
  thing_id: row.thing_id,
  number: row.number,
  level: row.level,
  deadline: { kind: row.deadline_kind, version: row.deadline_version, due_at: rfc3339(row.due_at) },
  chain: row.chain,
  repeat: row.repeat,
  moment: rfc3339(row.moment),
  given_at: rfc3339(row.at),
  policy: { name: row.policy_name, version: row.policy_version },
  seen_at: row.seen_at === null ? null : rfc3339(row.seen_at),
});

const messageView = (row: Awaited<ReturnType<typeof listMessages>>[number]): Static<typeof Message> => ({
  id: row.id,
  person: { id: row.person_id, name: row.person_name },
  phone: row.phone_masked,
  level: row.level,
  digest: row.digest,
  params: row.params,
  state: row.state,
  reason: row.reason,
  claimed_at: rfc3339(row.claimed_at),
  final_at: row.final_at === null ? null : rfc3339(row.final_at),
  notifications: row.notifications.map(({ id, thing_id, level, role, state }) => ({
    id,
    thing_id,
    level,
    role,
    state,
  })),
  trail: row.trail.map(({ at, what, detail }) => ({ at: rfc3339(at), what, detail })),
});

const warningFilters = {
  level: Type.Optional(oneOf(levels)),
  deadline_kind: Type.Optional(oneOf(deadlineNames)),
};

export const warnings =
  ({ db }: Pick<AppDeps, 'db'>): FastifyPluginAsyncTypebox =>
  async (app) => {
    for (const schema of [Warning, Notification, Message]) app.addSchema(schema);

    app.get(
      '/warnings',
      {
        config: { right: 'process' },
        schema: {
          operationId: 'listWarnings',
          summary: '警铃、黄牌、红牌（本人可见的），最新在前',
          tags: ['warnings'],
          querystring: Paged({ ...warningFilters, thing_id: Type.Optional(Uuid) }),
          response: { 200: answer('一页预警', PageOf(ref(Warning)), LinkHeader) },
        },
      },
      async (request, reply) => {
        const { limit: _, cursor: __, ...filters } = request.query;
        const page = pageQuery(request.query, 2);
        const rows = await listWarnings(db, scopeOf(viewerOf(request)), filters as WarningFilters, {
          ...page,
          limit: page.limit + 1,
        });
        const keys = new Map(rows.map(({ id, at }) => [id, [String(at), id] as const]));
        return turnPage(request, reply, page, rows.map(warningView), ({ id }) => keys.get(id) ?? ['0', id]);
      },
    );

    app.get(
      '/messages',
      {
        config: { right: 'see_messages' },
        schema: {
          operationId: 'listMessages',
          summary: '短信及其全部经过，最新在前',
          tags: ['messages'],
          querystring: Paged({
            state: Type.Optional(oneOf(messageStates)),
            person_id: Type.Optional(Uuid),
            thing_id: Type.Optional(Uuid),
          }),
          response: { 200: answer('一页短信', PageOf(ref(Message)), LinkHeader) },
        },
      },
      async (request, reply) => {
        const { limit: _, cursor: __, ...filters } = request.query;
        const page = pageQuery(request.query, 2);
        const rows = await listMessages(db, filters as MessageFilters, { ...page, limit: page.limit + 1 });
        const keys = new Map(rows.map(({ id, claimed_at }) => [id, [String(claimed_at), id] as const]));
        return turnPage(request, reply, page, rows.map(messageView), ({ id }) => keys.get(id) ?? ['0', id]);
      },
    );

    app.get(
      '/supervision-items/:id/warnings',
      {
        config: { right: 'process' },
        schema: {
          operationId: 'listSupervisionItemWarnings',
          summary: '事项的预警',
          tags: ['supervision-items'],
          params: IdParams,
          response: { 200: answer('预警', closed({ items: Type.Array(ref(Warning)) })) },
        },
      },
      async (request) => {
        const { id } = visible(await findItem(db, request.params.id), viewerOf(request));
        const rows = await listWarnings(db, { all: true }, { thing_id: id }, { limit: 1_000, after: null });
        return { items: rows.map(warningView) };
      },
    );

    app.get(
      '/supervision-items/:id/messages',
      {
        config: { right: 'process' },
        schema: {
          operationId: 'listSupervisionItemMessages',
          summary: '事项的告知与短信',
          tags: ['supervision-items'],
          params: IdParams,
          response: {
            200: answer(
              '告知与短信',
              closed({ notifications: Type.Array(ref(Notification)), messages: Type.Array(ref(Message)) }),
            ),
          },
        },
      },
      async (request) => {
        const { id } = visible(await findItem(db, request.params.id), viewerOf(request));
        const [told, sent] = await Promise.all([
          notificationsOf(db, id),
          listMessages(db, { thing_id: id }, { limit: 1_000, after: null }),
        ]);
        return {
          notifications: told.map((row) => ({
            id: row.id,
            level: row.level,
            role: row.role,
            person: row.person_id === null ? null : { id: row.person_id, name: row.person_name ?? '' },
            caused_at: rfc3339(row.caused_at),
            state: row.state,
            reason: row.reason,
            message_id: row.message_id,
            in_place_of: row.in_place_of,
          })),
          messages: sent.map(messageView),
        };
      },
    );
  };
