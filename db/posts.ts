/** Who holds which post since when. A post that ends stays: who held it in March is asked in November. */
import { sql } from 'kysely';
import { daysBetween, localDate, type LocalDate } from '../domain/time.ts';
import type { PostRole } from '../domain/vocabulary.ts';
import type { Db, Tx } from './client.ts';

export type PostFields = {
  readonly id: string;
  readonly person_id: string;
  readonly unit_id: string;
  readonly role: PostRole;
  readonly from_date: LocalDate;
  readonly to_date: LocalDate | null;
  readonly rank: number;
};
export type PostRow = PostFields & { readonly person_name: string; readonly unit_name: string };

const posts = (db: Db | Tx) =>
  db
    .selectFrom('post')
    .innerJoin('person', 'person.id', 'post.person_id')
    .innerJoin('unit', 'unit.id', 'post.unit_id')
    .select([
      'post.id',
      'post.person_id',
      'person.name as person_name',
      'post.unit_id',
      'unit.name as unit_name',
      'post.role',
      'post.from_date',
      'post.to_date',
      'post.rank',
    ]);

/** The last day is all that ever changes of a post, so it tells versions apart: 0 while open. */
export const postVersion = ({ to_date }: Pick<PostFields, 'to_date'>): number =>
  to_date === null ? 0 : 1 + daysBetween(localDate('0001-01-01'), to_date);

export type PostFilter = {
  readonly person_id?: string | undefined;
  readonly unit_id?: string | undefined;
  readonly role?: PostRole | undefined;
  /** Only those held on that day. */
  readonly on?: LocalDate | undefined;
};

/** By first day, then id. */
export async function listPosts(
  db: Db,
  filter: PostFilter,
  page: { limit: number; after: readonly [from_date: string, id: string] | null },
): Promise<PostRow[]> {
  const { person_id, unit_id, role, on } = filter;
  let query = posts(db);
  if (person_id !== undefined) query = query.where('post.person_id', '=', person_id);
  if (unit_id !== undefined) query = query.where('post.unit_id', '=', unit_id);
  if (role !== undefined) query = query.where('post.role', '=', role);
  if (on !== undefined) {
    query = query
      .where('post.from_date', '<=', on)
      .where((row) => row.or([row('post.to_date', 'is', null), row('post.to_date', '>=', on)]));
  }
  if (page.after !== null) {
    const [from_date, id] = page.after;
    query = query.where(sql<boolean>`(post.from_date, post.id) > (${from_date}::date, ${id}::uuid)`);
  }
  return await query.orderBy('post.from_date').orderBy('post.id').limit(page.limit).execute();
}

export async function findPost(db: Db | Tx, id: string): Promise<PostRow | null> {
  return (await posts(db).where('post.id', '=', id).executeTakeFirst()) ?? null;
}

/** The same post of the same person at the same time, or null. Holds the person's row meanwhile. */
export async function overlappingPost(tx: Tx, post: PostFields): Promise<PostRow | null> {
  await tx.selectFrom('person').select('id').where('id', '=', post.person_id).forUpdate().execute();
  let query = posts(tx)
    .where('post.id', '<>', post.id)
    .where('post.person_id', '=', post.person_id)
    .where('post.unit_id', '=', post.unit_id)
    .where('post.role', '=', post.role)
    .where((row) => row.or([row('post.to_date', 'is', null), row('post.to_date', '>=', post.from_date)]));
  if (post.to_date !== null) query = query.where('post.from_date', '<=', post.to_date);
  return (await query.executeTakeFirst()) ?? null;
}

/** Repeats change nothing: the id is the request's own. */
export async function insertPost(tx: Tx, post: PostFields): Promise<void> {
  await tx
    .insertInto('post')
    .values(post)
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
}

export async function lockPost(tx: Tx, id: string): Promise<PostRow | null> {
  await tx.selectFrom('post').select('id').where('id', '=', id).forUpdate().execute();
  return await findPost(tx, id);
}

export async function endPost(tx: Tx, id: string, to_date: LocalDate | null): Promise<void> {
  await tx.updateTable('post').set({ to_date }).where('id', '=', id).execute();
}
