/**
 * Nobody who had to be told is missing: every warning is on record for each of its recipients, or for whoever
 * stands above one who could not be reached, and every red card that nobody has opened has climbed
 * (notifications.md). From the tables alone; it mends nothing itself.
 */
import { sql } from 'kysely';
import {
  climbKey,
  climbsMade,
  expectedClimbs,
  type CardEvent,
  type Climb,
} from '../domain/auditor-climbs.ts';
import { nextInChain } from '../domain/chain.ts';
import type { Chain } from '../domain/deadline.ts';
import { addDays, DAY, later, localDateOf, MINUTE, officeTime, type Instant } from '../domain/time.ts';
import { postRoles, type PostRole } from '../domain/vocabulary.ts';
import { when, type Db, type Tx } from './client.ts';
import { holds } from './notifications.ts';
import type { Thing } from './process-event.ts';
import { recordset } from './recordset.ts';
import { audienceOf } from './retelling.ts';
import { someThings } from './things.ts';

/** A card may climb this late before it counts as missing. */
const CLIMB_GRACE = MINUTE;

/** What was told twice cannot be taken back: it is named for so long, not for ever. */
const DOUBLES_NAMED_FOR = 31 * DAY;

/** So many things are looked at together. */
const AT_ONCE = 200;

type Numbered = Thing & { readonly number: string };

/** @returns one sentence per fault. */
export async function recipientFaults(db: Db, at: Instant): Promise<readonly string[]> {
  const faults: string[] = [];
  let after: Thing | null = null;
  do {
    const page = await somewhatAudited(db, after, at);
    faults.push(...page.faults);
    after = page.last;
  } while (after !== null);
  return [...faults, ...(await toldTwice(db, at))];
}

/** From one snapshot: what is written meanwhile is no fault. */
const somewhatAudited = (db: Db, after: Thing | null, at: Instant) =>
  db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (tx) => {
      const things = await someThings(tx, { after, limit: AT_ONCE });
      const faults = [...(await untold(tx, things)), ...(await unclimbed(tx, things, at))];
      return { faults, last: things.length < AT_ONCE ? null : (things.at(-1) ?? null) };
    });

async function unclimbed(tx: Tx, things: readonly Numbered[], at: Instant): Promise<readonly string[]> {
  const { rows } = await sql<{ number: string; events: readonly CardEvent[] }>`
    select new.number, jsonb_agg(event.body order by event.version) as events
      from ${listed(things)}
      join process_event event on event.thing_kind = new.kind and event.thing_id = new.id
     where exists (
           select from process_event card
            where card.thing_kind = new.kind and card.thing_id = new.id
              and (card.type = 'red_card_climbed' or card.type = 'warning_given' and card.body ? 'climbs'))
     group by new.kind, new.id, new.number
     order by new.number`.execute(tx);
  return rows.flatMap(({ number, events }) => {
    const made = climbsMade(events);
    // The process judges by its own clock, which may be ahead of ours.
    const latest = events.reduce<Instant>((then, event) => (event.at > then ? event.at : then), at);
    const [are, may] = [keysOf(made), keysOf(expectedClimbs(events, latest))];
    return [
      ...expectedClimbs(events, later(at, -CLIMB_GRACE))
        .filter((climb) => !are.has(climbKey(climb)))
        .map((climb) => `${number}: ${climbKey(climb)} did not climb, due ${officeTime(climb.moment)}`),
      ...made
        .filter((climb) => !may.has(climbKey(climb)))
        .map((climb) => `${number}: ${climbKey(climb)} climbed and was not due`),
    ];
  });
}

const keysOf = (climbs: readonly Climb[]) => new Set(climbs.map(climbKey));

type Untold = Numbered & {
  readonly at: Instant;
  readonly role: PostRole;
  readonly chain: Chain;
  readonly what: string;
  readonly told: readonly string[];
};

