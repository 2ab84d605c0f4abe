/** Numbered SQL files, applied in order, once each, under a lock. A file is never edited once landed. */
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Migrator, sql, type Migration } from 'kysely';
import type { Db } from './client.ts';

const folder = fileURLToPath(new URL('./migrations/', import.meta.url));

async function migrations(): Promise<Record<string, Migration>> {
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

const migrator = (db: Db) => new Migrator({ db, provider: { getMigrations: migrations } });

/** @returns the names applied now. */
export async function migrate(db: Db): Promise<readonly string[]> {
  const { error, results = [] } = await migrator(db).migrateToLatest();
  if (error !== undefined) throw error;
  return results.map(({ migrationName }) => migrationName);
}

/** Whether every migration that this code knows has been applied: part of readiness. */
export async function isMigrated(db: Db): Promise<boolean> {
  const all = await migrator(db).getMigrations();
  return all.every(({ executedAt }) => executedAt !== undefined);
}
