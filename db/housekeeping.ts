/** What has had its time: answers kept for repeats, counted sign-in attempts, ended sessions. Hourly is often enough. */
import { DAY, later, type Instant } from '../domain/time.ts';
import type { Db } from './client.ts';
import { moment } from './clock.ts';
import { forgetOldKeys } from './idempotency.ts';
import { forgetOldAttempts } from './throttle.ts';

/** The audit log tells who was signed in when; the session itself is of no use then. */
const SESSIONS_KEPT_FOR = 30 * DAY;

/** @param at the wall's time. */
export async function sweep(db: Db, at: Instant): Promise<void> {
  await forgetOldKeys(db, at);
  await forgetOldAttempts(db, at);
  await db
    .deleteFrom('session')
    .where('last_seen_at', '<', moment(later(at, -SESSIONS_KEPT_FOR)))
    .execute();
}
