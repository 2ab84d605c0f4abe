/** One listener's stream of server-sent events: what was missed first, then what happens. */
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import type { Db } from '../db/client.ts';
import { eventsAfter, type FeedEvent } from '../db/event-feed.ts';
import type { Viewer } from '../domain/permissions.ts';
import { roleFor, seesProcess } from '../domain/permissions.ts';
import { rfc3339 } from '../domain/time.ts';
import type { Seat } from './event-feed.ts';

/** Whoever has not taken this much is gone or asleep; they come back with the last number they have seen [D]. */
const MOST_WAITING_BYTES = 1024 * 1024;
/** How long a listener who catches up may leave everything lying [D]. */
const STALLED_MS = 30_000;
const PAGE = 500;

/** When a browser whose line broke comes back. */
const RETRY_MS = 3_000;

export type EventStream = {
  readonly body: PassThrough;
  /** Who sees what from now on. */
  readonly watch: (viewer: Viewer) => void;
  readonly beat: () => void;
  readonly end: () => void;
};

export type From = {
  /** Goes on after this number. */
  readonly after: number;
  /** What lies between is not told of any more: the board reads everything anew. */
  readonly reset: boolean;
};

export function openStream(db: Db, seat: Seat, first: Viewer, { after, reset }: From): EventStream {
  const body = new PassThrough();
  let viewer = first;
  let position = after;
  let ended = false;

  const write = (text: string): boolean => {
    if (ended || text === '') return true;
    if (body.writableLength + body.readableLength > MOST_WAITING_BYTES) {
      body.destroy();
      return true;
    }
    return body.write(text);
  };
  const tell = (events: readonly FeedEvent[]): boolean => {
    const news = events.filter(({ seq }) => seq > position);
    position = news.at(-1)?.seq ?? position;
    return write(
      news
        .filter((event) => roleFor(viewer, seesProcess, event) !== null)
        .map(told)
        .join(''),
    );
  };
  const catchUp = async () => {
    while (!ended && position < seat.passed()) {
      const upTo = seat.passed();
      const { events } = await eventsAfter(db, position, { limit: PAGE, upTo });
      const flows = tell(events);
      if (events.length < PAGE) position = upTo;
      if (!flows) await once(body, 'drain', { signal: AbortSignal.timeout(STALLED_MS) });
    }
    seat.listen(tell);
  };

  body.once('close', () => {
    ended = true;
    seat.leave();
  });
  write(`retry: ${RETRY_MS}\n\n${reset ? `id: ${after}\nevent: reset\ndata: {}\n\n` : ''}`);
  // Cut off, they come back and are told of the same again.
  catchUp().catch(() => body.destroy());
  return {
    body,
    watch(now) {
      viewer = now;
    },
    beat: () => void write(':\n\n'),
    end() {
      ended = true;
      body.end();
    },
  };
}

/** Ids and words: whose name it was is asked of the thing itself, by whoever may. */
const told = (event: FeedEvent): string => {
  const { seq, kind, id, number, type, version, at, stage, card, lead_unit_id: unit_id } = event;
  const data = { kind, id, number, type, version, at: rfc3339(at), stage, card, unit_id };
  return `id: ${seq}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
};
