/** One life, lived as the workflow lives it: what time has brought about comes before any command. */
import type { Calendar } from '../../domain/calendar.ts';
import type { Chain, DeadlineKind, Policies } from '../../domain/deadline.ts';
import type { Actor, EventFrame, Process } from '../../domain/process.ts';
import { isRefusal, type RefusalCode } from '../../domain/refusal.ts';
import { instantOn, localDate, localDateOf, officeTime, type Instant } from '../../domain/time.ts';
import type { Role } from '../../domain/vocabulary.ts';
import { cardShown, type Watched } from '../../domain/watching.ts';
import type { WarningEvent } from '../../domain/warnings.ts';

export type Person = Extract<Actor, { kind: 'person' }>;

export const person = (person_id: string, unit_id: string, role: Role): Person => ({
  kind: 'person',
  person_id,
  unit_id,
  role,
});

/** `2026-11-20 09:00`, or to the millisecond `2026-11-20 24:00 -1ms`. */
export function at(text: string): Instant {
  const [date = '', clock = '', offset = '0ms'] = text.split(' ');
  return (instantOn(localDate(date), clock) + Number.parseInt(offset, 10)) as Instant;
}

type Happening = EventFrame & { readonly type: string };

export class Story<
  State extends Watched & { readonly stage: string },
  Command extends { readonly command: string },
  Event extends Happening,
> {
  readonly events: Event[] = [];
  readonly #process: Process<State, Command, Event>;
  /** Who publishes calendars and policies. */
  readonly #office: Person;
  state: State;
  now: Instant;
  calendar: Calendar;

  constructor(
    process: Process<State, Command, Event>,
    born: Event,
    given: { readonly on: Instant; readonly calendar: Calendar; readonly office: Person },
  ) {
    this.#process = process;
    this.#office = given.office;
    this.now = given.on;
    this.calendar = given.calendar;
    this.events.push(born);
    this.state = process.evolve(null, born);
  }

  /** Time goes on to this moment, and every timer rings when it is due. */
  until(moment: string | Instant): this {
    const then = typeof moment === 'string' ? at(moment) : moment;
    for (let next = this.#next(); next !== null && next <= then; next = this.#next()) {
      if (next > this.now) this.now = next;
      this.#adopt(this.#process.pass(this.state, this.now, this.calendar));
    }
    this.now = then;
    return this;
  }

  /** Nothing runs until this moment: what was due meanwhile is decided only then. */
  downUntil(moment: string | Instant): this {
    this.now = typeof moment === 'string' ? at(moment) : moment;
    this.#adopt(this.#process.pass(this.state, this.now, this.calendar));
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
    this.#adopt(this.#process.pass(this.state, this.now, this.calendar));
    const decided = this.#process.decide(this.state, command, circumstances);
    if (isRefusal(decided)) return decided.refusal;
    this.#adopt(decided);
    this.#adopt(this.#process.pass(this.state, this.now, this.calendar));
    return null;
  }

  replans(calendar: Calendar, policies?: Policies): this {
    this.downUntil(this.now);
    const by = this.#office;
    const decided = this.#process.replan(this.state, { by, at: this.now, calendar }, policies);
    if (isRefusal(decided)) throw new Error(decided.detail);
    this.calendar = calendar;
    this.#adopt(decided);
    return this.downUntil(this.now);
  }

  /** @param chains in which of them somebody was told of red cards; in all when it is left out. */
  isOpenedBy(who: Actor, chains?: readonly Chain[]): this {
    this.#adopt(this.#process.seen(this.state, { by: who, at: this.now, calendar: this.calendar }, chains));
    return this;
  }

  get stage(): State['stage'] {
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

  last<Type extends Event['type']>(type: Type): Extract<Event, { type: Type }> {
    const found = this.events.findLast((event) => event.type === type);
    if (found === undefined) throw new Error(`no ${type} has happened`);
    return found as Extract<Event, { type: Type }>;
  }

  /** `item/1 red_card+2 2026-11-30 09:00`: by deadline, its version, level, repeat and moment. */
  get warnings(): readonly string[] {
    return warningsIn(this.events).map(
      ({ deadline, level, repeat, moment }) =>
        `${deadline.kind}/${deadline.version} ${level}${repeat > 0 ? `+${repeat}` : ''} ${officeTime(moment)}`,
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
    return this.#process.next(this.state)?.at ?? null;
  }

  #adopt(events: readonly Event[]): void {
    this.events.push(...events);
    for (const event of events) this.state = this.#process.evolve(this.state, event);
  }
}

type Given = Extract<WarningEvent, { type: 'warning_given' }>;

export const warningsIn = (events: readonly Happening[]): readonly Given[] =>
  events.filter((event): event is Given => event.type === 'warning_given');

export const keyOf = ({ deadline, level, repeat }: Given): string =>
  `${deadline.kind}/${deadline.version}/${level}/${repeat}`;

/** For the message of a test that failed: what happened, one line each. */
export const retell = ({ events }: { readonly events: readonly Happening[] }): string =>
  events.map((event, n) => `${n + 1} ${officeTime(event.at)} ${event.type}`).join('\n');
