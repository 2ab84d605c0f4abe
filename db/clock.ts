/** Business time: what rules judge by. Sessions and throttling live by the wall's time instead. */
import { sql } from 'kysely';
import { instant, later, type Instant } from '../domain/time.ts';
import { stamp, type Db } from './client.ts';

export type Clock = { readonly now: () => Promise<Instant> };

export const wallNow = (): Instant => instant(Date.now());

/** In demonstration mode the story's clock runs ahead of the wall's by what was travelled. */
export function createClock({ db, timeTravel }: { db: Db; timeTravel: boolean }): Clock {
  if (!timeTravel) return { now: () => Promise.resolve(wallNow()) };
  return {
    async now() {
      const row = await db.selectFrom('story_clock').select('offset_ms').executeTakeFirst();
      return later(wallNow(), row === undefined ? 0 : Number(row.offset_ms));
    },
  };
}

/** An instant to compare a column with. */
export const moment = (at: Instant) => sql<Instant>`${stamp(at)}::timestamptz`;
