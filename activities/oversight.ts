/** What the auditor and the reconciler can see of the processes, and do to them: Temporal's side is put in from outside. */
import type { Beginning } from '../domain/beginning.ts';
import type { RecipientState } from '../domain/recipient.ts';
import type { Instant } from '../domain/time.ts';
import type { Thing } from '../db/process-event.ts';
import type { Footprint } from '../db/process-seen.ts';

export type Overseen = Thing['kind'] | 'recipient';

export type Oversight = {
  /** Ids of what runs; the list may be a second behind. */
  readonly running: (kind: Overseen) => Promise<ReadonlySet<string>>;
  /** Asked of the server alone: no worker is woken. Null when it does not run. */
  readonly footprintOf: (thing: Thing) => Promise<Footprint | null>;
  /** Asked of the process itself, which a worker may have to replay. Null when it does not run. */
  readonly versionOf: (thing: Thing) => Promise<number | null>;
  readonly recipientOf: (person_id: string) => Promise<RecipientState | null>;
  /** Also what has run before and was lost. */
  readonly begin: (beginning: Beginning) => Promise<void>;
  readonly beginRecipient: (person_id: string, at: Instant, state: RecipientState) => Promise<void>;
  /** Writes once more what it knows, and does what is due. */
  readonly reproject: (thing: Thing) => Promise<void>;
  /** Nobody need wait for this message any more. */
  readonly concluded: (person_id: string, message_id: string) => Promise<void>;
};

/** Several at a time, and not so many that the processes' own work waits. */
export async function inLanes<T>(
  lanes: number,
  all: Iterable<T>,
  work: (one: T) => Promise<void>,
): Promise<void> {
  const waiting = all[Symbol.iterator]();
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      for (let next = waiting.next(); next.done !== true; next = waiting.next()) await work(next.value);
    }),
  );
}
