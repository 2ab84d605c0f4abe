/** A city's year: every task and item lives, and what it gives, tells and asks is written down. */
import { nameOf } from '../domain/deadline.ts';
import { isEnded, type EventFrame, type Actor } from '../domain/process.ts';
import type { RefusalCode } from '../domain/refusal.ts';
import { tellings as taskTellings } from '../domain/indicator-task-tellings.ts';
import { isClimb, otherKeyOf, tellings as itemTellings, type Telling } from '../domain/telling.ts';
import { nextInChain } from '../domain/chain.ts';
import {
  addDays,
  instant,
  instantOn,
  localDate,
  localDateOf,
  type Instant,
  type LocalDate,
} from '../domain/time.ts';
import { nextWorkingDay } from '../domain/calendar.ts';
import { isRefusal } from '../domain/refusal.ts';
import type { PostRole, Role } from '../domain/vocabulary.ts';
import type { WarningLevel } from '../domain/warning-policy.ts';
import type { WarningEvent } from '../domain/warnings.ts';
import type { People } from '../domain/watching.ts';
import { chanceOf } from './chance.ts';
import type { SampleCity } from './city.ts';
import type { City } from './habits.ts';
import { liveItem } from './item-life.ts';
import { deliver, type Ending, type Notification, type Sms } from './phones.ts';
import { liveTask } from './task-life.ts';

export type Card = {
  readonly unit_id: string;
  readonly level: WarningLevel;
  readonly on: LocalDate;
  readonly by: 'time' | 'progress';
};

/** What the system has asked of one unit, and what it got. */
export type Burden = { requests: number; reports: number; fields: number; files: number };

export type Lived = {
  readonly kind: 'indicator_task' | 'supervision_item';
  readonly number: string;
  readonly unit_id: string;
  readonly stage: string;
  readonly cards: Readonly<Record<WarningLevel, number>>;
  readonly events: readonly string[];
};

export type Year = {
  readonly lived: readonly Lived[];
  readonly cards: readonly Card[];
  readonly repeats: number;
  readonly burden: ReadonlyMap<string, Burden>;
  readonly notifications: readonly Notification[];
  readonly sms: readonly Sms[];
  readonly refusals: readonly RefusalCode[];
  readonly events: number;
};

/** Reviews of the last days of the year are over by then, and most red cards that are repeated. */
const LOOKS_UNTIL = '03-31';

export function simulateYear(city: SampleCity, habits: City, seed: number): Year {
  const book = new Book(city);
  const { year, calendar } = city;
  const until = instantOn(localDate(`${year + 1}-${LOOKS_UNTIL}`), '24:00');
  const firstDay = nextWorkingDay(calendar, localDate(`${year}-01-01`));
  if (isRefusal(firstDay)) throw new Error(firstDay.detail);
  const kinds = new Map(city.units.map(({ code, kind }) => [code, kind]));
  const habitsOf = (unit_id: string) => habits[kinds.get(unit_id) ?? 'department'];
  const person = (unit_id: string, role: PostRole, as: Role): Actor => ({
    kind: 'person',
    person_id: city.holder(unit_id, role) ?? `${unit_id}/${role}`,
    unit_id,
    role: as,
  });
  const above = (unit_id: string) => ({
    leader: person(unit_id, 'city_leader', 'city_leader'),
    head: person(unit_id, 'principal_leader', 'undertaking_unit'),
  });

  const office = person('assessment_office', 'direct_lead', 'assessment_admin');
  for (const [index, facts] of city.tasks.entries()) {
    const { unit_id, number } = facts;
    const entry = book.open('indicator_task', number, unit_id, office);
    const life = liveTask(facts, {
      released: instant(instantOn(firstDay, '09:00') + index * 20),
      cast: {
        office,
        reviewer: person('assessment_office', 'direct_lead', 'reviewer_scorer'),
        unit: person(unit_id, 'reporter', 'undertaking_unit'),
        ...above(unit_id),
      },
      habits: habitsOf(unit_id),
      world: { calendar, until, chance: chanceOf(seed, number) },
      told: (event, state) => entry.write(event, state, taskTellings(event, state)),
    });
    entry.close(life);
  }

  const officer = person('supervision_office', 'direct_lead', 'supervision_officer');
  for (const [index, row] of city.items.entries()) {
    const number = `督〔${year}〕${String(index + 1).padStart(4, '0')}`;
    const unit_id = row.lead_unit_code;
    const chance = chanceOf(seed, number);
    const entry = book.open('supervision_item', number, unit_id, officer);
    // Through the year, and in time for what has to be cleared by its end.
    const assigned = nextWorkingDay(calendar, addDays(localDate(`${year}-01-04`), chance.pick(290)));
    if (isRefusal(assigned)) throw new Error(assigned.detail);
    const life = liveItem(row, number, {
      assigned: instantOn(assigned, `${String(chance.between(9, 14)).padStart(2, '0')}:00`),
      cast: {
        officer,
        lead: person(unit_id, 'reporter', 'undertaking_unit'),
        assisting: row.assisting_unit_codes.map((code) => person(code, 'reporter', 'undertaking_unit')),
        ...above(unit_id),
      },
      habits: habitsOf(unit_id),
      world: { calendar, until, chance },
      told: (event, state) => entry.write(event, state, itemTellings(event, state)),
    });
    entry.close(life);
  }
  return book.closed();
}