/** Every role that a warning or a climb names is on record, and the next above whoever could not be reached. */
async function untold(tx: Tx, things: readonly Numbered[]): Promise<readonly string[]> {
  const { rows } = await sql<Untold>`
    select new.kind, new.id, new.number, event.at, owed.role,
           coalesce(event.body #>> '{deadline,chain}', event.body ->> 'chain', 'undertaking') as chain,
           concat_ws('/', event.body #>> '{deadline,kind}', event.body #>> '{deadline,version}',
                     coalesce(event.body ->> 'level', 'climbed'), event.body ->> 'repeat') as what,
           array(select distinct told.person_id::text from notification told
                  where told.thing_kind = new.kind and told.thing_id = new.id
                    and told.event_version = event.version and told.person_id is not null
                    and told.state <> 'failed' and told.reason is distinct from 'no_number') as told
      from ${listed(things)}
      join process_event event on event.thing_kind = new.kind and event.thing_id = new.id
       and event.type in ('warning_given', 'red_card_climbed')
     cross join lateral (
           select named.role
             from jsonb_array_elements_text(case event.type when 'warning_given' then event.body -> 'recipients'
                                            else jsonb_build_array(event.body -> 'to') end) named(role)
            union
           select ${above} from notification unreached
            where unreached.thing_kind = new.kind and unreached.thing_id = new.id
              and unreached.event_version = event.version and ${above} is not null
              and (unreached.state = 'failed'
                   or unreached.reason in ('post_vacant', 'no_number', 'told_already'))) owed
     where not exists (
           select from notification told
            where told.thing_kind = new.kind and told.thing_id = new.id
              and told.event_version = event.version and told.role = owed.role)
     order by new.number, event.version, owed.role`.execute(tx);
  const faults: string[] = [];
  for (const one of rows)
    if (!(await isOneOfThem(tx, one))) faults.push(`${one.number}: ${one.what} was not told to ${one.role}`);
  return faults;
}

/** Who is told next when one cannot be reached. */
const above = sql`case unreached.role ${sql.join(
  Object.keys(postRoles).flatMap((role) => {
    const next = nextInChain(role as PostRole);
    return next === null ? [] : [sql`when ${sql.lit(role)} then ${sql.lit(next)}`];
  }),
  sql` `,
)} end`;

/**
 * A person who holds two of the posts is told once. Whoever held this one then may have left it since, and the
 * thing may name somebody else by now: anybody of those who were told, and is known to have held it, will do.
 * Who could not be reached was not told, in whichever of their posts.
 */
async function isOneOfThem(tx: Tx, { kind, id, at, role, chain, told }: Untold): Promise<boolean> {
  if (told.length === 0) return false;
  const { rows } = await sql<{ held: boolean }>`
    select exists (select from post
                    where role = ${role} and person_id = any(${[...told]}::uuid[])
                      and (to_date is null or to_date >= ${addDays(localDateOf(at), -1)}::date))
        or exists (select from process_event naming
                    where thing_kind = ${kind} and thing_id = ${id}
                      and (coalesce(body #>> array['people', ${role}], body #>> array['facts', 'people', ${role}],
                                    case when body ->> 'role' = ${role} then body ->> 'person_id' end)
                           = any(${[...told]}))) as held`.execute(tx);
  if (rows[0]?.held === true) return true;
  const { audience } = await audienceOf(tx, { thing_kind: kind, thing_id: id });
  for (const person_id of told) if (await holds(tx, person_id, audience, { chain, role }, at)) return true;
  return false;
}

/** One person had a red card when it was given, in the place of somebody else, and once more when it climbed. */
async function toldTwice(db: Db, at: Instant): Promise<readonly string[]> {
  const { rows } = await sql<{ card: string }>`
    select regexp_replace(split_part(key, '~', 1), '/climbed/([0-9]+/[^/]+)$', '/red_card/\\1') as card
      from notification
     where level = 'red_card' and state in ('delivered', 'accepted_unconfirmed', 'merged')
       and caused_at > ${when(later(at, -DOUBLES_NAMED_FOR))}
     group by 1
    having count(distinct split_part(key, '~', 1)) > 1
     order by 1`.execute(db);
  return rows.map(({ card }) => `${card} was told when it was given and when it climbed`);
}

const listed = (things: readonly Numbered[]) =>
  recordset(
    things.map(({ kind, id, number }) => ({ kind, id, number })),
    'kind text, id uuid, number text',
  );
