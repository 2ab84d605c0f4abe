/** The roster's posts: who holds which since when, and in which order people of one role are called. */
import { randomUUID } from 'node:crypto';
import type { RosterPost } from '../domain/import-roster.ts';
import type { LocalDate } from '../domain/time.ts';
import type { PostRole } from '../domain/vocabulary.ts';
import type { Tx } from './client.ts';
import { idOf, type Ids } from './imports-roster-organisation.ts';

type Post = {
  readonly person_id: string;
  readonly unit_id: string;
  readonly role: PostRole;
  readonly from_date: LocalDate;
  readonly to_date: LocalDate | null;
  readonly rank: number;
};

/**
 * A post of the roster takes the place of what was known of the same person in the same role for
 * the same time; what was known of other times stays, because who held a post then is history.
 */
export async function applyPosts(
  tx: Tx,
  posts: readonly RosterPost[],
  { units, people }: { readonly units: Ids; readonly people: Ids },
): Promise<void> {
  const given = rowsOf(posts, units, people);
  if (given.length === 0) return;
  const persons = [...new Set(given.map(({ person_id }) => person_id))];
  const known = await tx.selectFrom('post').selectAll().where('person_id', 'in', persons).execute();
  const wanted = new Map(given.map((post) => [keyOf(post), post]));
  const replaced = known.filter(
    (old) => !wanted.has(keyOf(old)) && given.some((post) => sameOffice(old, post) && overlap(old, post)),
  );
  if (replaced.length > 0) {
    await tx
      .deleteFrom('post')
      .where(
        'id',
        'in',
        replaced.map(({ id }) => id),
      )
      .execute();
  }
  await tx
    .insertInto('post')
    .values(given.map((post) => ({ id: randomUUID(), ...post })))
    .onConflict((conflict) =>
      conflict.columns(['person_id', 'unit_id', 'role', 'from_date']).doUpdateSet((eb) => ({
        to_date: eb.ref('excluded.to_date'),
        rank: eb.ref('excluded.rank'),
      })),
    )
    .execute();
}

/** A city leader holds the post for each unit in the portfolio: that is where a unit's warnings climb to. */
function rowsOf(posts: readonly RosterPost[], units: Ids, people: Ids): readonly Post[] {
  const called = new Map<string, number>();
  return posts.flatMap((post) => {
    const codes = post.role === 'city_leader' ? post.portfolio : [post.unit_code];
    return codes.map((code) => {
      const unit_id = idOf(units, code);
      const rank = (called.get(`${unit_id}/${post.role}`) ?? 0) + 1;
      called.set(`${unit_id}/${post.role}`, rank);
      return {
        person_id: idOf(people, post.staff_no),
        unit_id,
        role: post.role,
        from_date: post.from,
        to_date: post.to,
        rank,
      };
    });
  });
}

const keyOf = ({
  person_id,
  unit_id,
  role,
  from_date,
}: Pick<Post, 'person_id' | 'unit_id' | 'role' | 'from_date'>) =>
  `${person_id}/${unit_id}/${role}/${from_date}`;

/** A new portfolio replaces the whole old one; any other post is one of its unit. */
const sameOffice = (a: Pick<Post, 'person_id' | 'unit_id' | 'role'>, b: Post) =>
  a.person_id === b.person_id && a.role === b.role && (a.role === 'city_leader' || a.unit_id === b.unit_id);

const overlap = (a: Pick<Post, 'from_date' | 'to_date'>, b: Post) =>
  (b.to_date === null || a.from_date <= b.to_date) && (a.to_date === null || b.from_date <= a.to_date);
