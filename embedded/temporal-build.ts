import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Say } from './cannot-start.ts';
import { tryLock, type Lock } from './lock.ts';
import { lastLines, type ProcessFamily } from './process-family.ts';

export type BuiltServer = {
  readonly version: string;
  readonly server: string;
  readonly sqlTool: string;
  readonly ui: string | null;
};

const modules = join(import.meta.dirname, 'temporal-server');

const programs = {
  'temporal-server': 'go.temporal.io/server/cmd/server',
  'temporal-sql-tool': 'go.temporal.io/server/cmd/tools/sql',
  'temporal-ui': 'github.com/temporalio/ui-server/v2/cmd/server',
} as const;

/** A server built by an earlier start, on this project or another clone of it. */
export function findBuiltServer(env: NodeJS.ProcessEnv): BuiltServer | null {
  const { folder, serverVersion } = place(env);
  const program = (name: keyof typeof programs) => join(folder, name);
  const [server, sqlTool, ui] = [
    program('temporal-server'),
    program('temporal-sql-tool'),
    program('temporal-ui'),
  ];
  if (!existsSync(server) || !existsSync(sqlTool)) return null;
  return { version: serverVersion, server, sqlTool, ui: existsSync(ui) ? ui : null };
}

/** Null when there is no usable Go; throws when the build fails. Two starts at a time build once. */
export async function buildServer(
  env: NodeJS.ProcessEnv,
  family: ProcessFamily,
  say: Say,
): Promise<BuiltServer | null> {
  if (spawnSync('go', ['version'], { env }).status !== 0) return null;
  const { folder, parent } = place(env);
  mkdirSync(parent, { recursive: true });
  say('Building the Temporal server from its Go modules: about five minutes on two cores, once');
  const lock = await waitForLock(join(parent, 'build.lock'), say);
  try {
    const already = findBuiltServer(env);
    if (already !== null) return already;
    const draft = `${folder}.building`;
    rmSync(draft, { recursive: true, force: true });
    mkdirSync(draft, { recursive: true });
    for (const [name, source] of Object.entries(programs)) await build(name, source, draft, env, family, say);
    renameSync(draft, folder);
    return findBuiltServer(env);
  } finally {
    lock.release();
  }
}

export function cacheFolder(env: NodeJS.ProcessEnv): string {
  const given = env['XDG_CACHE_HOME'];
  return join(given === undefined || given === '' ? join(homedir(), '.cache') : given, 'dukao');
}

async function build(
  name: string,
  source: string,
  folder: string,
  env: NodeJS.ProcessEnv,
  family: ProcessFamily,
  say: Say,
): Promise<void> {
  const from = performance.now();
  const minutes = () => `${((performance.now() - from) / 60_000).toFixed(1)} minutes`;
  const compiler = family.start({
    name: `build-${name}`,
    command: 'go',
    args: [
      'build',
      '-mod=readonly',
      '-buildvcs=false',
      '-trimpath',
      '-ldflags=-s -w',
      '-o',
      join(folder, name),
      source,
    ],
    cwd: modules,
    env,
    stopSignal: 'SIGINT',
  });
  const stillAtIt = setInterval(() => say(`  … still building ${name}, ${minutes()} so far`), 60_000);
  try {
    const how = await compiler.whenEnded;
    if (how !== 'ended with code 0')
      throw new Error(`go build of ${name} ${how}: ${lastLines(compiler.logFile)}`);
    say(`  built ${name} in ${minutes()}`);
  } finally {
    clearInterval(stillAtIt);
  }
}

async function waitForLock(file: string, say: Say): Promise<Lock> {
  for (let first = true; ; first = false) {
    const lock = tryLock(file);
    if (lock !== null) return lock;
    if (first) say('Another start is building the Temporal server; waiting for it');
    await pause(1_000);
  }
}

/** The folder's name holds the versions for people, and the hash of what decides the build for certainty. */
function place(env: NodeJS.ProcessEnv): { parent: string; folder: string; serverVersion: string } {
  const wanted = readFileSync(join(modules, 'go.mod'), 'utf8');
  const sums = readFileSync(join(modules, 'go.sum'), 'utf8');
  const key = createHash('sha256')
    .update(`${wanted}\0${sums}\0${process.platform}-${process.arch}`)
    .digest('hex')
    .slice(0, 12);
  const version = (name: string) => wanted.match(new RegExp(`${name} v([0-9.]+)`))?.[1] ?? 'unknown';
  const serverVersion = version('go\\.temporal\\.io/server');
  const uiVersion = version('github\\.com/temporalio/ui-server/v2');
  const parent = join(cacheFolder(env), `temporal-server-${serverVersion}-ui-${uiVersion}`);
  return { parent, folder: join(parent, key), serverVersion };
}