type Told = EventFrame & { readonly type: string; readonly evidence_ids?: readonly string[] };

class Book {
  readonly #city: SampleCity;
  readonly #lived: Lived[] = [];
  readonly #cards: Card[] = [];
  readonly #burden = new Map<string, Burden>();
  readonly #notifications = new Map<string, Notification>();
  readonly #ended = new Map<string, Ending>();
  readonly #refusals: RefusalCode[] = [];
  #repeats = 0;
  #events = 0;

  constructor(city: SampleCity) {
    this.#city = city;
  }

  open(kind: Lived['kind'], number: string, unit_id: string, office: Actor) {
    const types: string[] = [];
    return {
      write: (
        event: Told,
        { people, version }: { readonly people: People; readonly version: number },
        told: readonly Telling[],
      ) => {
        types.push(event.type);
        this.#events += 1;
        this.#count(event, unit_id);
        for (const telling of told)
          this.#tell(telling, { number, unit_id, office, people, at: event.at, version });
      },
      close: ({
        state,
        refusals,
        now,
      }: {
        readonly state: { readonly stage: string; readonly version: number; readonly cards: Lived['cards'] };
        readonly refusals: readonly RefusalCode[];
        readonly now: Instant;
      }) => {
        const { stage, version, cards } = state;
        this.#lived.push({ kind, number, unit_id, stage, cards, events: types });
        this.#refusals.push(...refusals);
        if (isEnded(stage)) this.#ended.set(number, { at: now, version });
      },
    };
  }

  closed(): Year {
    const notifications = [...this.#notifications.values()];
    return {
      lived: this.#lived,
      cards: this.#cards,
      repeats: this.#repeats,
      burden: this.#burden,
      notifications,
      sms: deliver(notifications, this.#ended, this.#city.calendar),
      refusals: this.#refusals,
      events: this.#events,
    };
  }

  #count(event: Told, lead_unit_id: string): void {
    const burden = this.#burdenOf(unitOf(event.by) ?? lead_unit_id);
    if (event.by.kind === 'person' && event.by.role === 'undertaking_unit') {
      const { at: _, by: __, arms: ___, clears: ____, type: _____, evidence_ids = [], ...fields } = event;
      burden.fields += Object.keys(fields).length;
      burden.files += evidence_ids.length;
      if (event.type === 'progress_reported' || event.type === 'share_reported') burden.reports += 1;
    }
    const asked = (event.arms ?? []).filter(({ chain, kind }) => chain === 'undertaking' && asks(kind));
    this.#burdenOf(lead_unit_id).requests += asked.length;
    if (event.type !== 'warning_given') return;
    const { deadline, level, repeat, moment } = event as unknown as Extract<
      WarningEvent,
      { type: 'warning_given' }
    >;
    if (deadline.chain !== 'undertaking') return;
    if (repeat > 0) {
      this.#repeats += 1;
      return;
    }
    const by = nameOf(deadline.kind) === 'progress' ? 'progress' : 'time';
    // A red card at 24:00 belongs to the day that ends there.
    this.#cards.push({ unit_id: lead_unit_id, level, on: localDateOf(instant(moment - 1)), by });
  }

  #burdenOf(unit_id: string): Burden {
    const found = this.#burden.get(unit_id) ?? { requests: 0, reports: 0, fields: 0, files: 0 };
    this.#burden.set(unit_id, found);
    return found;
  }

  /** Whom the thing names, else who is on duty, else the next in the chain: as the product looks them up. */
  #tell(
    telling: Telling,
    thing: {
      number: string;
      unit_id: string;
      office: Actor;
      people: People;
      at: Instant;
      version: number;
    },
  ): void {
    const { chain, level, key } = telling;
    const reviewing = chain === 'reviewing';
    const unit_id = telling.unit_id ?? (reviewing ? (unitOf(thing.office) ?? thing.unit_id) : thing.unit_id);
    for (let role: PostRole | null = telling.role; role !== null; role = nextInChain(role)) {
      const named = telling.unit_id === undefined ? namedFor(role, thing, reviewing) : undefined;
      const person_id = named ?? this.#city.holder(unit_id, role);
      if (person_id === null) continue;
      const id = `${thing.number}/${key}/${person_id}`;
      // Who stood in for a vacant post has it already.
      if (isClimb(telling) && this.#notifications.has(`${thing.number}/${otherKeyOf(telling)}/${person_id}`))
        continue;
      if (!this.#notifications.has(id))
        this.#notifications.set(id, {
          id,
          person_id,
          thing: thing.number,
          level,
          at: thing.at,
          version: thing.version,
        });
      return;
    }
  }
}

function namedFor(
  role: PostRole,
  { office, people }: { office: Actor; people: People },
  reviewing: boolean,
): string | undefined {
  if (!reviewing) return people[role];
  return role === 'reporter' && office.kind === 'person' ? office.person_id : undefined;
}

const unitOf = (by: Actor): string | null => (by.kind === 'person' ? by.unit_id : null);

/** What a unit has to answer: a card or the end of the year asks for nothing new. */
const asks = (kind: Parameters<typeof nameOf>[0]): boolean =>
  ['acknowledgement', 'report', 'item'].includes(nameOf(kind));
