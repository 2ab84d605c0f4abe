/**
 * One life, lived as its workflow lives it: what time brings about comes before what people do at the same
 * moment. People's acts lie in an agenda; what happens puts more of them into it.
 */
import { addWorkingDays, isWorkingDay, type Calendar } from '../domain/calendar.ts';
import type { Actor, EventFrame, Process } from '../domain/process.ts';
import { isRefusal, type RefusalCode } from '../domain/refusal.ts';
import { instantOn, later, localDateOf, MINUTE, type Instant, type LocalDate } from '../domain/time.ts';
import type { Chance } from './chance.ts';

export type Happening = EventFrame & { readonly type: string };

export type World = {
  readonly calendar: Calendar;
  readonly chance: Chance;
  /** When we stop looking. */
  readonly until: Instant;
};

export class Life<State, Command extends { readonly command: string }, Event extends Happening> {
  readonly world: World;
  readonly #process: Process<State, Command, Event>;
  readonly #happened: (event: Event, state: State) => void;
  readonly #agenda: { readonly at: Instant; readonly act: () => void }[] = [];
  readonly refusals: RefusalCode[] = [];
  state: State;
  now: Instant;

  constructor(
    process: Process<State, Command, Event>,
    born: Event,
    world: World,
    happened: (event: Event, state: State) => void,
  ) {
    this.#process = process;
    this.#happened = happened;
    this.world = world;
    this.now = born.at;
    this.state = process.evolve(null, born);
  }

  /** Of acts at one moment the one that was planned first comes first. */
  plan(at: Instant, act: () => void): void {
    const when = at < this.now ? this.now : at;
    const place = this.#agenda.findIndex((planned) => planned.at > when);
    this.#agenda.splice(place < 0 ? this.#agenda.length : place, 0, { at: when, act });
  }

  /** A command that the rules may refuse: people try what they are not allowed, too. */
  by(who: Actor, command: Command): boolean {
    const circumstances = { by: who, at: this.now, calendar: this.world.calendar };
    const decided = this.#process.decide(this.state, command, circumstances);
    if (isRefusal(decided)) {
      this.refusals.push(decided.refusal);
      return false;
    }
    this.#adopt(decided);
    return true;
  }

  isOpenedBy(who: Actor): void {
    const circumstances = { by: who, at: this.now, calendar: this.world.calendar };
    this.#adopt(this.#process.seen(this.state, circumstances));
  }

  live(): this {
    while (!this.#process.ended(this.state)) {
      const rings = this.#process.next(this.state)?.at ?? null;
      const planned = this.#agenda[0];
      if (rings !== null && (planned === undefined || rings <= planned.at)) {
        if (rings > this.world.until) break;
        if (rings > this.now) this.now = rings;
        this.#adopt(this.#process.pass(this.state, this.now, this.world.calendar));
        continue;
      }
      if (planned === undefined || planned.at > this.world.until) break;
      this.#agenda.shift();
      this.now = planned.at;
      planned.act();
    }
    return this;
  }

  /** In office hours of the n-th working day from now; today too, if n is 0 and the day is not over. */
  atWork(days: number): Instant {
    const { calendar, chance } = this.world;
    const today = localDateOf(this.now);
    const evening = instantOn(today, '17:00');
    if (days === 0 && isWorkingDay(calendar, today) === true && this.now < evening) {
      const left = Math.max(Math.floor((evening - this.now) / MINUTE), 1);
      return later(this.now, (1 + chance.pick(left)) * MINUTE);
    }
    return this.onWorkingDay(today, Math.max(days, 1));
  }

  /** In office hours of the n-th working day after a day. */
  onWorkingDay(after: LocalDate, days: number): Instant {
    const date = addWorkingDays(this.world.calendar, after, days);
    if (isRefusal(date)) throw new Error(date.detail);
    return later(instantOn(date, '09:00'), this.world.chance.pick(8 * 60) * MINUTE);
  }

  #adopt(events: readonly Event[]): void {
    for (const event of events) {
      this.state = this.#process.evolve(this.state, event);
      this.#happened(event, this.state);
    }
  }
}
