/**
 * What a process has decided, and how much of it stands in Postgres. A decision is made in memory first;
 * until it is written, a crash may have it made again, or find that another one stands.
 */
import type { Calendar } from '../domain/calendar.ts';
import type { Chain } from '../domain/deadline.ts';
import type { Actor, EventFrame, Process } from '../domain/process.ts';
import { isRefusal, type Refusal } from '../domain/refusal.ts';
import type { Instant } from '../domain/time.ts';
import type { Clock } from './clock.ts';
import {
  notYetReadable,
  refused,
  type Answer,
  type Carried,
  type Decided,
  type Standing,
} from './messages.ts';
import { Bell } from './waking.ts';

const REMEMBERED_ANSWERS = 200;

/** What comes of a command at an instant; everything that time has brought about by then is in the state. */
export type Deciding<State, Event> = (from: State, at: Instant) => readonly Event[] | Refusal;

/** Somebody has the thing before them, who was told of red cards of these chains. */
export type Opened = { readonly by: Actor; readonly chains: readonly Chain[] | undefined };

type Rules<State, Event extends EventFrame> = Pick<
  Process<State, never, Event>,
  'pass' | 'seen' | 'evolve' | 'ended'
>;

export class Decisions<State extends { readonly version: number }, Event extends EventFrame> {
  readonly #rules: Rules<State, Event>;
  readonly #clock: Clock;
  readonly #woken: Bell;
  /** What waited to be written is written, or overruled, or will be by the next run. */
  readonly #settled = new Bell();
  readonly #pending: Decided<Event>[];
  /** Written since this run began: a database that is restored may have lost it. */
  #kept: Decided<Event>[] = [];
  readonly #answers: Map<string, Answer>;
  #state: State;
  #calendar: Calendar;
  /** Who opened the thing since it was last written. */
  #opened: Opened[] = [];
  #written: number;
  /** Grows when Postgres overrules what was decided here. */
  #era = 0;
  #leaving = false;
  /** What is being written now: so many of those that wait, and it answers the doubts until then. */
  #writing = { waited: 0, doubts: 0 };
  #doubts = 0;
  #looked = 0;

  constructor(rules: Rules<State, Event>, carried: Carried<State, Event>, clock: Clock, woken: Bell) {
    this.#rules = rules;
    this.#clock = clock;
    this.#woken = woken;
    this.#state = carried.state;
    this.#calendar = carried.calendar;
    this.#pending = [...carried.unprojected];
    this.#answers = new Map(carried.answers);
    this.#written = carried.state.version - this.#pending.length;
  }

  get state(): State {
    return this.#state;
  }

  get calendar(): Calendar {
    return this.#calendar;
  }

  /** What time alone has brought about by now. */
  pass(): void {
    this.#adopt(this.#rules.pass(this.#state, this.#clock.now(), this.#calendar));
  }

  /**
   * What time has brought about comes before any command: an extension at 24:00 meets the red card first.
   * Answers when people can read it. What Postgres overrules is decided again, on what stands there.
   */
  async carryOut(id: string, decide: Deciding<State, Event>, read = 0): Promise<Answer> {
    if (read > this.#state.version) await this.#learn();
    for (;;) {
      const before = this.#answers.get(id);
      if (before === undefined) {
        this.pass();
        const events = decide(this.#state, this.#clock.now());
        if (isRefusal(events)) throw refused(events);
        this.#adopt(events, id);
      }
      const answer = before ?? { version: this.#state.version };
      this.#answers.set(id, answer);
      const decidedIn = this.#era;
      while (this.#written < answer.version && this.#era === decidedIn && !this.#leaving)
        await this.#settled.rung();
      if (this.#era !== decidedIn) continue;
      if (this.#written >= answer.version) return answer;
      throw notYetReadable();
    }
  }

  /** Only reads: a command refused here leaves no trace in the history, nor does a fault in the rules. */
  check(id: string, decide: Deciding<State, Event>, read = 0): void {
    // By what it knows it cannot tell: it learns what stands, and decides then.
    if (this.#answers.has(id) || read > this.#state.version) return;
    const at = this.#clock.now();
    const then = this.#rules.pass(this.#state, at, this.#calendar).reduce(this.#rules.evolve, this.#state);
    const events = decide(then, at);
    if (isRefusal(events)) throw refused(events);
  }

  see(opened: Opened): void {
    this.pass();
    if (this.#rules.ended(this.#state)) return;
    const { by, chains } = opened;
    const circumstances = { by, at: this.#clock.now(), calendar: this.#calendar };
    this.#adopt(this.#rules.seen(this.#state, circumstances, chains));
    this.#opened.push(opened);
  }

  followCalendar(calendar: Calendar): void {
    this.#calendar = calendar;
  }

  /** What stands in Postgres may be more, or less, than is known here. */
  doubt(): void {
    this.#doubts += 1;
    this.#woken.ring();
  }

  get unsettled(): boolean {
    return this.#pending.length > 0 || this.#doubts > this.#looked;
  }

  /** What is to be written now. In doubt that is all that this run has decided: what stands there may be older. */
  toWrite(): readonly Decided<Event>[] {
    this.#writing = { waited: this.#pending.length, doubts: this.#doubts };
    return this.#doubts > this.#looked ? [...this.#kept, ...this.#pending] : [...this.#pending];
  }

  /** What was to be written is readable now. */
  haveBeenWritten(): void {
    this.#kept.push(...this.#pending.splice(0, this.#writing.waited));
    this.#looked = this.#writing.doubts;
    this.#written = this.#state.version - this.#pending.length;
    if (this.#pending.length === 0) this.#opened = [];
    this.#settled.ring();
  }

  /**
   * A worker died after it had written and before Temporal knew of its decision, or Temporal was restored
   * from a backup. What people can read, and may have been told of by SMS, stands.
   */
  yieldTo(standing: Standing<State>): void {
    this.#state = standing.state;
    this.#pending.length = 0;
    this.#kept = [];
    for (const [id, { version }] of this.#answers) if (version > this.#written) this.#answers.delete(id);
    for (const [id, version] of standing.commands) this.#answers.set(id, { version });
    this.#written = this.#state.version;
    this.#era += 1;
    this.#looked = this.#writing.doubts;
    const again = this.#opened;
    this.#opened = [];
    for (const opened of again) this.see(opened);
    this.#settled.ring();
  }

  /** The run ends: whoever still waits to be answered is told so, and is answered by the next run. */
  leave(): void {
    this.#leaving = true;
    this.#settled.ring();
  }

  carried(): Pick<Carried<State, Event>, 'calendar' | 'state' | 'unprojected' | 'answers'> {
    return {
      calendar: this.#calendar,
      state: this.#state,
      unprojected: this.#pending,
      answers: [...this.#answers].slice(-REMEMBERED_ANSWERS),
    };
  }

  /**
   * A worker died after it had written and the server forgot the command with it: whoever read the row knows
   * more than this process does. Looked up once: where a database was restored, less may stand there.
   */
  async #learn(): Promise<void> {
    this.doubt();
    const answered = this.#doubts;
    while (this.#looked < answered) {
      if (this.#leaving) throw notYetReadable();
      await this.#settled.rung();
    }
  }

  #adopt(events: readonly Event[], command_id: string | null = null): void {
    for (const event of events) {
      this.#state = this.#rules.evolve(this.#state, event);
      this.#pending.push({ version: this.#state.version, event, command_id });
    }
    if (events.length > 0) this.#woken.ring();
  }
}
