/** 印证资料: what is known of each file; the bytes lie in the evidence store. */
import { sql } from 'kysely';
import type { Owned } from '../domain/permissions.ts';
import type { Instant } from '../domain/time.ts';
import { stamp, type Db, type Tx } from './client.ts';
import type { Thing } from './process-event.ts';
import type { ThingKind } from './tables.ts';
import { isEnded } from './things.ts';

export type Evidence = {
  readonly id: string;
  readonly file_name: string;
  readonly media_type: string;
  readonly size_bytes: number;
  readonly sha256: string;
  readonly stored_as: string;
  readonly unit_id: string | null;
  readonly uploaded_by: string;
  readonly uploaded_at: Instant;
  readonly thing_kind: ThingKind | null;
  readonly thing_id: string | null;
};

/** The unit's files together would be larger than it may have. */
export class QuotaExceeded extends Error {
  override readonly name = 'QuotaExceeded';
}

/**
 * Writes the row, then lets `keep` make the file permanent, then commits: a row never lacks its file.
 * @throws QuotaExceeded, and then nothing is written.
 */
export async function addEvidence(
  db: Db,
  evidence: Evidence,
  { quotaBytes, keep }: { readonly quotaBytes: number; readonly keep: () => Promise<void> },
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await withinQuota(tx, evidence, quotaBytes);
    await tx
      .insertInto('evidence')
      .values({
        ...evidence,
        size_bytes: String(evidence.size_bytes),
        uploaded_at: stamp(evidence.uploaded_at),
      })
      .execute();
    await keep();
  });
}

/** Files of people without a unit count together. */
async function withinQuota(tx: Tx, { unit_id, size_bytes }: Evidence, quotaBytes: number): Promise<void> {
  // Two uploads of one unit at once must see each other.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`evidence/${unit_id ?? ''}`}, 0))`.execute(tx);
  const { used } = await tx
    .selectFrom('evidence')
    .select(sql<string>`coalesce(sum(size_bytes), 0)`.as('used'))
    .where('unit_id', unit_id === null ? 'is' : '=', unit_id)
    .executeTakeFirstOrThrow();
  if (Number(used) + size_bytes > quotaBytes) throw new QuotaExceeded();
}

export async function evidenceOf(db: Db, id: string): Promise<Evidence | null> {
  const row = await db.selectFrom('evidence').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? null : asEvidence(row);
}

/** Whose a thing is, as far as rights are concerned, and whether its life is over. */
export async function ownersOf(
  db: Db,
  { kind, id }: Thing,
): Promise<(Owned & { readonly ended: boolean }) | null> {
  switch (kind) {
    case 'supervision_item': {
      const row = await db
        .selectFrom('supervision_item')
        .select(['lead_unit_id', 'stage'])
        .where('id', '=', id)
        .executeTakeFirst();
      if (row === undefined) return null;
      const units = await db
        .selectFrom('supervision_item_unit')
        .select('unit_id')
        .where('item_id', '=', id)
        .execute();
      return {
        lead_unit_id: row.lead_unit_id,
        assisting_unit_ids: units.map(({ unit_id }) => unit_id),
        ended: isEnded(row.stage),
      };
    }
    case 'indicator_task': {
      const row = await db
        .selectFrom('indicator_task')
        .select(['unit_id', 'theme', 'stage'])
        .where('id', '=', id)
        .executeTakeFirst();
      if (row === undefined) return null;
      const { unit_id: lead_unit_id, theme, stage } = row;
      return { lead_unit_id, theme, assisting_unit_ids: [], ended: isEnded(stage) };
    }
  }
}

/** The files that were uploaded for a thing, and those that its events name. */
const filesOf = ({ kind, id }: Thing) => sql<string>`
  (select id from evidence where thing_kind = ${kind} and thing_id = ${id}
    union
   select cast(file as uuid)
     from process_event cross join lateral jsonb_array_elements_text(body -> 'evidence_ids') file
    where thing_kind = ${kind} and thing_id = ${id} and body -> 'evidence_ids' <> '[]')`;

/** Each as a file of this thing, whatever else it serves; oldest first. */
export async function evidenceOfThing(db: Db, thing: Thing): Promise<readonly Evidence[]> {
  const rows = await db
    .selectFrom('evidence')
    .selectAll()
    .where('id', 'in', filesOf(thing))
    .orderBy('uploaded_at')
    .orderBy('id')
    .execute();
  return rows.map((row) => ({ ...asEvidence(row), thing_kind: thing.kind, thing_id: thing.id }));
}

/** Everything that a file serves: domain.md 11, collect once and reuse. */
export async function servedBy(db: Db, file: string): Promise<readonly Thing[]> {
  const { rows } = await sql<Thing>`
    select thing_kind as kind, thing_id as id from evidence where id = ${file} and thing_id is not null
     union
    select thing_kind, thing_id from process_event
     where body -> 'evidence_ids' <> '[]' and body -> 'evidence_ids' ? ${file}`.execute(db);
  return rows;
}

/** @returns those that somebody cannot name for a thing: unknown, or another unit's and not the thing's already. */
export async function unusableFor(
  db: Db,
  thing: Thing,
  files: readonly string[],
  by: { readonly person_id: string; readonly unit_id: string | null },
): Promise<readonly string[]> {
  if (files.length === 0) return [];
  const usable = await db
    .selectFrom('evidence')
    .select('id')
    .where('id', 'in', [...files])
    .where((eb) =>
      eb.or([
        eb('uploaded_by', '=', by.person_id),
        ...(by.unit_id === null ? [] : [eb('unit_id', '=', by.unit_id)]),
        eb('id', 'in', filesOf(thing)),
      ]),
    )
    .execute();
  const found = new Set(usable.map(({ id }) => id));
  return files.filter((id) => !found.has(id));
}

const asEvidence = ({
  size_bytes,
  ...row
}: Omit<Evidence, 'size_bytes'> & { size_bytes: string }): Evidence => ({
  ...row,
  size_bytes: Number(size_bytes),
});
