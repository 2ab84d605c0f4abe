/** Who is told, by row: one notification per telling and person, never a second one (its key is unique). */
import { createHash } from 'node:crypto';
import { sql, type Insertable } from 'kysely';
import { isClimb, nextInChain, type Telling } from '../domain/telling.ts';
import { localDateOf, type Instant, type LocalDate } from '../domain/time.ts';
import type { PostRole } from '../domain/vocabulary.ts';
import type { People } from '../domain/watching.ts';
import { stamp, stampOrNull, type Tx } from './client.ts';
import type { Thing } from './process-event.ts';
import { recordset } from './recordset.ts';
import { reviewedKey, reviewersOf, type Reviewed } from './review-scope.ts';
import { stillOf } from './still-of.ts';
import type { Database, NotificationState } from './tables.ts';
import { openTodo } from './todos.ts';
import { hasEnded } from './things.ts';
import { toldAlready } from './told-already.ts';

/** Where a thing's people are found. */
export type Audience = {
  readonly lead_unit_id: string | null;
  readonly office_unit_id: string | null;
  readonly officer_id: string | null;
  /** What its reviewers are found by; null of what the officer reviews. */
  readonly reviewed: Reviewed | null;
  readonly people: People;
};

type Holder = { readonly person_id: string; readonly reachable: boolean; readonly named: boolean };

/** A uuid that is the same for the same text: a repeat names the same row. */
export function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

const unitOf = (audience: Audience, telling: Pick<Telling, 'chain' | 'unit_id'>): string | null =>
  telling.unit_id ?? (telling.chain === 'reviewing' ? audience.office_unit_id : audience.lead_unit_id);

type Wanted = {
  readonly audience: Audience;
  readonly telling: Pick<Telling, 'chain' | 'role' | 'unit_id'>;
  readonly at: Instant;
};

/** Whether somebody holds a role for a thing on a day. */
export async function holds(
  tx: Tx,
  person_id: string,
  audience: Audience,
  telling: Wanted['telling'],
  at: Instant,
): Promise<boolean> {
  const [holders = []] = await holdersOf(tx, [{ audience, telling, at }]);
  return holders.some((holder) => holder.person_id === person_id);
}

/**
 * Who holds a role for each thing on a day: its reviewers, else whom the thing names and who has not left, else the
 * first on the unit's duty roster. In their order, with three questions for all of them. Only reviewers are several.
 */
export async function holdersOf(tx: Tx, all: readonly Wanted[]): Promise<readonly (readonly Holder[])[]> {
  const reviewers = await reviewersOf(
    tx,
    all.flatMap((one) => reviewedOf(one) ?? []),
  );
  const theirs = (one: Wanted): readonly Holder[] => {
    const reviewed = reviewedOf(one);
    const found = reviewed === null ? [] : (reviewers.get(reviewedKey(reviewed)) ?? []);
    return found.map((reviewer) => ({ ...reviewer, named: true }));
  };
  const others = all.filter((one) => theirs(one).length === 0);
  const people = await named(
    tx,
    others.flatMap((one) => nameOf(one) ?? []),
  );
  const namedBy = (one: Wanted) => people.get(nameKey(nameOf(one)));
  const places = others.flatMap((one) => (namedBy(one) === undefined ? (placeOf(one) ?? []) : []));
  const roster = await onDuty(tx, places);
  return all.map((one) => {
    const reviewing = theirs(one);
    if (reviewing.length > 0) return reviewing;
    const place = placeOf(one);
    const key = place === null ? '' : `${place.unit_id}/${place.today}/${one.telling.role}`;
    const holder = namedBy(one) ?? roster.get(key);
    return holder === undefined ? [] : [holder];
  });
}

/** The first step of the office's chain is whoever has to review. */
const reviewedOf = ({ audience, telling }: Wanted): Reviewed | null =>
  telling.chain === 'reviewing' && telling.role === 'reporter' ? audience.reviewed : null;

type Name = { readonly person_id: string; readonly unit_id: string | null; readonly today: LocalDate };

function nameOf({ audience, telling, at }: Wanted): Name | null {
  const person_id = telling.unit_id === undefined ? namedFor(audience, telling) : null;
  return person_id === null
    ? null
    : {
        person_id: asWritten(person_id),
        unit_id: asWrittenOrNull(unitOf(audience, telling)),
        today: localDateOf(at),
      };
}

/** A command may have named a uuid in capitals; its row does not. */
const asWritten = (id: string): string => id.toLowerCase();
const asWrittenOrNull = (id: string | null): string | null => (id === null ? null : asWritten(id));

const nameKey = (name: Name | null): string =>
  name === null ? '' : `${name.person_id}/${name.unit_id ?? ''}/${name.today}`;

type Place = { readonly unit_id: string; readonly today: LocalDate };

function placeOf({ audience, telling, at }: Wanted): Place | null {
  const unit_id = asWrittenOrNull(unitOf(audience, telling));
  return unit_id === null ? null : { unit_id, today: localDateOf(at) };
}

