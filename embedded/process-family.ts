import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Say } from './cannot-start.ts';
import { writeWhole } from './whole-file.ts';

/** One program that belongs to a state folder. A pid alone is no proof: pids are used again. */
type Member = {
  readonly name: string;
  readonly pid: number;
  readonly startedAt: string;
  readonly stopSignal: NodeJS.Signals;
};

export type Program = {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env: NodeJS.ProcessEnv;
  readonly uid?: number;
  readonly gid?: number;
  /** What asks this program to end cleanly. */
  readonly stopSignal: NodeJS.Signals;
};

export type Running = {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** Null while it runs, then how it ended, in words. */
  ended(): string | null;
  readonly whenEnded: Promise<string>;
  stop(graceMs?: number): Promise<void>;
  /** The same program once more, after it has ended: for what must survive its restart. */
  again(): Running;
};

/**
 * The programs started for one state folder, written down with their start times, so that the next start
 * can end what a killed parent left behind. Each runs in a session of its own: Ctrl-C in the terminal
 * reaches the application only, which then stops them in the right order.
 */
export class ProcessFamily {
  readonly #file: string;
  readonly #logs: string;
  readonly #running = new Map<number, { readonly running: Running; readonly place: number }>();
  #members: readonly Member[];
  #started = 0;
  #stopped = false;

  constructor(home: string) {
    this.#file = join(home, 'processes.json');
    this.#logs = join(home, 'logs');
    this.#members = readMembers(this.#file);
    mkdirSync(this.#logs, { recursive: true });
  }

  /** Ends what an earlier parent left, latest first. Only with the state folder's lock in hand. */
  async endLeftovers(say: Say): Promise<void> {
    for (const member of this.#members.toReversed()) {
      if (isSame(member)) {
        say(`Ending ${member.name} (process ${member.pid}), left over from a start that was killed`);
        await end(member, 10_000);
      }
      this.#forget(member.pid);
    }
  }

  start(program: Program, place = this.#started++): Running {
    if (this.#stopped)
      throw new Error(`${program.name} is not started any more: everything is being stopped`);
    const logFile = join(this.#logs, `${program.name}.log`);
    const log = openLog(logFile);
    const child = spawn(program.command, program.args, {
      cwd: program.cwd ?? dirname(this.#file),
      env: program.env,
      detached: true,
      stdio: ['ignore', log, log],
      ...(program.uid === undefined ? {} : { uid: program.uid }),
      ...(program.gid === undefined ? {} : { gid: program.gid }),
    });
    closeSync(log);

    let ending: string | null = null;
    const whenEnded = new Promise<string>((resolve) => {
      const over = (how: string) => {
        if (ending === null) {
          ending = how;
          if (child.pid !== undefined) {
            this.#running.delete(child.pid);
            this.#forget(child.pid);
          }
        }
        resolve(ending);
      };
      child.once('error', (error) => over(`could not be run (${error.message})`));
      child.once('exit', (code, signal) =>
        over(signal === null ? `ended with code ${code}` : `ended by ${signal}`),
      );
    });

    const { pid } = child;
    const { name, stopSignal } = program;
    const again = () => this.start(program, place);
    if (pid === undefined) {
      return {
        name,
        pid: 0,
        logFile,
        ended: () => ending,
        whenEnded,
        stop: async () => void (await whenEnded),
        again,
      };
    }
    const member: Member = { name, pid, startedAt: processStart(pid) ?? '', stopSignal };
    this.#remember(member);
    const running: Running = {
      name,
      pid,
      logFile,
      ended: () => ending,
      whenEnded,
      again,
      stop: async (graceMs = 20_000) => {
        if (ending !== null) return;
        signal(member, stopSignal);
        const late = AbortSignal.timeout(graceMs);
        const kill = () => signal(member, 'SIGKILL');
        late.addEventListener('abort', kill);
        await whenEnded;
        late.removeEventListener('abort', kill);
      },
    };
    this.#running.set(pid, { running, place });
    return running;
  }

  /** Latest first: what was started on top of something goes before it. */
  async stopAll(): Promise<void> {
    this.#stopped = true;
    const latestFirst = [...this.#running.values()].toSorted((a, b) => b.place - a.place);
    for (const { running } of latestFirst) await running.stop();
  }

  /** For the second Ctrl-C. */
  killAll(): void {
    for (const member of this.#members.toReversed()) if (isSame(member)) signal(member, 'SIGKILL');
  }

  #remember(member: Member): void {
    this.#write([...this.#members, member]);
  }

  #forget(pid: number): void {
    this.#write(this.#members.filter((member) => member.pid !== pid));
  }

  #write(members: readonly Member[]): void {
    this.#members = members;
    writeWhole(this.#file, JSON.stringify(members, null, 2));
  }
}

/** Tells two processes with one pid apart; null when there is none. Survives neither reboot nor reuse. */
export function processStart(pid: number): string | null {
  if (process.platform === 'linux') {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // The command's name may hold spaces and brackets: count from the last bracket on.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const [state, ticks] = [fields[0], fields[19]];
      if (state === 'Z' || ticks === undefined) return null;
      return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${ticks}`;
    } catch {
      return null;
    }
  }
  const answer = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
  return answer.stdout.trim() === '' ? null : answer.stdout.trim();
}

/** The last lines of a program's log, for a message that says why it ended. */
export function lastLines(logFile: string, count = 8): string {
  try {
    return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
  } catch {
    return '';
  }
}

const isSame = (member: Member): boolean =>
  member.startedAt !== '' && processStart(member.pid) === member.startedAt;

async function end(member: Member, graceMs: number): Promise<void> {
  const attempts: readonly NodeJS.Signals[] = [member.stopSignal, 'SIGKILL'];
  for (const attempt of attempts) {
    signal(member, attempt);
    for (let waited = 0; waited < graceMs && isSame(member); waited += 50) await pause(50);
    if (!isSame(member)) return;
  }
}

function signal(member: Member, name: NodeJS.Signals): void {
  try {
    process.kill(member.pid, name);
  } catch {
    // It has ended by itself in between.
  }
}

/** Begins anew when the old log has grown large: nobody watches this folder. */
function openLog(file: string): number {
  try {
    if (statSync(file).size > 10 * 1024 * 1024) renameSync(file, `${file}.old`);
  } catch {
    // There is none yet.
  }
  return openSync(file, 'a', 0o600);
}

function readMembers(file: string): readonly Member[] {
  try {
    const known: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return Array.isArray(known) ? known.filter(isMember) : [];
  } catch {
    return [];
  }
}

const isMember = (value: unknown): value is Member =>
  typeof value === 'object' &&
  value !== null &&
  'pid' in value &&
  Number.isInteger(value.pid) &&
  'startedAt' in value &&
  typeof value.startedAt === 'string' &&
  'name' in value &&
  'stopSignal' in value;
