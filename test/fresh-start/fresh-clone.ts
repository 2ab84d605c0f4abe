/** A clone of this project as a newcomer has it, with nothing of ours but the caches of npm and of Temporal. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { anyFreePort } from '../../embedded/ports.ts';

const project = join(import.meta.dirname, '..', '..');

export type Started = {
  readonly base: string;
  readonly said: () => string;
  /**
   * To npm and all that it started in its group, as a terminal does; until all of the group have ended. Npm's
   * exit code says nothing of ours: it dies of the signal.
   */
  readonly signal: (name: NodeJS.Signals) => Promise<void>;
  /** Ctrl-C, as a terminal sends it; nobody waits for what comes of it. */
  readonly press: () => void;
};

export class FreshClone {
  readonly parent = mkdtempSync(join(tmpdir(), 'dukao-fresh-'));
  readonly folder = join(this.parent, 'dukao');
  readonly home = join(this.parent, 'state');
  #port = 0;
  readonly #running = new Set<ChildProcess>();
  /** PostgreSQL and Temporal, each in a group of its own. */
  readonly #family = new Set<number>();

  async make(): Promise<void> {
    execFileSync('git', ['clone', '--quiet', project, this.folder]);
    this.#port = await anyFreePort();
  }

  get base(): string {
    return `http://127.0.0.1:${this.#port}/api/v1`;
  }

  /** What a newcomer's shell has: none of this project's settings, nothing of the npm that runs the tests. */
  env(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
    const own = /^(npm_(?!config_(registry|userconfig|cafile|cache)$)|DUKAO_|VITEST|NODE_ENV$|NODE_OPTIONS$)/;
    const kept = Object.entries(process.env).filter(([name]) => !own.test(name) && !settings.has(name));
    const path = (process.env['PATH'] ?? '')
      .split(delimiter)
      .filter((part) => !part.includes('node_modules'))
      .join(delimiter);
    return {
      ...Object.fromEntries(kept),
      PATH: path,
      DUKAO_HOME: this.home,
      PORT: String(this.#port),
      METRICS_PORT: '0',
      ...more,
    };
  }

  /** `npm start`, until it says that it runs. */
  async start(): Promise<Started> {
    const { child, said, ended } = this.#spawn({});
    const deadline = performance.now() + 900_000;
    while (!said().includes('Dukao is running')) {
      if (child.exitCode !== null || performance.now() > deadline)
        throw new Error(`npm start did not come up:\n${said()}`);
      await Promise.race([once(child.stdout ?? child, 'data'), ended]);
    }
    for (const pid of this.#recorded()) this.#family.add(pid);
    return {
      base: this.base,
      said,
      signal: async (name) => {
        process.kill(-(child.pid ?? 0), name);
        await ended;
      },
      press: () => void process.kill(-(child.pid ?? 0), 'SIGINT'),
    };
  }

  /** `npm start` that is expected to end by itself. */
  async refused(more: NodeJS.ProcessEnv): Promise<{ readonly code: number | null; readonly said: string }> {
    const { said, ended } = this.#spawn(more);
    return { code: await ended, said: said() };
  }

  /** Programs of this clone or of its state folder, whoever started them. */
  programs(): string[] {
    const groups = new Set([...[...this.#running].map(({ pid }) => pid ?? 0), ...this.#family].map(String));
    return execFileSync('ps', ['-A', '-o', 'pid=,pgid=,stat=,args='], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => {
        const [, group = '', state = ''] = line.trim().split(/\s+/);
        // Ended, and nobody has asked yet how.
        if (state.startsWith('Z')) return false;
        return line.includes(this.parent) || groups.has(group);
      });
  }

  /** For the end of the tests: also after one has failed half way. */
  remove(): void {
    for (const { pid } of this.#running) kill(-(pid ?? 0));
    for (const pid of this.#recorded()) kill(pid);
    rmSync(this.parent, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }

  #recorded(): number[] {
    const file = join(this.home, 'processes.json');
    if (!existsSync(file)) return [];
    return (JSON.parse(readFileSync(file, 'utf8')) as { pid: number }[]).map(({ pid }) => pid);
  }

  #spawn(more: NodeJS.ProcessEnv) {
    const child = spawn('npm', ['start'], {
      cwd: this.folder,
      env: this.env(more),
      // A group of its own, as a shell gives it.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#running.add(child);
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (part: string) => (text += part));
    }
    // "close": everything that was said has been read, so nobody of the group still holds the pipe.
    const ended = once(child, 'close').then(() => {
      this.#running.delete(child);
      return child.exitCode;
    });
    return { child, said: () => text, ended };
  }
}

const settings = new Set([
  'LOG_LEVEL',
  'PORT',
  'HOST',
  'DATABASE_URL',
  'TEMPORAL_ADDRESS',
  'TEMPORAL_NAMESPACE',
  'PUBLIC_URL',
]);

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
