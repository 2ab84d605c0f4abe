import { DatabaseSync } from 'node:sqlite';

export type Lock = { release(): void };

/**
 * An exclusive lock on a file, or null when another process has it. SQLite's file lock is used because the
 * kernel gives it back however its holder dies, on every system that Node runs on: nothing can go stale.
 */
export function tryLock(file: string): Lock | null {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (isBusy(error)) return null;
    throw error;
  }
  return { release: () => database.close() };
}

const sqliteBusy = 5;

const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy;
