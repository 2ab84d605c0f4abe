/** Cards and the messages they led to, with the whole trail of each. */
import { sql } from 'kysely';
import type { Chain, DeadlineName } from '../domain/deadline.ts';
import { highestLevel } from '../domain/recipient.ts';
import type { Instant } from '../domain/time.ts';
import { when, type Db } from './client.ts';
import type { Thing } from './process-event.ts';
import type { Database } from './tables.ts';
import type { Scope } from './supervision-items.ts';
import { thingOf } from './things.ts';

export type WarningFilters = {
  readonly thing_id?: string;
  readonly level?: Database['warning']['level'];
  /** Of whichever period: `report` is also `report/2026-03`. */
  readonly deadline_kind?: DeadlineName;
};
export type TimePage = { readonly limit: number; readonly after: readonly string[] | null };

/** Newest first: `after` is the instant (ms) and the id that the page before ended with. */
export async function listWarnings(
  db: Db,
  scope: Scope,
  filters: WarningFilters,
  { limit, after }: TimePage,
) {
  let query = db
    .selectFrom('warning')
    .innerJoinLateral(thingOf('warning').as('thing'), (join) => join.onTrue())
    .selectAll('warning')
    .select('thing.number');
  if (!scope.all) {
    const { lead, assisting } = scope;
    query = query.where((eb) =>
      eb.or([
        sql<boolean>`thing.unit_id = any(${sql.val([...lead])}::uuid[])`,
        eb.exists(
          eb
            .selectFrom('supervision_item_unit')
            .select('item_id')
            .whereRef('item_id', '=', 'warning.thing_id')
            .where(sql<boolean>`unit_id = any(${sql.val([...assisting])}::uuid[])`),
        ),
      ]),
    );
  }
  const { thing_id, level, deadline_kind } = filters;
  if (thing_id !== undefined) query = query.where('warning.thing_id', '=', thing_id);
  if (level !== undefined) query = query.where('warning.level', '=', level);
  if (deadline_kind !== undefined)
    query = query.where(sql<boolean>`split_part(warning.deadline_kind, '/', 1) = ${deadline_kind}`);
  if (after !== null)
    query = query.where(
      sql<boolean>`(warning.at, warning.id) < (${beforeOf(after)}, cast(${after[1] ?? ''} as uuid))`,
    );
  return query.orderBy('warning.at', 'desc').orderBy('warning.id', 'desc').limit(limit).execute();
}

export type MessageFilters = {
  readonly thing_id?: string;
  readonly person_id?: string;
  readonly state?: Database['message']['state'];
};

export async function listMessages(db: Db, filters: MessageFilters, { limit, after }: TimePage) {
  let query = db
    .selectFrom('message')
    .innerJoin('person', 'person.id', 'message.person_id')
    .selectAll('message')
    .select('person.name as person_name');
  if (filters.person_id !== undefined) query = query.where('message.person_id', '=', filters.person_id);
  if (filters.state !== undefined) query = query.where('message.state', '=', filters.state);
  const thing = filters.thing_id;
  if (thing !== undefined) {
    query = query.where((eb) =>
      eb.exists(
        eb
          .selectFrom('notification')
          .select('notification.id')
          .whereRef('notification.message_id', '=', 'message.id')
          .where('notification.thing_id', '=', thing),
      ),
    );
  }
  if (after !== null)
    query = query.where(
      sql<boolean>`(message.claimed_at, message.id) < (${beforeOf(after)}, cast(${after[1] ?? ''} as uuid))`,
    );
  const messages = await query
    .orderBy('message.claimed_at', 'desc')
    .orderBy('message.id', 'desc')
    .limit(limit)
    .execute();
  const ids = messages.map(({ id }) => id);
  const [trail, carried] = await Promise.all([trailsOf(db, ids), carriedBy(db, ids)]);
  return messages.map((message) => ({
    ...message,
    trail: trail.filter(({ message_id }) => message_id === message.id),
    notifications: carried.filter(({ message_id }) => message_id === message.id),
  }));
}

/**
 * The messages that carried something of one thing, and of each only what is about it: one message for several
 * things also tells of other units' things, how many there are, how urgent they are and when the next is due.
 */
export async function messagesAbout(db: Db, thing_id: string) {
  const messages = await listMessages(db, { thing_id }, { limit: 1_000, after: null });
  return messages.map((message) => {
    const notifications = message.notifications.filter((one) => one.thing_id === thing_id);
    const alone = notifications.length === message.notifications.length;
    return {
      ...message,
      level: highestLevel(notifications.map(({ level }) => level)),
      params: alone ? message.params : {},
      notifications,
      // Its first step notes which notifications it was opened for.
      trail: message.trail.map(({ detail: { carries: _, ...detail }, ...step }) => ({ ...step, detail })),
    };
  });
}

const beforeOf = (after: readonly string[]) => when(Number(after[0] ?? 0) as Instant);

const trailsOf = (db: Db, ids: readonly string[]) =>
  ids.length === 0
    ? Promise.resolve([])
    : db
        .selectFrom('message_event')
        .selectAll()
        .where('message_id', 'in', [...ids])
        .orderBy('at')
        .orderBy('what')
        .execute();

const carriedBy = (db: Db, ids: readonly string[]) =>
  ids.length === 0
    ? Promise.resolve([])
    : db
        .selectFrom('notification')
        .select(['id', 'message_id', 'thing_id', 'level', 'role', 'state', 'reason'])
        .where('message_id', 'in', [...ids])
        .orderBy('key')
        .execute();

/** Everything of one thing that somebody was, or should have been, told. */
export const notificationsOf = (db: Db, thing_id: string) =>
  db
    .selectFrom('notification')
    .leftJoin('person', 'person.id', 'notification.person_id')
    .selectAll('notification')
    .select('person.name as person_name')
    .where('thing_id', '=', thing_id)
    .orderBy('caused_at')
    .orderBy('key')
    .execute();

/** Whose red cards of a thing a person was told of. */
export async function chainsTold(db: Db, thing: Thing, person_id: string): Promise<readonly Chain[]> {
  const rows = await db
    .selectFrom('notification')
    .select('chain')
    .distinct()
    .where('thing_kind', '=', thing.kind)
    .where('thing_id', '=', thing.id)
    .where('person_id', '=', person_id)
    .where('level', '=', 'red_card')
    .execute();
  return rows.map(({ chain }) => chain);
}
