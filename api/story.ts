/**
 * The story's time, in a demonstration and in tests: brings every open process to one instant, in the
 * order in which their deadlines lie, so that a message caused at nine finds its recipient at nine.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { isGrpcServiceError, QueryNotRegisteredError, ServiceError } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import type { Db } from '../db/client.ts';
import { leftBehind } from '../db/hand-overs.ts';
import { firstDue, openThings } from '../db/things.ts';
import { wallNow, type Clock } from '../db/clock.ts';
import { instant, later, type Instant } from '../domain/time.ts';
import { workflowIdOf, type ProcessKind, type Processes } from '../workflows/client.ts';

export type StoryDeps = {
  readonly db: Db;
  readonly clock: Clock;
  readonly client: Pick<Processes, 'clockOf'>;
  readonly fastForward: (workflowId: string, ms: number) => Promise<void>;
  /** Makes ready what must be there when the story, or one process of it, comes to an instant. */
  readonly comingTo: (at: Instant) => Promise<void>;
  /** Told of each instant that the story comes to, before what is due then is done. */
  readonly moved?: (at: Instant) => void;
};

type One = { readonly kind: ProcessKind; readonly id: string };
type Timed = One & { readonly now: Instant; readonly next: Instant | null; readonly idle: boolean };

export type Story = {
  /** Everything that lives is brought to this instant; the API's clock too. Earlier than now: nothing happens. */
  readonly travelTo: (target: Instant) => Promise<void>;
  /** Moves the clock of one process alone. @returns its time afterwards. */
  readonly travelAlone: (thing: One, ms: number) => Promise<Instant>;
  /** Sets the story's clock before anything has begun; a running process keeps its own. */
  readonly beginAt: (at: Instant) => Promise<void>;
};

const SETTLES_WITHIN_MS = 15_000;
const AT_ONCE = 8;

export function createStory({ db, clock, client, fastForward, comingTo, moved }: StoryDeps): Story {
  async function timeOf(one: One): Promise<Timed> {
    for (const until = Date.now() + SETTLES_WITHIN_MS; ; await pause(20)) {
      try {
        return { ...one, ...(await client.clockOf(one.kind, one.id)) };
      } catch (error) {
        if (!isNotThereYet(error, one) || Date.now() > until) throw error;
      }
    }
  }

  async function bring({ kind, id, now }: Timed, to: Instant): Promise<void> {
    await fastForward(workflowIdOf(kind, id), to - now);
  }

  /** A fast-forward may return while an activity still runs: what was due must have been done, and handed over. */
  async function settled(one: One, by: Instant): Promise<void> {
    const until = Date.now() + SETTLES_WITHIN_MS;
    for (;;) {
      const { next, idle } = await timeOf(one);
      if (idle && (next === null || next > by)) return;
      if (Date.now() > until) throw new Error(`${workflowIdOf(one.kind, one.id)} did not come past ${by}`);
      await pause(10);
    }
  }

  /** What is committed is handed over by somebody who is not asked: a recipient hears of it before time goes on. */
  async function allAreTold(): Promise<void> {
    for (const until = Date.now() + SETTLES_WITHIN_MS; (await leftBehind(db, 1)).length > 0; await pause(5)) {
      if (Date.now() > until) throw new Error('somebody is not told of what has happened');
    }
  }

  /** The API's clock, and the provider's: they never go back. */
  async function turnClocks(at: Instant): Promise<void> {
    if (at <= (await clock.now())) return;
    await comingTo(at);
    await setStoryClock(db, at);
    moved?.(at);
  }

  async function step(target: Instant): Promise<boolean> {
    await allAreTold();
    const all = await inTurn([...(await firstDue(db, target)), ...(await awake(db))], timeOf);
    // What is still at work may yet tell others: their time comes before anything later.
    const busy = all.filter(({ idle }) => !idle);
    if (busy.length > 0) {
      await inTurn(busy, (one) => settled(one, one.now));
      return true;
    }
    const timed = all.filter(({ next }) => next !== null && next <= target);
    if (timed.length === 0) return false;
    const first = instant(Math.min(...timed.map(({ next }) => next ?? target)));
    const now = timed.filter(({ next }) => next !== null && next <= first);
    await turnClocks(first);
    await inTurn(now, async (one) => {
      await bring(one, first);
      await settled(one, first);
    });
    return true;
  }

  return {
    async travelTo(target) {
      while (await step(target));
      const all = [...(await openThings(db)), ...(await everybody(db))];
      await inTurn(all, async (one) => bring(await timeOf(one), target));
      await turnClocks(target);
      while (await step(target));
    },
    async travelAlone(thing, ms) {
      const before = await timeOf(thing);
      const target = later(before.now, ms);
      await comingTo(target);
      await bring(before, target);
      await settled(thing, target);
      await allAreTold();
      return (await timeOf(thing)).now;
    },
    async beginAt(at) {
      await comingTo(at);
      await setStoryClock(db, at);
      moved?.(at);
    },
  };
}

/** Who is told for the first time may have a row already and a moment later a process; a run that has just begun answers nothing yet. */
const isNotThereYet = (error: unknown, { kind }: One): boolean => {
  // A query that meets a run just as it goes on in a new one is answered so, although that run replays.
  if (error instanceof QueryNotRegisteredError) return true;
  const cause = error instanceof ServiceError ? error.cause : error;
  const code = isGrpcServiceError(cause) ? cause.code : undefined;
  // Or is never answered: it waits for whoever had the run that has ended.
  if (code === FAILED_PRECONDITION || code === DEADLINE_EXCEEDED) return true;
  return kind === 'recipient' && (error instanceof WorkflowNotFoundError || code === NOT_FOUND);
};

const DEADLINE_EXCEEDED = 4;
const NOT_FOUND = 5;
const FAILED_PRECONDITION = 9;

async function setStoryClock(db: Db, at: Instant): Promise<void> {
  const offset_ms = String(at - wallNow());
  await db
    .insertInto('story_clock')
    .values({ offset_ms })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ offset_ms }))
    .execute();
}

/** Recipients who still have something to send or to wait for. */
async function awake(db: Db): Promise<One[]> {
  const rows = await db
    .selectFrom('notification')
    .select('person_id as id')
    .distinct()
    .where('state', '=', 'pending')
    .execute();
  return rows.flatMap(({ id }) => (id === null ? [] : [{ kind: 'recipient', id } as const]));
}

/** Everybody who was ever handed something has a workflow. */
async function everybody(db: Db): Promise<One[]> {
  const rows = await db
    .selectFrom('notification')
    .select('person_id as id')
    .distinct()
    .where((eb) => eb.or([eb('state', '=', 'pending'), eb('message_id', 'is not', null)]))
    .execute();
  return rows.flatMap(({ id }) => (id === null ? [] : [{ kind: 'recipient', id } as const]));
}

/** A few at once, in order. */
async function inTurn<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < all.length; at += AT_ONCE) {
    results.push(...(await Promise.all(all.slice(at, at + AT_ONCE).map(work))));
  }
  return results;
}
