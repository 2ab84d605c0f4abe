/** What a peer has to do to be measured: bell → yellow → red for one thing, an extension, a report. */
import type { Pool } from 'pg';

export const levels = ['bell', 'yellow_card', 'red_card'] as const;
export type Level = (typeof levels)[number];

/** The instants (ms) that are left of the ladder, in order. */
export type Step = { readonly level: Level; readonly at: number };

export type Peer = {
  /** The thing is written down and its first step is waited for. */
  list(id: string, steps: readonly Step[]): Promise<void>;
  /** The steps that stood no longer count; these do. */
  extend(id: string, steps: readonly Step[]): Promise<void>;
  report(id: string, text: string): Promise<void>;
  close(): Promise<void>;
};

/** As many as Dukao tells of a red card: reporter, deputy and principal leader. */
export const TOLD_PER_CARD = 3;

/** What was given of one level, each with its notifications or not at all. */
export async function given(pool: Pool, prefix: string, level: Level): Promise<number> {
  const { rows } = await pool.query<{ cards: number; told: number }>(
    `select count(distinct (item_id, version))::int as cards, count(person)::int as told
       from card left join told using (item_id, version, level)
      where item_id like $1 and level = $2`,
    [`${prefix}%`, level],
  );
  const { cards = 0, told = 0 } = rows[0] ?? {};
  if (told !== cards * TOLD_PER_CARD) throw new Error(`${told} told of ${cards} cards`);
  return cards;
}

/** Both keep the same tables; only who waits differs. */
export const tables = `
  create table item (
    id text primary key, version int not null, steps jsonb not null, next_step int not null default 0,
    next_at timestamptz, card text, report text
  );
  create table history (item_id text not null, at timestamptz not null, what text not null, body jsonb not null);
  create table card (
    item_id text, version int, level text, at timestamptz not null, primary key (item_id, version, level)
  );
  create table told (
    item_id text, version int, level text, person int, primary key (item_id, version, level, person)
  )`;