/** Those who are named and have not left. */
async function named(tx: Tx, names: readonly Name[]): Promise<ReadonlyMap<string, Holder>> {
  const distinct = new Map(names.map((name) => [nameKey(name), name]));
  if (distinct.size === 0) return new Map();
  const [person_id, unit_id, today] = [sql`new.person_id`, sql`new.unit_id`, sql`new.today`];
  const { rows } = await sql<Name & { readonly reachable: boolean }>`
    select new.person_id, new.unit_id, new.today, person.phone_hash is not null as reachable
      from ${recordset([...distinct.values()], 'person_id uuid, unit_id uuid, today date')}
      join person on person.id = new.person_id
     where ${stillOf({ person_id, unit_id, today })}`.execute(tx);
  return new Map(
    rows.map(({ reachable, ...name }) => [
      nameKey(name),
      { person_id: name.person_id, reachable, named: true },
    ]),
  );
}

/**
 * The first on each unit's duty roster for each role: a warning is for several of them. Where a unit that was
 * merged into another one has nobody, the other's stand in its place.
 */
async function onDuty(tx: Tx, places: readonly Place[]): Promise<ReadonlyMap<string, Holder>> {
  const distinct = new Map(places.map((place) => [`${place.unit_id}/${place.today}`, place]));
  if (distinct.size === 0) return new Map();
  const { rows } = await sql<{
    unit_id: string;
    today: LocalDate;
    role: PostRole;
    id: string;
    reachable: boolean;
  }>`
    select distinct on (new.unit_id, new.today, post.role)
           new.unit_id, new.today, post.role, person.id, person.phone_hash is not null as reachable
      from ${recordset([...distinct.values()], 'unit_id uuid, today date')}
     cross join lateral (
           select new.unit_id as stands_in, 0 as step
            union all
           select successor_id, step from unit_succession merged
            where merged.unit_id = new.unit_id and merged.from_date <= new.today) place
      join post on post.unit_id = place.stands_in
           and post.from_date <= new.today and (post.to_date is null or post.to_date >= new.today)
      join person on person.id = post.person_id
     order by new.unit_id, new.today, post.role, place.step, post.rank, post.from_date, post.id`.execute(tx);
  return new Map(
    rows.map(({ unit_id, today, role, id, reachable }) => [
      `${unit_id}/${today}/${role}`,
      { person_id: id, reachable, named: false },
    ]),
  );
}

function namedFor(
  { people, officer_id }: Audience,
  { chain, role }: Pick<Telling, 'chain' | 'role'>,
): string | null {
  if (chain === 'reviewing') return role === 'reporter' ? officer_id : null;
  return people[role] ?? null;
}

export type Told = {
  readonly thing: Thing;
  readonly event_version: number;
  readonly audience: Audience;
  readonly telling: Telling;
  readonly warning_id: string | null;
  readonly due: Instant | null;
  readonly at: Instant;
};

export const tell = (tx: Tx, told: Told, inPlaceOf: string | null = null): Promise<void> =>
  tellAll(tx, [told], inPlaceOf);

/**
 * Writes the notifications for tellings. A vacant post or a missing number is recorded as such, the
 * unit gets a to-do to mend it, and the next in the chain is told instead (domain.md 3).
 */
export async function tellAll(tx: Tx, all: readonly Told[], inPlaceOf: string | null = null): Promise<void> {
  // A climb looks at whom the card was told to, also when both are written together.
  const [climbs, others] = [all.filter(climbing), all.filter((told) => !climbing(told))];
  for (const some of [others, climbs]) if (some.length > 0) await write(tx, some, inPlaceOf);
}

const climbing = ({ telling }: Told) => isClimb(telling);

async function write(tx: Tx, all: readonly Told[], inPlaceOf: string | null): Promise<void> {
  const holders = await holdersOf(tx, all);
  const drafts = all.flatMap((told, index) => {
    const theirs = holders[index] ?? [];
    return (theirs.length === 0 ? [null] : theirs).map((holder) => ({ told, holder }));
  });
  const already = await toldAlready(
    tx,
    drafts.map(({ told, holder }) => ({
      ...told,
      person_id: holder?.person_id ?? null,
      instead: inPlaceOf !== null,
    })),
  );
  const rows = drafts.map(({ told, holder }, place) => {
    const row = rowFor(told, holder, inPlaceOf);
    return { told, row: already.has(place) ? { ...row, ...toldBefore } : row };
  });
  const written = await insert(
    tx,
    rows.map(({ row }) => row),
  );
  for (const { told, row } of rows) {
    const stands = written.has(row.key) ? row : await insertedAgain(tx, told.thing, row);
    // A second draft for the same person in the same place is not another one.
    written.delete(row.key);
    if (stands !== null && stands.reason !== null)
      await tellNext(tx, told, stands.id, mends[stands.reason] ?? null);
  }
}

const toldBefore = { state: 'suppressed', reason: 'told_already' } as const;

const mends: Readonly<Record<string, Mend>> = { post_vacant: 'post', no_number: 'number' };

type NewNotification = Insertable<Database['notification']> & { readonly reason: string | null };

