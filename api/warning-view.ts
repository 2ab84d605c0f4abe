/** Cards, tellings and SMS as they are shown. */
import { Type, type Static } from 'typebox';
import type { listMessages, listWarnings, notificationsOf } from '../db/warnings.ts';
import { rfc3339 } from '../domain/time.ts';
import { closed, named, nullable, oneOf, Timestamp, Uuid, whole } from './schemas.ts';

export const levels = ['bell', 'yellow_card', 'red_card'] as const;
export const messageStates = [
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

export const warningView = (
  row: Awaited<ReturnType<typeof listWarnings>>[number],
): Static<typeof Warning> => ({
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

export const messageView = (
  row: Awaited<ReturnType<typeof listMessages>>[number],
): Static<typeof Message> => ({
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

export const notificationView = (
  row: Awaited<ReturnType<typeof notificationsOf>>[number],
): Static<typeof Notification> => ({
  id: row.id,
  level: row.level,
  role: row.role,
  person: row.person_id === null ? null : { id: row.person_id, name: row.person_name ?? '' },
  caused_at: rfc3339(row.caused_at),
  state: row.state,
  reason: row.reason,
  message_id: row.message_id,
  in_place_of: row.in_place_of,
});
