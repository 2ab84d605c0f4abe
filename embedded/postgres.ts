import { spawnSync } from 'node:child_process';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { CannotStart, messageOf, timed, type Say } from './cannot-start.ts';
import { waitUntil } from './ports.ts';
import {
  databaseUser,
  isOpenToAll,
  postgresPrograms,
  type DatabaseUser,
  type Programs,
} from './postgres-programs.ts';
import { lastLines, processStart, type Running } from './process-family.ts';
import type { StateFolder } from './state-folder.ts';

export type Postgres = {
  /** The address of one database on it, whether it exists or not. */
  readonly url: (database: string) => string;
  readonly ensureDatabase: (name: string) => Promise<string>;
  /** Null when the database was given by `DATABASE_URL` and is not ours to stop. */
  readonly program: Running | null;
};

export type PostgresOptions = {
  readonly state: StateFolder;
  readonly databaseUrl: string | null;
  /** False for a stack that is thrown away: survives a kill, not a power cut, and commits much faster. */
  readonly durable: boolean;
  readonly say: Say;
};

/** `DATABASE_URL` when given, else a real PostgreSQL of our own in the state folder. */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const { databaseUrl, say } = options;
  if (databaseUrl !== null) {
    const given = withUrl(databaseUrl, null);
    await timed(say, `PostgreSQL at ${new URL(databaseUrl).host} (DATABASE_URL)`, () =>
      ask(databaseUrl),
    ).catch((error: unknown) => {
      throw new CannotStart(`The database of DATABASE_URL does not answer: ${messageOf(error)}`);
    });
    return given;
  }
  return await timed(say, 'PostgreSQL', () => startOwn(options));
}

async function startOwn({ state, durable }: PostgresOptions): Promise<Postgres> {
  const user = databaseUser();
  const programs = await postgresPrograms(user);
  const folder = state.file('postgres');
  if (!existsSync(folder)) makeCluster(folder, state.keys.postgres_password, programs, user);
  await releaseFolder(folder);

  const port = await state.ports.take('postgres');
  const settings = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    shared_buffers: '256MB',
    max_wal_size: '2GB',
    wal_compression: 'on',
    random_page_cost: '1.1',
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  const program = state.family.start({
    name: 'postgres',
    command: programs.postgres,
    args: [
      '-D',
      nameFor(user, folder),
      ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
    ],
    env: { LC_ALL: 'C', TZ: 'UTC' },
    cwd: folder,
    // "Fast": sessions are ended, everything is written, no recovery at the next start.
    stopSignal: 'SIGINT',
    ...user.ids,
  });
  const url = new URL('postgres://postgres@127.0.0.1/postgres');
  url.password = state.keys.postgres_password;
  url.port = String(port);
  await waitUntil('PostgreSQL', () => ask(url.href), {
    withinMs: 60_000,
    everyMs: 50,
    giveUp: () => {
      const ending = program.ended();
      return ending === null ? null : `${ending}\n${lastLines(program.logFile)}`;
    },
  }).catch((error: unknown) => {
    throw new CannotStart(messageOf(error));
  });
  return withUrl(url.href, program);
}

/** Made beside its place and moved there whole: a start killed here leaves nothing half made. */
function makeCluster(folder: string, password: string, { initdb }: Programs, user: DatabaseUser): void {
  const { ids } = user;
  const draft = `${folder}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  const secret = mkdtempSync(join(tmpdir(), 'dukao-'));
  const passwordFile = join(secret, 'password');
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (ids.uid !== undefined && ids.gid !== undefined) {
    for (const path of [draft, secret, passwordFile]) chownSync(path, ids.uid, ids.gid);
  }
  const made = spawnSync(
    initdb,
    [
      `--pgdata=${nameFor(user, draft)}`,
      '--username=postgres',
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--no-locale',
      // Sorting must not depend on the locales this machine happens to have.
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
    ],
    { ...ids, cwd: draft, env: { LC_ALL: 'C', TZ: 'UTC' }, encoding: 'utf8' },
  );
  rmSync(secret, { recursive: true, force: true });
  if (made.status !== 0) {
    throw new CannotStart(
      `PostgreSQL could not make its data folder ${folder}: ${made.error?.message ?? made.stderr}`,
    );
  }
  renameSync(draft, folder);
}

/**
 * `postmaster.pid` names a process. After a reboot that pid may be anybody's, and PostgreSQL would refuse
 * to start; a server of ours that the family does not know of (killed between spawn and record) is ended.
 */
async function releaseFolder(folder: string): Promise<void> {
  const file = join(folder, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  if (Number.isInteger(pid) && pid > 1 && servesFolder(pid, folder)) {
    process.kill(pid, 'SIGINT');
    await waitUntil(
      'The PostgreSQL left in the state folder',
      async () => {
        if (processStart(pid) !== null) throw new Error(`process ${pid} still runs`);
      },
      { withinMs: 20_000 },
    );
  }
  rmSync(file, { force: true });
}

/**
 * Under a folder that the user postgres may not enter (/root), the data are still reached by way of the
 * working folder, which root has set before giving up its rights.
 */
const nameFor = ({ ids }: DatabaseUser, folder: string): string =>
  ids.uid === undefined || isOpenToAll(folder) ? folder : '/proc/self/cwd';

function servesFolder(pid: number, folder: string): boolean {
  if (processStart(pid) === null) return false;
  // A PostgreSQL server works inside its data folder.
  if (process.platform === 'linux') return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(folder);
  const command = spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout;
  return command.includes(` -D ${folder} `);
}

function withUrl(base: string, program: Running | null): Postgres {
  const url = (database: string) => {
    const one = new URL(base);
    one.pathname = `/${encodeURIComponent(database)}`;
    return one.href;
  };
  return {
    url,
    program,
    ensureDatabase: async (name) => {
      const client = new pg.Client({ connectionString: base });
      await client.connect();
      try {
        const known = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
        if (known.rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
      } catch (error) {
        // Two may ask at the same time; whoever came second finds it made.
        if (!(error instanceof pg.DatabaseError && (error.code === '42P04' || error.code === '23505')))
          throw error;
      } finally {
        await client.end();
      }
      return url(name);
    },
  };
}

async function ask(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  // Without a listener a connection cut in mid-handshake would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT 1');
  } finally {
    await client.end().catch(() => undefined);
  }
}
