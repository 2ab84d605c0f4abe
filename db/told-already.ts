/**
 * Who has been told of a red card already. Where a post above is vacant its card reaches whoever stands higher at
 * once; when it climbs a day later, or the message to somebody else comes back, it is not sent to them again.
 */
import { sql } from 'kysely';
import { isClimb, otherKeyOf, type Telling } from '../domain/telling.ts';
import type { Tx } from './client.ts';
import type { Thing } from './process-event.ts';
import { recordset } from './recordset.ts';

export type Draft = {
  readonly thing: Thing;
  readonly telling: Pick<Telling, 'key'>;
  readonly person_id: string | null;
  /** Told in the place of somebody who could not be reached. */
  readonly instead: boolean;
};

/**
 * Of those drafts the places whose person was told under the red card's other key. What waits to be sent counts,
 * and what the provider took in although it never arrived; what was taken back, or refused, does not.
 */
export async function toldAlready(tx: Tx, drafts: readonly Draft[]): Promise<ReadonlySet<number>> {
  const asked = drafts.flatMap(({ thing, telling, person_id, instead }, place) => {
    const other = otherKeyOf(telling);
    // A card that is just being given has not climbed yet.
    if (other === null || person_id === null || !(instead || isClimb(telling))) return [];
    return [
      { place, kind: thing.kind, id: thing.id, key: `${thing.kind}/${thing.id}/${other}/${person_id}` },
    ];
  });
  if (asked.length === 0) return new Set();
  const { rows } = await sql<{ place: number }>`
    select new.place
      from ${recordset(asked, 'place int, kind text, id uuid, key text')}
     where exists (
           select from notification told
             left join message on message.id = told.message_id
            where told.thing_kind = new.kind and told.thing_id = new.id
              and split_part(told.key, '~', 1) = new.key
              and (told.state not in ('failed', 'suppressed') or message.state = 'undelivered'))`.execute(tx);
  return new Set(rows.map(({ place }) => place));
}
