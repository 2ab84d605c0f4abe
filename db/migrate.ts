/** Numbered SQL files, applied in order, once each, under a lock. A file is never edited once landed. */
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Migrator, sql, type Migration } from 'kysely';
import type { Db } from './client.ts';
import { requireOpenGate } from './version-gate.ts';

const folder = fileURLToPath(new URL('./migrations/', import.meta.url));

let known: Promise<Record<string, Migration>> | undefined;

/** Read once: files of another version may be laid over these while this one still runs. */
const migrations = () => (known ??= read());

async function read(): Promise<Record<string, Migration>> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  const found: Record<string, Migration> = {};
  for (const file of files) {
    const text = await readFile(`${folder}${file}`, 'utf8');
    found[file.replace('.sql', '')] = {
      up: async (db) => {
        await sql.raw(text).execute(db);
      },
    };
  }
  return found;
}

/** In their order. */
export const knownMigrations = async (): Promise<readonly string[]> => Object.keys(await migrations());

/** @returns the names applied now. Throws `DoesNotFit` when the database is not for this version any more. */
export async function migrate(db: Db): Promise<readonly string[]> {
  // What a table of years takes is not known before: neither a migration nor who waits for one is cut short.
  return db.connection().execute(async (patient) => {
    await sql`set statement_timeout = 0`.execute(patient);
    try {
      return await migrateWith(patient);
    } finally {
      await sql`reset statement_timeout`.execute(patient);
    }
  });
}

async function migrateWith(db: Db): Promise<readonly string[]> {
  const { applied } = await requireOpenGate(db, await knownMigrations());
  // What a later version has added is none of ours, and no fault: the gate is open.
  const later = applied.map((name) => [name, { up: async () => undefined }] as const);
  const all = { ...Object.fromEntries(later), ...(await migrations()) };
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve(all) } });
  const { error, results = [] } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
  return results.map(({ migrationName }) => migrationName);
}
