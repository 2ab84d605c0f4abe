/**
 * How a process waits. `condition()` would do, but one with a time sets its timer anew with every message,
 * two more events in the history of each command. A bell wakes whom it concerns, and the alarm stands until the deadline moves.
 */
import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';
import type { Instant } from '../domain/time.ts';
import type { Clock } from './clock.ts';

/** Wakes everybody who waits for it; each then looks for themselves whether it was for them. */
export class Bell {
  #ring: () => void = () => undefined;
  #rung = this.#next();

  rung(): Promise<void> {
    return this.#rung;
  }

  ring(): void {
    const ring = this.#ring;
    this.#rung = this.#next();
    ring();
  }

  #next(): Promise<void> {
    return new Promise((resolve) => {
      this.#ring = resolve;
    });
  }
}

/** Somebody asks the server to cancel the whole workflow: its main line is woken and ends by this. */
export function heedCancellation(bell: Bell): () => void {
  let requested: Error | null = null;
  CancellationScope.current().cancelRequested.catch((error: Error) => {
    requested = error;
    bell.ring();
  });
  return () => {
    if (requested !== null) throw requested;
  };
}

/** One timer of the process, which rings a bell. */
export class Alarm {
  readonly #bell: Bell;
  readonly #clock: Clock;
  #set: { readonly rings: number; readonly scope: CancellationScope } | null = null;

  constructor(bell: Bell, clock: Clock) {
    this.#bell = bell;
    this.#clock = clock;
  }

  /** Stands for this instant from now on; setting it to the same again costs nothing. */
  set(at: Instant, now: Instant, summary: string): void {
    // By the server's clock: business time, from which `at` is, may have been pushed forward meanwhile.
    const rings = Date.now() + (at - now);
    if (this.#set?.rings === rings) return;
    this.clear();
    const scope = new CancellationScope();
    this.#set = { rings, scope };
    scope
      .run(() => sleep(at - now, { summary }))
      .then(
        () => {
          if (this.#set?.scope === scope) this.#set = null;
          this.#clock.reached(rings);
          this.#bell.ring();
        },
        (error: unknown) => {
          // Cleared, or the whole workflow is cancelled: its main line hears of that in another way.
          if (!isCancellation(error)) throw error;
        },
      );
  }

  clear(): void {
    this.#set?.scope.cancel();
    this.#set = null;
  }
}
