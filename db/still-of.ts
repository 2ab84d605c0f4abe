/** Whether somebody whom a thing names has to do with its unit still (processes.md: the next message goes to whoever holds the post). */
import { sql, type RawBuilder } from 'kysely';

type Named = { readonly [Column in 'person_id' | 'unit_id' | 'today']: RawBuilder<unknown> };

/**
 * They belong to the unit, or to one that it was or will be merged into, or hold a post of these on that day.
 * Who does neither has left, and whoever is on duty is told. Nobody can leave where no unit is known.
 */
export const stillOf = ({ person_id, unit_id, today }: Named): RawBuilder<boolean> => sql<boolean>`(
  ${unit_id} is null or exists (
    select from (select ${unit_id} as id
                  union all
                 select successor_id from unit_succession merged where merged.unit_id = ${unit_id}) theirs
     where exists (select from person member where member.id = ${person_id} and member.unit_id = theirs.id)
        or exists (select from post held
                    where held.person_id = ${person_id} and held.unit_id = theirs.id
                      and held.from_date <= ${today} and (held.to_date is null or held.to_date >= ${today}))))`;
