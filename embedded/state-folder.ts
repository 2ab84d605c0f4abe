import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CannotStart, messageOf, type Say } from './cannot-start.ts';
import { tryLock, type Lock } from './lock.ts';
import { PortBook } from './ports.ts';
import { ProcessFamily } from './process-family.ts';
import { writeWhole } from './whole-file.ts';

/** What other tools read from `running.json` while the system runs. */
export type RunningFile = {
  readonly base_url: string | null;
  readonly temporal_address: string;
  readonly temporal_namespace: string;
  readonly temporal_ui_url: string | null;
  readonly database_url: string;
  readonly phones_url: string | null;
};

/** Made once per state folder, mode 0600. Losing them makes stored phone numbers unreadable. */
export type Keys = {
  readonly postgres_password: string;
  /** `id:base64` of 32 bytes, as `PHONE_KEY` takes it. */
  readonly phone_key: string;
  readonly sms_receipt_secret: string;
};

export type StateFolder = {
  readonly path: string;
  readonly keys: Keys;
  readonly ports: PortBook;
  readonly family: ProcessFamily;
  file(name: string): string;
  writeRunning(running: RunningFile): void;
  /** Removes `running.json` and gives the folder free; programs must have ended before. */
  close(): void;
};

export type Opening = {
  readonly fresh?: boolean;
  /** Asked once nobody else has the folder, and before anything in it is touched. */
  readonly before?: () => Promise<void>;
};

/**
 * Takes the folder for this process alone, ends what a killed start left in it, and with `fresh`
 * empties it. Throws {@link CannotStart} when another start has it.
 */
export async function openStateFolder(
  home: string,
  say: Say,
  { fresh = false, before }: Opening = {},
): Promise<StateFolder> {
  const path = resolve(home);
  const file = (name: string) => join(path, name);
  const lock = take(path);
  try {
    await before?.();
    const family = new ProcessFamily(path);
    await family.endLeftovers(say);
    rmSync(file('running.json'), { force: true });
    if (fresh) {
      empty(path);
      say(`State folder ${path} begins anew`);
    }
    return {
      path,
      keys: loadKeys(file('keys.json')),
      ports: new PortBook(file('ports.json')),
      family: fresh ? new ProcessFamily(path) : family,
      file,
      writeRunning: (running) => writeWhole(file('running.json'), `${JSON.stringify(running, null, 2)}\n`),
      close: () => {
        rmSync(file('running.json'), { force: true });
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function take(path: string): Lock {
  try {
    mkdirSync(path, { recursive: true, mode: 0o755 });
  } catch (error) {
    throw new CannotStart(`The state folder ${path} (DUKAO_HOME) cannot be made: ${messageOf(error)}`);
  }
  const lock = tryLock(join(path, 'lock'));
  if (lock !== null) return lock;
  throw new CannotStart(
    `Another start already uses the state folder ${path}. Stop it first, or set DUKAO_HOME to another folder.`,
  );
}

function empty(path: string): void {
  for (const entry of readdirSync(path)) {
    if (!entry.startsWith('lock')) rmSync(join(path, entry), { recursive: true, force: true });
  }
}

function loadKeys(file: string): Keys {
  const made: Keys = {
    postgres_password: randomBytes(24).toString('base64url'),
    phone_key: `local-1:${randomBytes(32).toString('base64')}`,
    sms_receipt_secret: randomBytes(24).toString('base64url'),
  };
  let kept: string | null = null;
  try {
    kept = readFileSync(file, 'utf8');
  } catch {
    // First start on this folder.
  }
  if (kept === null) {
    writeWhole(file, `${JSON.stringify(made, null, 2)}\n`);
    return made;
  }
  return parseKeys(kept, file);
}

function parseKeys(text: string, file: string): Keys {
  const fault = `${file} is damaged: restore it from a backup, or begin anew with --fresh`;
  let keys: unknown;
  try {
    keys = JSON.parse(text);
  } catch {
    throw new CannotStart(fault);
  }
  if (!isKeys(keys)) throw new CannotStart(fault);
  return keys;
}

const isKeys = (value: unknown): value is Keys =>
  typeof value === 'object' &&
  value !== null &&
  'postgres_password' in value &&
  'phone_key' in value &&
  'sms_receipt_secret' in value;
