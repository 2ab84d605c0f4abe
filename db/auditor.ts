/** Compares what is due by now with what the tables hold. Finds, and says where; it mends nothing itself. */
import { sql } from 'kysely';
import { expectedWarnings, missedTurns, warningKey } from '../domain/auditor.ts';
import type { EventFrame } from '../domain/process.ts';
import { finalBy } from '../domain/quiet-hours.ts';
import { DAY, later, MINUTE, officeTime, type Instant } from '../domain/time.ts';
import { listFaults } from './auditor-lists.ts';
import { recipientFaults } from './auditor-recipients.ts';
import { loadCalendar } from './calendar.ts';
import { when, type Db, type Tx } from './client.ts';
import type { Thing } from './process-event.ts';
import { currentRecipientRules } from './recipient-rules.ts';
import { recordset } from './recordset.ts';
import { someThings } from './things.ts';

/** A warning may be this late before it counts as missing. */
const WARNING_GRACE = MINUTE;

/** @returns one sentence per fault; none when nothing is missing, nothing double, and nothing different in two places. */
export async function findFaults(db: Db, at: Instant): Promise<readonly string[]> {
  return [
    ...(await warningFaults(db, at)),
    ...(await notificationFaults(db, at)),
    ...(await recipientFaults(db, at)),
    ...(await doubleFaults(db)),
    ...(await listFaults(db, at)),
  ];
}

/** So many things are looked at together: their events are in memory only for as long as that. */
const AT_ONCE = 200;

type Audited = Thing & { readonly number: string; readonly version: number };

async function warningFaults(db: Db, at: Instant): Promise<string[]> {
  const faults: string[] = [];
  let after: Thing | null = null;
  do {
    const page = await somewhatAudited(db, after, at);
    faults.push(...page.faults);
    after = page.last;
  } while (after !== null);
  return faults;
}

/** From one snapshot: what is written meanwhile is no fault. */
const somewhatAudited = (db: Db, after: Thing | null, at: Instant) =>
  db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (tx) => {
      const things = await someThings(tx, { after, limit: AT_ONCE });
      const events = await eventsBy(tx, things);
      const given = await warningsBy(tx, things);
      const faults = things.flatMap((thing) =>
        faultsOf(thing, events.get(thing.id) ?? [], given.get(thing.id) ?? [], at).map(
          (fault) => `${thing.number}: ${fault}`,
        ),
      );
      return { faults, last: things.length < AT_ONCE ? null : (things.at(-1) ?? null) };
    });

function faultsOf(
  { version }: Audited,
  events: readonly EventFrame[],
  given: readonly string[],
  at: Instant,
): readonly string[] {
  const byNow = later(at, -WARNING_GRACE);
  const keys = new Set(given);
  const owed = new Set(expectedWarnings(events, at).map(warningKey));
  return [
    ...(events.length === version
      ? []
      : [`the row is at version ${version}, the events at ${events.length}`]),
    ...expectedWarnings(events, byNow)
      .filter((warning) => !keys.has(warningKey(warning)))
      .map((warning) => `missing ${warningKey(warning)}, due ${officeTime(warning.moment)}`),
    ...given.filter((key) => !owed.has(key)).map((key) => `${key} was given and not due`),
    ...missedTurns(events, byNow).map(
      ({ deadline_kind, deadline_version, moment }) =>
        `${deadline_kind}/${deadline_version} was passed on ${officeTime(moment)} and nothing was made of it`,
    ),
  ];
}

async function eventsBy(
  tx: Tx,
  things: readonly Thing[],
): Promise<ReadonlyMap<string, readonly EventFrame[]>> {
  const { rows } = await sql<{ id: string; events: readonly EventFrame[] }>`
    select thing_id as id, jsonb_agg(body order by process_event.version) as events
      from process_event
      join ${listed(things)} on thing_kind = new.kind and thing_id = new.id
     group by thing_id`.execute(tx);
  return new Map(rows.map(({ id, events }) => [id, events]));
}

async function warningsBy(tx: Tx, things: readonly Thing[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const { rows } = await sql<{ id: string; keys: readonly Parameters<typeof warningKey>[0][] }>`
    select thing_id as id,
           jsonb_agg(jsonb_build_object('deadline_kind', deadline_kind, 'deadline_version', deadline_version,
                                        'level', level, 'repeat', repeat)) as keys
      from warning
      join ${listed(things)} on thing_kind = new.kind and thing_id = new.id
     group by thing_id`.execute(tx);
  return new Map(rows.map(({ id, keys }) => [id, keys.map(warningKey)]));
}

const listed = (things: readonly Thing[]) =>
  recordset(
    things.map(({ kind, id }) => ({ kind, id })),
    'kind text, id uuid',
  );

/** Every warning was told to somebody, and every telling ends in one final record. */
async function notificationFaults(db: Db, at: Instant): Promise<string[]> {
  const untold = await db
    .selectFrom('warning')
    .leftJoin('notification', 'notification.warning_id', 'warning.id')
    .select(['warning.id', 'warning.level'])
    .where('notification.id', 'is', null)
    .execute();
  const stuck = await stuckNotifications(db, at);
  return [
    ...untold.map(({ id, level }) => `warning ${id} (${level}) was told to nobody`),
    ...stuck.map(
      ({ key, caused_at }) => `notification ${key} of ${officeTime(caused_at)} has no final record`,
    ),
  ];
}

/** What quiet hours and days off hold back is not stuck. */
async function stuckNotifications(db: Db, at: Instant) {
  const pending = await db
    .selectFrom('notification')
    .select(['key', 'level', 'caused_at'])
    .where('state', '=', 'pending')
    // A day is the least that any of them is given: most of those that are under way are not looked at.
    .where('caused_at', '<', when(later(at, -DAY)))
    .orderBy('caused_at')
    .execute();
  if (pending.length === 0) return [];
  const [{ quiet }, calendar] = await Promise.all([currentRecipientRules(db), loadCalendar(db)]);
  return pending.filter(({ level, caused_at }) => finalBy(caused_at, level, quiet, calendar) < at);
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
