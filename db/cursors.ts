/** How the text that a cursor holds is read back as what a list is ordered by. */
import { sql } from 'kysely';

/** Numbers stand as people count, not as texts: what has been read back once stays what it is. */
export const asNumber = (key: string) => sql`number_order(${key})`;
export const asInstant = (key: string) => sql`cast(${key} as timestamptz)`;
