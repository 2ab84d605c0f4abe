/** 清单下达: how far the release of a list has come, and when it will have come to its end. */
import { instant, type Instant } from './time.ts';

export type Progress = {
  readonly stage: 'releasing' | 'paused' | 'released';
  /** How many indicators the list has, how many of them have a task that runs, and how many can have none. */
  readonly total: number;
  readonly started: number;
  readonly refused: number;
  /** Since when it has been at work without a pause, and how many tasks ran when that began. */
  readonly measured_from: Instant;
  readonly started_before: number;
};

/**
 * By the rate since it was last let run: neither what was released months ago nor the time of a pause says how
 * fast it is now. Null while nothing has been started since, and where nothing is under way.
 */
export function etaOf(
  { stage, total, started, refused, measured_from, started_before }: Progress,
  now: Instant,
): Instant | null {
  const since = started - started_before;
  if (stage !== 'releasing' || since <= 0) return null;
  const perTask = Math.max(0, now - measured_from) / since;
  return instant(Math.round(now + perTask * Math.max(0, total - started - refused)));
}
