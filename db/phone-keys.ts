/** Numbers under a key that is no longer the current one are written anew with it; then the old key can go. */
import { sql } from 'kysely';
import type { Db } from './client.ts';

export type Resealing = {
  /** Of the current key. */
  readonly keyId: string;
  /** Null: not to be read with any key that is known. */
  readonly reseal: (cipher: string) => { readonly phone_cipher: string; readonly phone_hash: string } | null;
};

const AT_ONCE = 100;

/** @returns how many were written anew, and how many cannot be read. */
export async function resealPhones(
  db: Db,
  resealing: Resealing,
): Promise<{ readonly resealed: number; readonly unreadable: number }> {
  const people = await resealIn(db, 'person', resealing);
  const underWay = await resealIn(db, 'message', resealing);
  return {
    resealed: people.resealed + underWay.resealed,
    unreadable: people.unreadable + underWay.unreadable,
  };
}

type Sealing = 'person' | 'message';

async function resealIn(db: Db, table: Sealing, { keyId, reseal }: Resealing) {
  let [resealed, unreadable, after] = [0, 0, '00000000-0000-0000-0000-000000000000'];
  for (;;) {
    const { rows } = await sql<{ id: string; phone_cipher: string; phone_hash: string }>`
      select id, phone_cipher, phone_hash from ${sql.table(table)}
       where split_part(phone_cipher, ':', 1) <> ${keyId} and id > ${after}
       order by id limit ${AT_ONCE}`.execute(db);
    for (const row of rows) {
      const fresh = reseal(row.phone_cipher);
      if (fresh === null) unreadable += 1;
      else if (await replaced(db, table, row, fresh)) resealed += 1;
    }
    const last = rows.at(-1);
    if (last === undefined) return { resealed, unreadable };
    after = last.id;
  }
}

/** With what was sent to the number: the carrier's cap is counted by its hash. */
const replaced = (
  db: Db,
  table: Sealing,
  old: { readonly id: string; readonly phone_cipher: string; readonly phone_hash: string },
  { phone_cipher, phone_hash }: { readonly phone_cipher: string; readonly phone_hash: string },
): Promise<boolean> =>
  db.transaction().execute(async (tx) => {
    // Unless it is another number by now, or the message has ended.
    const { numAffectedRows } = await sql`
      update ${sql.table(table)} set phone_cipher = ${phone_cipher}, phone_hash = ${phone_hash}
       where id = ${old.id} and phone_cipher = ${old.phone_cipher}`.execute(tx);
    if (numAffectedRows !== 1n) return false;
    await tx.updateTable('message').set({ phone_hash }).where('phone_hash', '=', old.phone_hash).execute();
    return true;
  });
