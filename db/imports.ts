/** Uploaded files: what was found in them, and how far applying one has come. */
import { sql } from 'kysely';
import type { AnnualList } from '../domain/import-annual-list-known.ts';
import type { Fault } from '../domain/import-sheet.ts';
import type { KnownForSupervisionList, SupervisionListRow } from '../domain/import-supervision-list.ts';
import type { Actor } from '../domain/process.ts';
import type { Instant, LocalDate } from '../domain/time.ts';
import { itemPolicyNames } from '../domain/vocabulary.ts';
import { listOf } from './annual-list.ts';
import { loadCalendar } from './calendar.ts';
import { stamp, type Db, type Tx } from './client.ts';
import { moment } from './clock.ts';
import type { SealedRoster } from './imports-roster.ts';
import { currentPolicies } from './policies.ts';

export type ImportKind = 'roster' | 'supervision_list' | 'annual_list';
export type ImportStage = 'faulty' | 'ready' | 'applying' | 'applied';

/** What applying needs of a file; null while it has faults. */
export type ImportRows =
  | { readonly roster: SealedRoster }
  | {
      readonly annual_list: AnnualList;
      /** The list's version when this had come in. */
      readonly list_version?: number;
    }
  | {
      readonly list: readonly SupervisionListRow[];
      /** Who applied it first: the creator of every item, also when somebody else resumes. */
      readonly by: Actor | null;
    };

export type Import = {
  readonly id: string;
  readonly kind: ImportKind;
  readonly file_name: string;
  readonly sha256: string;
  readonly state: ImportStage;
  readonly faults: readonly Fault[];
  readonly rows: ImportRows | null;
  readonly total: number;
  readonly done: number;
  readonly account_id: string;
  readonly created_at: Instant;
};

/** What checking a file came to. */
export type Checked = Pick<Import, 'faults' | 'rows' | 'total'>;

/**
 * Takes an upload in. The same file again is the same import: looked at anew while it has not been
 * applied, because what it is checked against may have changed, and left alone from then on. An annual
 * list that was changed after it, by another file or by hand, can come in once more while it is a draft.
 */
export async function saveImport(
  db: Db,
  upload: Pick<Import, 'id' | 'kind' | 'file_name' | 'sha256' | 'account_id' | 'created_at'>,
  checked: Checked,
): Promise<Import> {
  return db.transaction().execute(async (tx) => {
    const lock = `import/${upload.kind}/${upload.sha256}`;
    await sql`select pg_advisory_xact_lock(hashtextextended(${lock}, 0))`.execute(tx);
    const before = await tx
      .selectFrom('import')
      .select(['id', 'state', 'rows'])
      .where('kind', '=', upload.kind)
      .where('sha256', '=', upload.sha256)
      .forUpdate()
      .executeTakeFirst();
    if (before?.state === 'applying' || (before?.state === 'applied' && !(await isOverlaid(tx, before.rows))))
      return lockedImport(tx, before.id);
    const found = {
      state: checked.faults.length > 0 ? ('faulty' as const) : ('ready' as const),
      faults: JSON.stringify(checked.faults),
      rows: checked.rows === null ? null : JSON.stringify(checked.rows),
      total: checked.total,
      done: 0,
    };
    if (before !== undefined) {
      await tx.updateTable('import').set(found).where('id', '=', before.id).execute();
    } else {
      await tx
        .insertInto('import')
        .values({ ...upload, ...found, created_at: stamp(upload.created_at) })
        .execute();
    }
    return lockedImport(tx, before?.id ?? upload.id);
  });
}

/** It has come in, and the list is not as it left it. */
async function isOverlaid(tx: Tx, rows: unknown): Promise<boolean> {
  const applied = rows as ImportRows | null;
  if (applied === null || !('annual_list' in applied)) return false;
  const list = await listOf(tx, applied.annual_list.year);
  return list?.stage === 'draft' && list.version !== applied.list_version;
}

const lockedImport = async (tx: Tx, id: string): Promise<Import> =>
  asImport(
    await tx.selectFrom('import').selectAll().where('id', '=', id).forUpdate().executeTakeFirstOrThrow(),
  );