function rowFor(told: Told, holder: Holder | null, inPlaceOf: string | null): NewNotification {
  const { thing, telling, audience, at } = told;
  const whom = holder?.person_id ?? `${unitOf(audience, telling) ?? 'no unit'}:${telling.role}`;
  const key = `${thing.kind}/${thing.id}/${telling.key}/${whom}`;
  const reason = holder === null ? 'post_vacant' : holder.reachable ? null : 'no_number';
  return {
    id: uuidOf(key),
    key,
    thing_kind: thing.kind,
    thing_id: thing.id,
    event_version: told.event_version,
    warning_id: told.warning_id,
    level: telling.level,
    chain: telling.chain,
    role: telling.role,
    unit_id: unitOf(audience, telling),
    named: holder?.named ?? false,
    person_id: holder?.person_id ?? null,
    due_at: stampOrNull(told.due),
    caused_at: stamp(at),
    state: reason === null ? 'pending' : 'suppressed',
    reason,
    in_place_of: inPlaceOf,
  };
}

/** @returns the keys that nobody had been told under before. */
async function insert(tx: Tx, all: readonly NewNotification[]): Promise<Set<string>> {
  const inserted = await sql<{ key: string }>`
    insert into notification
      (id, key, thing_kind, thing_id, event_version, warning_id, level, chain, role, unit_id, named, person_id,
       due_at, caused_at, state, reason, in_place_of)
    select id, key, thing_kind, thing_id, event_version, warning_id, level, chain, role, unit_id, named, person_id,
       due_at, caused_at, state, reason, in_place_of
    from ${recordset(
      all,
      `id uuid, key text, thing_kind text, thing_id uuid, event_version int, warning_id uuid, level text,
       chain text, role text, unit_id uuid, named boolean, person_id uuid, due_at timestamptz,
       caused_at timestamptz, state text, reason text, in_place_of uuid`,
    )}
    on conflict (key) do nothing
    returning key`.execute(tx);
  return new Set(inserted.rows.map(({ key }) => key));
}

async function insertedAgain(tx: Tx, thing: Thing, row: NewNotification): Promise<NewNotification | null> {
  const before = await toldBeforeUnder(tx, thing, row.key);
  const kept = before.filter(({ reason }) => reason !== POST_CHANGED_HANDS);
  const here = kept.some(({ role, unit_id }) => role === row.role && unit_id === row.unit_id);
  if (here || !kept.every(isUnreached)) return null;
  // Who holds both posts and could not be reached in the one is not in the other: it ends in the same way.
  const [end] = kept;
  const key = before.length === 0 ? row.key : `${row.key}~${before.length + 1}`;
  const again = {
    ...row,
    key,
    id: uuidOf(key),
    ...(end === undefined ? {} : { state: end.state, reason: end.reason }),
  };
  return (await insert(tx, [again])).has(key) ? again : null;
}

/** What this person has had of this telling, in whichever place. Somebody who gave up the post and has it again is told after all. */
const toldBeforeUnder = (tx: Tx, thing: Thing, key: string) =>
  tx
    .selectFrom('notification')
    .select(['role', 'unit_id', 'state', 'reason'])
    .where('thing_kind', '=', thing.kind)
    .where('thing_id', '=', thing.id)
    .where(sql<string>`split_part(key, '~', 1)`, '=', key)
    .orderBy('key')
    .execute();

type Ended = { readonly state: NotificationState; readonly reason: string | null };

/** Whoever stands above is told instead. */
const isUnreached = ({ state, reason }: Ended): boolean =>
  state === 'failed' || reason === 'no_number' || reason === toldBefore.reason;

/** Why somebody who no longer holds the post when the message is sent is told nothing. */
export const POST_CHANGED_HANDS = 'post_changed_hands';

/** What the unit has to put right in its record, if that is why nobody was reached. */
export type Mend = 'post' | 'number' | null;

/** The person cannot be reached: the next in the chain is told, and the unit is asked to mend its record. */
export async function tellNext(tx: Tx, told: Told, unreached: string, mend: Mend): Promise<void> {
  const { telling, audience, thing, at } = told;
  const unit_id = unitOf(audience, telling);
  // Nobody waits for the record of a thing that has ended.
  if (mend !== null && !(await hasEnded(tx, thing))) {
    await openTodo(tx, thing, at, {
      key: mendKey(unit_id, telling.role),
      what: `${mend === 'post' ? '岗位空缺' : '联系号码无效'}，请补正${roleNames[telling.role]}`,
      role: telling.chain === 'reviewing' ? 'supervision_officer' : 'undertaking_unit',
      unit_id: telling.chain === 'reviewing' ? null : unit_id,
      due: null,
    });
  }
  const role = nextInChain(telling.role);
  if (role !== null) await tell(tx, { ...told, telling: { ...telling, role } }, unreached);
}

export const mendKey = (unit_id: string | null, role: PostRole): string => `mend/${unit_id ?? ''}/${role}`;

const roleNames: Readonly<Record<PostRole, string>> = {
  city_leader: '市级领导',
  principal_leader: '主要领导',
  deputy_leader: '分管领导',
  reporter: '填报责任人',
  direct_lead: '直接负责人',
  contact_person: '联系人',
};
