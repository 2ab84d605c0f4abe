/** What has just happened, for everybody who listens: one reader per process, and only while somebody does. */
import type { Logger } from 'pino';
import type { Db } from '../db/client.ts';
import { eventsAfter, fromNowOn, newTransaction, type FeedEvent } from '../db/event-feed.ts';
import { advance, marked, type Progress } from '../domain/event-gaps.ts';

export type Tell = (events: readonly FeedEvent[]) => void;

/** A place among those who listen. */
export type Seat = {
  /** All events up to this number are settled: they can be read, or will never be there. */
  readonly passed: () => number;
  /** From here on, of every event beyond `passed`, in order. */
  readonly listen: (tell: Tell) => void;
  readonly leave: () => void;
};

export type EventFeed = {
  /** @returns null when all seats are taken. */
  readonly enter: () => Promise<Seat | null>;
};

type Reading = { progress: Progress; timer: NodeJS.Timeout | undefined; ended: boolean };

const PAGE = 1_000;

export function createEventFeed(options: {
  readonly db: Db;
  readonly log: Logger;
  readonly pollMs: number;
  readonly seats: number;
}): EventFeed {
  const { db, log, pollMs, seats } = options;
  const listeners = new Set<Tell>();
  let taken = 0;
  let current: Promise<Reading> | null = null;

  const begin = async (): Promise<Reading> => {
    const reading: Reading = { progress: await fromNowOn(db), timer: undefined, ended: false };
    again(reading, pollMs);
    return reading;
  };
  const again = (reading: Reading, ms: number) => {
    if (!reading.ended) reading.timer = setTimeout(() => void poll(reading), ms);
  };
  const poll = async (reading: Reading) => {
    let more = false;
    try {
      more = await read(reading);
    } catch (err) {
      log.warn({ err }, 'what has happened could not be read; tried again');
    }
    again(reading, more ? 0 : pollMs);
  };
  const read = async (reading: Reading): Promise<boolean> => {
    const { events, oldest } = await eventsAfter(db, reading.progress.passed, { limit: PAGE });
    if (oldest === null || reading.ended) return false;
    const seen = events.map(({ seq }) => seq);
    const { progress, settled, unmarked } = advance(reading.progress, seen, oldest);
    reading.progress = progress;
    if (settled > 0) for (const tell of listeners) tell(events.slice(0, settled));
    if (unmarked !== null) reading.progress = marked(progress, unmarked, await newTransaction(db));
    return settled === PAGE;
  };
  const end = (ending: Promise<Reading>) =>
    ending.then(
      (reading) => {
        reading.ended = true;
        clearTimeout(reading.timer);
      },
      () => undefined,
    );

  return {
    async enter() {
      if (taken >= seats) return null;
      taken += 1;
      const joined = (current ??= begin());
      let mine: Tell | null = null;
      let left = false;
      const leave = () => {
        if (left) return;
        left = true;
        taken -= 1;
        if (mine !== null) listeners.delete(mine);
        if (taken > 0) return;
        current = null;
        void end(joined);
      };
      try {
        const reading = await joined;
        return {
          passed: () => reading.progress.passed,
          listen(tell) {
            if (left) return;
            mine = tell;
            listeners.add(tell);
          },
          leave,
        };
      } catch (error) {
        leave();
        throw error;
      }
    },
  };
}
