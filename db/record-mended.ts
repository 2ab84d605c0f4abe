/** To-dos that ask to mend the record (a vacant post, a number that reaches nobody): closed when it is mended. */
import { sql } from 'kysely';
import type { Instant } from '../domain/time.ts';
import type { PostRole } from '../domain/vocabulary.ts';
import { stamp, type Tx } from './client.ts';
import { holdersOf } from './notifications.ts';
import type { Thing } from './process-event.ts';
import { recordset } from './recordset.ts';
import { audienceOf, elsewhere } from './retelling.ts';

type Asked = {
  readonly id: string;
  readonly thing_kind: Thing['kind'];
  readonly thing_id: string;
  readonly unit_id: string | null;
  readonly role: PostRole;
  readonly reviewing: boolean;
};

/**
 * Closes those in whose place somebody stands now who can be reached, and those of a unit that has nothing to do
 * with the thing any more. Posts may begin without anybody writing anything that day: so the reconciler asks too.
 * @param person_id whose posts, number or unit were changed; null to look at all.
 */
export async function closeMended(tx: Tx, at: Instant, person_id: string | null = null): Promise<void> {
  const asked = await open(tx, person_id);
  if (asked.length === 0) return;
  const wanted: (Parameters<typeof holdersOf>[1][number] & { readonly concerned: boolean })[] = [];
  for (const one of asked) {
    const { audience, units } = await audienceOf(tx, one);
    const chain = one.reviewing ? ('reviewing' as const) : ('undertaking' as const);
    const telling = { chain, role: one.role, ...elsewhere({ ...one, chain }, audience) };
    const concerned = one.reviewing || one.unit_id === null || units.includes(one.unit_id);
    wanted.push({ audience, telling, at, concerned });
  }
  const holders = await holdersOf(tx, wanted);
  const mended = asked.flatMap(({ id }, place) => {
    const theirs = holders[place] ?? [];
    const reached = theirs.length > 0 && theirs.every(({ reachable }) => reachable);
    return reached || wanted[place]?.concerned === false
      ? [{ id, people: theirs.map((holder) => holder.person_id) }]
      : [];
  });
  // A number that messages came back from since is as bad as none.
  await sql`
    update todo set closed_at = ${stamp(at)}
      from ${recordset(mended, 'id uuid, people jsonb')}
     where todo.id = new.id and not exists (
           select from notification told
             join message on message.id = told.message_id
             join person on person.id = told.person_id and person.phone_hash = message.phone_hash
            where told.thing_kind = todo.thing_kind and told.thing_id = todo.thing_id and told.state = 'failed'
              and jsonb_exists(new.people, told.person_id::text) and message.final_at >= todo.opened_at)`.execute(
    tx,
  );
}

/** Those that somebody else is changing at this moment are left to them. */
async function open(tx: Tx, person_id: string | null): Promise<readonly Asked[]> {
  const { rows } = await sql<Asked>`
    select id, thing_kind, thing_id, nullif(split_part(key, '/', 2), '')::uuid as unit_id,
           split_part(key, '/', 3) as role, todo.role = 'supervision_officer' as reviewing
      from todo
     where closed_at is null and key like 'mend/%'
       and (${person_id}::uuid is null
            or split_part(key, '/', 2) in (
               select unit_id::text from post where person_id = ${person_id}
                union
               select merged.unit_id::text from post join unit_succession merged on merged.successor_id = post.unit_id
                where post.person_id = ${person_id})
            or exists (
               select from notification told
                where told.thing_kind = todo.thing_kind and told.thing_id = todo.thing_id
                  and told.person_id = ${person_id}))
     order by id
       for no key update skip locked`.execute(tx);
  return rows;
}
