/** The language in which the tests of a supervision item are told: who does what when, and what comes of it. */
import { isRefusal, type RefusalCode } from '../../domain/refusal.ts';
import type { Calendar } from '../../domain/calendar.ts';
import type { DeadlineKind, Policies } from '../../domain/deadline.ts';
import type { Viewer } from '../../domain/permissions.ts';
import type { Actor } from '../../domain/process.ts';
import {
  allowedCommands,
  create,
  evolveAll,
  supervisionItem,
  type Command,
  type CommandName,
  type Event,
  type ItemFacts,
  type Stage,
  type SupervisionItem,
} from '../../domain/supervision-item.ts';
import { instantOn, localDate, localDateOf, officeTime, type Instant } from '../../domain/time.ts';
import type { Role } from '../../domain/vocabulary.ts';
import { standardPolicies, type WarningPolicy } from '../../domain/warning-policy.ts';
import { cardShown, defaultRules, type ProcessRules } from '../../domain/watching.ts';
import { calendar as official } from './official-calendar.ts';

export type Person = Extract<Actor, { kind: 'person' }>;

const person = (person_id: string, unit_id: string, role: Role): Person => ({
  kind: 'person',
  person_id,
  unit_id,
  role,
});

/** The road bureau carries the item out, finance and land assist, the park would take it over. */
export const officer = person('officer', 'office', 'supervision_officer');
export const colleague = person('colleague', 'office', 'supervision_officer');
export const admin = person('admin', 'office', 'assessment_admin');
export const leader = person('leader', 'government', 'city_leader');
export const roads = person('roads', 'unit-roads', 'undertaking_unit');
export const finance = person('finance', 'unit-finance', 'undertaking_unit');
export const land = person('land', 'unit-land', 'undertaking_unit');
export const park = person('park', 'unit-park', 'undertaking_unit');
export const cast = [officer, colleague, admin, leader, roads, finance, land, park];

export const viewerOf = ({ person_id, unit_id, role }: Person): Viewer => ({
  person_id,
  unit_id,
  roles: [role],
  portfolio: role === 'city_leader' ? ['unit-roads', 'unit-park'] : [],
});