export async function importOf(db: Db, id: string): Promise<Import | null> {
  const row = await db.selectFrom('import').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? null : asImport(row);
}

/** The same, and nobody else changes it before the transaction ends. */
export async function lockImport(tx: Tx, id: string): Promise<Import | null> {
  const row = await tx.selectFrom('import').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
  return row === undefined ? null : asImport(row);
}

/** The newest first; `before` is the last one of the page before. */
export async function imports(
  db: Db,
  kinds: readonly ImportKind[],
  { limit, before }: { readonly limit: number; readonly before: readonly [Instant, string] | null },
): Promise<readonly Omit<Import, 'rows'>[]> {
  if (kinds.length === 0) return [];
  const rows = await db
    .selectFrom('import')
    .select([
      'id',
      'kind',
      'file_name',
      'sha256',
      'state',
      'faults',
      'total',
      'done',
      'account_id',
      'created_at',
    ])
    .where('kind', 'in', [...kinds])
    .$if(before !== null, (query) =>
      query.where((eb) =>
        before === null
          ? eb.lit(true)
          : eb(eb.refTuple('created_at', 'id'), '<', eb.tuple(moment(before[0]), before[1])),
      ),
    )
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map((row) => ({ ...row, faults: row.faults as Fault[] }));
}

/** Supervision lists that a crash interrupted. */
export async function interruptedImports(db: Db): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('import')
    .select('id')
    .where('state', '=', 'applying')
    .orderBy('created_at')
    .execute();
  return rows.map(({ id }) => id);
}

export async function setImport(
  tx: Tx,
  id: string,
  change: {
    readonly state: ImportStage;
    readonly faults?: readonly Fault[];
    readonly rows?: ImportRows;
    readonly done?: number;
  },
): Promise<void> {
  const { state, faults, rows, done } = change;
  await tx
    .updateTable('import')
    .set({
      state,
      ...(faults === undefined ? {} : { faults: JSON.stringify(faults) }),
      ...(rows === undefined ? {} : { rows: JSON.stringify(rows) }),
      ...(done === undefined ? {} : { done }),
    })
    .where('id', '=', id)
    .execute();
}

/** Progress never goes back, also when two processes work on one import. The last row ends it. */
export async function rowsDone(db: Db, id: string, done: number): Promise<void> {
  await db
    .updateTable('import')
    .set({
      done: sql<number>`greatest(done, ${done})`,
      faults: '[]',
      state: sql<ImportStage>`case when ${done} >= total then 'applied' else state end`,
    })
    .where('id', '=', id)
    .where('state', '=', 'applying')
    .execute();
}

/** What a supervision list is checked against. */
export async function knownForSupervisionList(db: Db, today: LocalDate): Promise<KnownForSupervisionList> {
  const units = await db.selectFrom('unit').select(['code', 'name', 'short_name']).execute();
  const numbers = await db.selectFrom('supervision_item').select('number').execute();
  const { years } = await loadCalendar(db);
  const policies = Object.keys(await currentPolicies(db))
    .filter((code) => !stepPolicies.includes(code))
    .map((code) => ({ code, name: policyNames[code] ?? code }));
  return {
    units,
    policies,
    calendar_years: Object.keys(years).map(Number),
    today,
    numbers: new Set(numbers.map(({ number }) => number)),
  };
}

const policyNames: Readonly<Record<string, string>> = itemPolicyNames;

/** They watch a step of the process, never an item's own deadline. */
const stepPolicies: readonly string[] = ['acknowledgement', 'report', 'review'];

export async function unitIdsByCode(db: Db): Promise<ReadonlyMap<string, string>> {
  const units = await db.selectFrom('unit').select(['id', 'code']).execute();
  return new Map(units.map(({ id, code }) => [code, id]));
}

const asImport = ({
  faults,
  rows,
  ...row
}: Omit<Import, 'faults' | 'rows'> & { faults: unknown[]; rows: unknown }): Import => ({
  ...row,
  faults: faults as Fault[],
  rows: rows as ImportRows | null,
});
