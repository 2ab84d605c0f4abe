/** Who is told, by row: one notification per telling and person, never a second one (its key is unique). */
import { createHash } from 'node:crypto';
import { sql, type Insertable } from 'kysely';
import { nextInChain, type Telling } from '../domain/telling.ts';
import { localDateOf, type Instant, type LocalDate } from '../domain/time.ts';
import type { PostRole } from '../domain/vocabulary.ts';
import type { People } from '../domain/watching.ts';
import { stamp, stampOrNull, type Tx } from './client.ts';
import type { Thing } from './process-event.ts';
import type { Database } from './tables.ts';
import { openTodo } from './todos.ts';

/** Where a thing's people are found. */
export type Audience = {
  readonly lead_unit_id: string | null;
  readonly office_unit_id: string | null;
  readonly officer_id: string | null;
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

/** Who holds which role in a unit on a day, once it has been looked up. */
export type Chains = Map<string, ReadonlyMap<PostRole, Holder>>;

/** Who holds a role for a thing on a day: whom the thing names, else the first on the unit's duty roster. */
export async function holderOf(
  tx: Tx,
  audience: Audience,
  telling: Pick<Telling, 'chain' | 'role' | 'unit_id'>,
  at: Instant,
  known: Chains = new Map(),
): Promise<Holder | null> {
  const named = telling.unit_id === undefined ? namedFor(audience, telling) : null;
  if (named !== null) {
    const person = await tx
      .selectFrom('person')
      .select(['id', 'phone_hash'])
      .where('id', '=', named)
      .executeTakeFirst();
    if (person !== undefined)
      return { person_id: person.id, reachable: person.phone_hash !== null, named: true };
  }
  const unit_id = unitOf(audience, telling);
  if (unit_id === null) return null;
  const today = localDateOf(at);
  const key = `${unit_id}/${today}`;
  const chain = known.get(key) ?? (await chainOf(tx, unit_id, today));
  known.set(key, chain);
  return chain.get(telling.role) ?? null;
}

/** The first on the duty roster for each role: a warning is for several of them. */
async function chainOf(tx: Tx, unit_id: string, today: LocalDate): Promise<ReadonlyMap<PostRole, Holder>> {
  const holders = await tx
    .selectFrom('post')
    .innerJoin('person', 'person.id', 'post.person_id')
    .distinctOn('post.role')
    .select(['post.role', 'person.id', 'person.phone_hash'])
    .where('post.unit_id', '=', unit_id)
    .where('post.from_date', '<=', today)
    .where((eb) => eb.or([eb('post.to_date', 'is', null), eb('post.to_date', '>=', today)]))
    .orderBy('post.role')
    .orderBy('post.rank')
    .orderBy('post.from_date')
    .orderBy('post.id')
    .execute();
  return new Map(
    holders.map(({ role, id, phone_hash }) => [
      role,
      { person_id: id, reachable: phone_hash !== null, named: false },
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
  tellAll(tx, [told], new Map(), inPlaceOf);

/**
 * Writes the notifications for tellings. A vacant post or a missing number is recorded as such, the
 * unit gets a to-do to mend it, and the next in the chain is told instead (domain.md 3).
 */
export async function tellAll(
  tx: Tx,
  all: readonly Told[],
  chains: Chains,
  inPlaceOf: string | null = null,
): Promise<void> {
  const drafts: { readonly told: Told; readonly row: NewNotification }[] = [];
  for (const told of all) {
    const holder = await holderOf(tx, told.audience, told.telling, told.at, chains);
    drafts.push({ told, row: rowFor(told, holder, inPlaceOf) });
  }
  const written = await insert(
    tx,
    drafts.map(({ row }) => row),
  );
  for (const { told, row } of drafts) {
    const stands = written.has(row.key) ? row : await insertedAgain(tx, told.thing, row);
    // A second draft for the same person in the same place is not another one.
    written.delete(row.key);
    if (stands !== null && stands.reason !== null)
      await tellNext(tx, told, stands.id, stands.reason === 'post_vacant' ? 'post' : 'number');
  }
}

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
async function insert(tx: Tx, rows: readonly NewNotification[]): Promise<Set<string>> {
  const inserted = await tx
    .insertInto('notification')
    .values(rows)
    .onConflict((conflict) => conflict.column('key').doNothing())
    .returning('key')
    .execute();
  return new Set(inserted.map(({ key }) => key));
}

async function insertedAgain(tx: Tx, thing: Thing, row: NewNotification): Promise<NewNotification | null> {
  const key = await freeKey(tx, thing, row.key);
  if (key === null) return null;
  const again = { ...row, key, id: uuidOf(key) };
  return (await insert(tx, [again])).has(key) ? again : null;
}

/** The key of a telling that this person has not had yet, else null. Somebody who gave up the post and has it again is told after all. */
async function freeKey(tx: Tx, thing: Thing, key: string): Promise<string | null> {
  const before = await tx
    .selectFrom('notification')
    .select(['key', 'reason'])
    .where('thing_kind', '=', thing.kind)
    .where('thing_id', '=', thing.id)
    .where(sql<string>`split_part(key, '~', 1)`, '=', key)
    .execute();
  if (before.some(({ reason }) => reason !== POST_CHANGED_HANDS)) return null;
  return before.length === 0 ? key : `${key}~${before.length + 1}`;
}

/** Why somebody who no longer holds the post when the message is sent is told nothing. */
export const POST_CHANGED_HANDS = 'post_changed_hands';

/** What the unit has to put right in its record, if that is why nobody was reached. */
export type Mend = 'post' | 'number' | null;

/** The person cannot be reached: the next in the chain is told, and the unit is asked to mend its record. */
export async function tellNext(tx: Tx, told: Told, unreached: string, mend: Mend): Promise<void> {
  const { telling, audience, thing, at } = told;
  const unit_id = unitOf(audience, telling);
  if (mend !== null) {
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
