/**
 * The process's own clock. In production it is the server's. In a demonstration the story may play
 * at another time: then the process keeps the distance, and a message from another process, which
 * carries its sender's time, can only push it forward (spec: temporal, "Several processes in one story").
 */
import { patched } from '@temporalio/workflow';
import { instant, MINUTE, type Instant } from '../domain/time.ts';

export type ClockReading = {
  /** Business time when the reading was taken. */
  readonly at: Instant;
  readonly time_travel: boolean;
};

/** More than clocks differ by: such a message is not from now. */
const TOLERATED_AHEAD = 5 * MINUTE;

export class Clock {
  #ahead: number;
  #reached = 0;
  readonly #timeTravel: boolean;

  /** @param farIsRefused false for what was begun when a clock that goes far ahead was followed by five minutes. */
  constructor({ at, time_travel }: ClockReading, farIsRefused = () => patched('clock-far-ahead-is-refused')) {
    this.#timeTravel = time_travel;
    const ahead = at - Date.now();
    if (time_travel) this.#ahead = ahead;
    // Whoever starts a process by a wrong clock does not bring its deadlines forward.
    else if (ahead > TOLERATED_AHEAD) this.#ahead = farIsRefused() ? 0 : TOLERATED_AHEAD;
    else this.#ahead = Math.max(0, ahead);
  }

  now(): Instant {
    return instant(Math.max(Date.now(), this.#reached) + this.#ahead);
  }

  /**
   * A timer has rung, so it is at least this late. The SDK (1.24) plays what happened since the last task
   * at the time of that task when it answers a query on a worker that does not know the process yet: by
   * that time alone, months ago perhaps, a deadline would seem far away and be slept through.
   */
  reached(serverTime: number): void {
    this.#reached = Math.max(this.#reached, serverTime);
  }

  /** Takes in the business time that a message carries: now is the later of the two. */
  hear(at: Instant): void {
    const ahead = at - Date.now();
    if (this.#timeTravel || ahead <= TOLERATED_AHEAD) this.#ahead = Math.max(this.#ahead, ahead);
  }

  /** Business time less the workflow's own. */
  get ahead(): number {
    return this.#ahead;
  }

  reading(): ClockReading {
    return { at: this.now(), time_travel: this.#timeTravel };
  }
}
