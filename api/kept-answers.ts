/** Answers that are dear to find and may be a few seconds old: kept, and shared by all who ask meanwhile. */
import type { Clock } from '../db/clock.ts';
import type { Instant } from '../domain/time.ts';

export type Kept<T> = { readonly as_of: Instant; readonly found: T };

/** @returns what finds an answer as of a moment, or tells the one that is younger than this. */
export function keptFor<T>(
  ms: number,
  clock: Clock,
): (key: string, find: (at: Instant) => Promise<T>) => Promise<Kept<T>> {
  const kept = new Map<string, Kept<Promise<T>>>();
  const isOld = (as_of: Instant, now: Instant) => as_of > now || now - as_of >= ms;

  return async (key, find) => {
    const now = await clock.now();
    for (const [other, { as_of }] of kept) if (isOld(as_of, now)) kept.delete(other);
    const { as_of, found } = kept.get(key) ?? { as_of: now, found: find(now) };
    kept.set(key, { as_of, found });
    try {
      return { as_of, found: await found };
    } catch (error) {
      if (kept.get(key)?.found === found) kept.delete(key);
      throw error;
    }
  };
}
