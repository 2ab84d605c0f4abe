/** Compares what is due by now with what the tables hold. Finds, and says where; it mends nothing itself. */
import { sql } from 'kysely';
import { expectedWarnings, warningKey } from '../domain/auditor.ts';
import type { EventFrame } from '../domain/process.ts';
import { DAY, HOUR, later, MINUTE, officeTime, type Instant } from '../domain/time.ts';
import { when, type Db } from './client.ts';

/** A warning may be this late before it counts as missing; a message may take this long to its final record. */
const WARNING_GRACE = MINUTE;
const MESSAGE_GRACE = 4 * DAY + HOUR;

/** @returns one sentence per fault; none when nothing is missing and nothing double. */
export async function findFaults(db: Db, at: Instant): Promise<readonly string[]> {
  return [
    ...(await warningFaults(db, at)),
    ...(await notificationFaults(db, at)),
    ...(await doubleFaults(db)),
  ];
}

async function warningFaults(db: Db, at: Instant): Promise<string[]> {
  const faults: string[] = [];
  const items = await db
    .selectFrom('supervision_item')
    .select(['id', 'number', 'version', 'created_at'])
    .orderBy('number')
    .execute();
  for (const { id, number, version } of items) {
    const events = await db
      .selectFrom('process_event')
      .select(['body', 'version'])
      .where('thing_kind', '=', 'supervision_item')
      .where('thing_id', '=', id)
      .orderBy('version')
      .execute();
    if (events.length !== version)
      faults.push(`${number}: the row is at version ${version}, the events at ${events.length}`);
    const given = await db
      .selectFrom('warning')
      .select(['deadline_kind', 'deadline_version', 'level', 'repeat'])
      .where('thing_kind', '=', 'supervision_item')
      .where('thing_id', '=', id)
      .execute();
    const keys = new Set(given.map(warningKey));
    const expected = expectedWarnings(
      events.map(({ body }) => body as unknown as EventFrame),
      later(at, -WARNING_GRACE),
    );
    for (const warning of expected) {
      if (!keys.has(warningKey(warning)))
        faults.push(`${number}: missing ${warningKey(warning)}, due ${officeTime(warning.moment)}`);
    }
    const owed = new Set(
      expectedWarnings(
        events.map(({ body }) => body as unknown as EventFrame),
        at,
      ).map(warningKey),
    );
    for (const key of keys) if (!owed.has(key)) faults.push(`${number}: ${key} was given and not due`);
  }
  return faults;
}

/** Every warning was told to somebody, and every telling ends in one final record. */
async function notificationFaults(db: Db, at: Instant): Promise<string[]> {
  const untold = await db
    .selectFrom('warning')
    .leftJoin('notification', 'notification.warning_id', 'warning.id')
    .select(['warning.id', 'warning.level'])
    .where('notification.id', 'is', null)
    .execute();
  const stuck = await db
    .selectFrom('notification')
    .select(['key', 'caused_at'])
    .where('state', '=', 'pending')
    .where('caused_at', '<', when(later(at, -MESSAGE_GRACE)))
    .execute();
  return [
    ...untold.map(({ id, level }) => `warning ${id} (${level}) was told to nobody`),
    ...stuck.map(
      ({ key, caused_at }) => `notification ${key} of ${officeTime(caused_at)} has no final record`,
    ),
  ];
}

/** Two SMS for one warning: a notification that two accepted messages carried, or a telling that one person had twice. */
async function doubleFaults(db: Db): Promise<string[]> {
  const sentTwice = await sql<{ key: string; times: string }>`
    select notification.key, count(*) as times
    from message
    join message_event opened on opened.message_id = message.id and opened.what = 'claimed'
    cross join lateral jsonb_array_elements_text(opened.detail -> 'carries') carried(id)
    join notification on notification.id = carried.id::uuid
    where message.state in ('accepted', 'accepted_unconfirmed', 'delivered', 'undelivered')
    group by notification.key
    having count(*) > 1`.execute(db);
  const toldTwice = await sql<{ key: string; times: string }>`
    select split_part(key, '~', 1) as key, count(*) as times
    from notification
    where state in ('delivered', 'accepted_unconfirmed', 'merged')
    group by 1
    having count(*) > 1`.execute(db);
  return [
    ...sentTwice.rows.map(({ key, times }) => `notification ${key} went out in ${times} messages`),
    ...toldTwice.rows.map(({ key, times }) => `${key} was told ${times} times`),
  ];
}
