/**
 * Whether this code and this database fit. A schema that a later version has added to is no hindrance;
 * one that it has taken something away from has a gate, and code that is older than the gate stops: at
 * its start, and while it runs.
 */
import { sql } from 'kysely';
import type { Db } from './client.ts';

/** One sentence for whoever operates it. */
export class DoesNotFit extends Error {
  override readonly name = 'DoesNotFit';
}

type Standing = { readonly applied: readonly string[] };

/** Throws `DoesNotFit` when a later version has closed the database to this one. */
export async function requireOpenGate(db: Db, known: readonly string[]): Promise<Standing> {
  const applied = await names(db, 'kysely_migration', 'name');
  const [needs] = await names(db, 'version_gate', 'needs');
  const newest = known.at(-1) ?? 'none';
  if (needs !== undefined && newest < needs)
    throw new DoesNotFit(
      `This version is too old for the database: it knows migrations up to ${newest}, the database needs ${needs} or later; start a newer version.`,
    );
  return { applied };
}

/** As above; also when the database lacks what this version needs. */
export async function requireFit(db: Db, known: readonly string[]): Promise<void> {
  const { applied } = await requireOpenGate(db, known);
  const lacking = known.filter((name) => !applied.includes(name));
  if (lacking.length > 0)
    throw new DoesNotFit(
      `The database lacks ${lacking.join(', ')} of this version: start a server of this version first, it applies them.`,
    );
}

export type GateWatch = { readonly stop: () => void };

/** Often enough that nobody works on for long on what is not theirs any more. */
const LOOKS_EVERY_MS = 5_000;

/** Looks whether the gate is still open, and tells once when it is not. A database that does not answer shuts nothing. */
export function watchGate(
  db: Db,
  { known, shut }: { known: readonly string[]; shut: (why: DoesNotFit) => void },
): GateWatch {
  const look = async () => {
    try {
      await requireOpenGate(db, known);
    } catch (error) {
      if (!(error instanceof DoesNotFit)) return;
      clearInterval(timer);
      shut(error);
    }
  };
  const timer = setInterval(() => void look(), LOOKS_EVERY_MS);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

/** None where there is no such table yet. */
async function names(db: Db, table: string, column: string): Promise<readonly string[]> {
  const there = await sql<{ there: boolean }>`select to_regclass(${table}) is not null as there`.execute(db);
  if (there.rows[0]?.there !== true) return [];
  const { rows } = await sql<{ name: string }>`
    select ${sql.ref(column)} as name from ${sql.table(table)} order by 1`.execute(db);
  return rows.map(({ name }) => name);
}
