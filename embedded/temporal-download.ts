import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, type Say } from './cannot-start.ts';
import { lastLines, type ProcessFamily } from './process-family.ts';
import { cacheFolder } from './temporal-build.ts';

export type Download = { readonly command: string } | { readonly fault: string };

const timeLimitMs = 180_000;

/**
 * The Temporal CLI that @temporalio/testing fetches for itself. It runs in a process of its own, because a
 * download that hangs inside the native library can be stopped in no other way.
 */
export async function downloadCli(
  env: NodeJS.ProcessEnv,
  family: ProcessFamily,
  say: Say,
): Promise<Download> {
  const folder = join(cacheFolder(env), 'temporal-cli');
  mkdirSync(folder, { recursive: true });
  const kept = findDownload(folder);
  if (kept !== null) return { command: kept };
  say('No Temporal server is kept here: downloading the Temporal CLI, which may take 3 minutes at most');
  const unreachable = await isUnreachable();
  if (unreachable !== null) return { fault: unreachable };
  const fetching = family.start({
    name: 'temporal-download',
    command: process.execPath,
    args: [join(import.meta.dirname, 'temporal-download-main.ts'), folder],
    env,
    stopSignal: 'SIGTERM',
  });
  const late = AbortSignal.timeout(timeLimitMs);
  const stop = () => void fetching.stop(1_000);
  late.addEventListener('abort', stop);
  const how = await fetching.whenEnded;
  late.removeEventListener('abort', stop);
  const command = findDownload(folder);
  if (command !== null) return { command };
  return {
    fault: late.aborted
      ? `not finished within ${timeLimitMs / 1000} s`
      : `${how}: ${lastLines(fetching.logFile, 2)}`,
  };
}

function findDownload(folder: string): string | null {
  if (!existsSync(folder)) return null;
  const names = readdirSync(folder).filter((name) => /^temporal-sdk-typescript-[0-9.]+(\.exe)?$/.test(name));
  const usable = names
    .map((name) => join(folder, name))
    .filter((file) => spawnSync(file, ['--version']).status === 0);
  return usable.at(-1) ?? null;
}

async function isUnreachable(): Promise<string | null> {
  try {
    await fetch('https://temporal.download/', { method: 'HEAD', signal: AbortSignal.timeout(5_000) });
    return null;
  } catch (error) {
    const cause =
      error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error);
    return `temporal.download cannot be reached (${cause})`;
  }
}