export function policy(name: string): WarningPolicy {
  const found = standardPolicies.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no policy ${name}`);
  return found;
}

export const policiesWith = (item: WarningPolicy): Policies => ({
  item,
  acknowledgement: policy('acknowledgement'),
  report: policy('report'),
  review: policy('review'),
  dispute: policy('review'),
});

const aMatter: ItemFacts = {
  number: '督〔2026〕0137',
  title: '修复滨河路',
  aspect: 'key_work',
  sub_aspect: 'major_project',
  source: { level: 'municipal', document: null, instructed_by: null },
  item_class: 'dated',
  due_on: localDate('2026-11-20'),
  lead_unit_id: 'unit-roads',
  assisting_unit_ids: [],
  report_cycle: { kind: 'none' },
  importance: 'normal',
};

/** `2026-11-20 09:00`, or to the millisecond `2026-11-20 24:00 -1ms`. */
export function at(text: string): Instant {
  const [date = '', clock = '', offset = '0ms'] = text.split(' ');
  return (instantOn(localDate(date), clock) + Number.parseInt(offset, 10)) as Instant;
}

export type Listed = {
  readonly facts?: Partial<ItemFacts>;
  readonly policies?: Policies;
  readonly rules?: Partial<ProcessRules>;
  readonly calendar?: Calendar;
  readonly on?: string | Instant;
};

/** An item that has just been put on the list. */
export function listed({
  facts,
  policies,
  rules,
  calendar,
  on = '2026-11-02 09:00',
}: Listed = {}): ItemStory {
  const whole = { ...aMatter, ...facts };
  return new ItemStory(whole, typeof on === 'string' ? at(on) : on, {
    calendar: calendar ?? official,
    rules: { ...defaultRules, ...rules },
    policies: policies ?? policiesWith(policy('standard')),
  });
}

/** An item that its unit has taken on an hour after it was listed. */
export function underWay(given: Listed = {}): ItemStory {
  const story = listed(given);
  story.by(officer, { command: 'assign' });
  story.by(roads, { command: 'acknowledge' });
  return story;
}

/** One life, lived as the workflow lives it: what time has brought about comes before any command. */
export class ItemStory {
  readonly events: Event[] = [];
  state: SupervisionItem;
  now: Instant;
  calendar: Calendar;

  constructor(
    facts: ItemFacts,
    on: Instant,
    given: { readonly calendar: Calendar; readonly rules: ProcessRules; readonly policies: Policies },
  ) {
    const { calendar, rules, policies } = given;
    const born = create({ facts, rules, policies }, { by: officer, at: on, calendar });
    if (isRefusal(born)) throw new Error(`${born.refusal}: ${born.detail}`);
    this.now = on;
    this.calendar = calendar;
    this.events.push(born);
    this.state = supervisionItem.evolve(null, born);
  }

  /** Time goes on to this moment, and every timer rings when it is due. */
  until(moment: string | Instant): this {
    const then = typeof moment === 'string' ? at(moment) : moment;
    for (let next = this.#next(); next !== null && next <= then; next = this.#next()) {
      this.now = next;
      this.#adopt(supervisionItem.pass(this.state, next, this.calendar));
    }
    this.now = then;
    return this;
  }

  /** Nothing runs until this moment: what was due meanwhile is decided only then. */
  downUntil(moment: string | Instant): this {
    this.now = typeof moment === 'string' ? at(moment) : moment;
    this.#adopt(supervisionItem.pass(this.state, this.now, this.calendar));
    return this;
  }

  /** A command that is carried out. */
  by(who: Actor, command: Command): this {
    const refusal = this.tries(who, command);
    if (refusal !== null) throw new Error(`${command.command} was refused: ${refusal}`);
    return this;
  }

  /** A command that may be refused. @returns the code, or null when it was carried out. */
  tries(who: Actor, command: Command): RefusalCode | null {
    const circumstances = { by: who, at: this.now, calendar: this.calendar };
    this.#adopt(supervisionItem.pass(this.state, this.now, this.calendar));
    const decided = supervisionItem.decide(this.state, command, circumstances);
    if (isRefusal(decided)) return decided.refusal;
    this.#adopt(decided);
    this.#adopt(supervisionItem.pass(this.state, this.now, this.calendar));
    return null;
  }

  replans(calendar: Calendar, policies?: Policies): this {
    this.downUntil(this.now);
    const decided = supervisionItem.replan(this.state, { by: officer, at: this.now, calendar }, policies);
    if (isRefusal(decided)) throw new Error(decided.detail);
    this.calendar = calendar;
    this.#adopt(decided);
    return this.downUntil(this.now);
  }

  isOpenedBy(who: Actor): this {
    this.#adopt(supervisionItem.seen(this.state, { by: who, at: this.now, calendar: this.calendar }));
    return this;
  }

  get stage(): Stage {
    return this.state.stage;
  }

  get card() {
    return cardShown(this.state);
  }

  /** When a deadline that stands ends, in office time. */
  due(kind: DeadlineKind): string | null {
    const found = this.state.deadlines.find((deadline) => deadline.kind === kind);
    return found === undefined ? null : officeTime(found.due);
  }

  allows(who: Person): readonly CommandName[] {
    return allowedCommands(this.state, viewerOf(who));
  }

  last<Type extends Event['type']>(type: Type): Extract<Event, { type: Type }> {
    const found = this.events.findLast((event) => event.type === type);
    if (found === undefined) throw new Error(`no ${type} has happened`);
    return found as Extract<Event, { type: Type }>;
  }

  /** `item/1 red_card+2 2026-11-30 09:00`: by deadline, its version, level, repeat and moment. */
  get warnings(): readonly string[] {
    return this.events.flatMap((event) =>
      event.type === 'warning_given'
        ? [
            `${event.deadline.kind}/${event.deadline.version} ${event.level}${event.repeat > 0 ? `+${event.repeat}` : ''} ${officeTime(event.moment)}`,
          ]
        : [],
    );
  }

  /** Only the warnings of one kind of deadline. */
  warningsOf(kind: DeadlineKind): readonly string[] {
    return this.warnings.filter((warning) => warning.startsWith(`${kind}/`));
  }

  get today() {
    return localDateOf(this.now);
  }

  #next(): Instant | null {
    return supervisionItem.next(this.state)?.at ?? null;
  }

  #adopt(events: readonly Event[]): void {
    this.events.push(...events);
    if (events.length > 0) this.state = evolveAll(this.state, events);
  }
}
