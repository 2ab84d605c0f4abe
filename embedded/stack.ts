import { inheritedEnvironment } from '../config.ts';
import { CannotStart, type Say } from './cannot-start.ts';
import { startPostgres } from './postgres.ts';
import type { Running } from './process-family.ts';
import { openStateFolder, type StateFolder } from './state-folder.ts';
import { startTemporal } from './temporal.ts';

export type StackOptions = {
  /** The state folder (DUKAO_HOME). */
  readonly home: string;
  readonly fresh?: boolean;
  readonly databaseUrl?: string | null;
  readonly temporalAddress?: string | null;
  readonly temporalNamespace?: string;
  /** Demonstration and tests: the time of a single process can be moved forward. */
  readonly timeSkipping?: boolean;
  /** False for a stack that is thrown away afterwards: commits much faster, survives no power cut. */
  readonly durable?: boolean;
  readonly say?: Say;
  /** What must hold before anything is begun in the folder, asked once nobody else has it. */
  readonly before?: () => Promise<void>;
  /** Ends a start that is under way. */
  readonly signal?: AbortSignal;
  /** Where PATH and the cache folder are looked up; the process's own when absent. */
  readonly env?: NodeJS.ProcessEnv;
};

export type Stack = {
  readonly state: StateFolder;
  /** The address of a database that exists. */
  readonly databaseUrl: (name: string) => string;
  /** Makes the database when it is missing and gives its address. */
  readonly ensureDatabase: (name: string) => Promise<string>;
  readonly temporalAddress: string;
  readonly temporalNamespace: string;
  readonly temporalVersion: string;
  /** Whether time travel works here: wanted, and known to the server. */
  readonly timeSkipping: boolean;
  readonly uiUrl: string | null;
  readonly how: string;
  /** The programs that are ours: absent ones were given by address. */
  readonly programs: { readonly postgres: Running | null; readonly temporal: Running | null };
  /** Resolves with a sentence when PostgreSQL or Temporal ends though nobody stopped it. */
  readonly whenBroken: Promise<string>;
  /** Temporal, then PostgreSQL, then the folder is free. */
  stop(): Promise<void>;
  /** At once and without ceremony: for the second Ctrl-C. */
  kill(): void;
};

/** PostgreSQL and Temporal for a machine that has neither. Throws {@link CannotStart} with what to do. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { home, fresh = false, say = () => undefined, before, signal } = options;
  const state = await openStateFolder(home, say, { fresh, ...(before === undefined ? {} : { before }) });
  let stopping: Promise<void> | null = null;
  const stop = () => (stopping ??= state.family.stopAll().finally(() => state.close()));
  try {
    const stack = await unlessAborted(signal, start(options, state, say));
    const { postgres, temporal } = stack;
    const whenBroken = new Promise<string>((resolve) => {
      for (const program of [postgres.program, temporal.program]) {
        void program?.whenEnded.then((how) => {
          if (stopping === null) resolve(`${program.name} ${how}; its log is ${program.logFile}`);
        });
      }
    });
    return {
      state,
      databaseUrl: postgres.url,
      ensureDatabase: postgres.ensureDatabase,
      temporalAddress: temporal.address,
      temporalNamespace: temporal.namespace,
      temporalVersion: temporal.serverVersion,
      timeSkipping: temporal.timeSkipping,
      uiUrl: temporal.uiUrl,
      how: temporal.how,
      programs: { postgres: postgres.program, temporal: temporal.program },
      whenBroken,
      stop,
      kill: () => state.family.killAll(),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(options: StackOptions, state: StateFolder, say: Say) {
  const postgres = await startPostgres({
    state,
    databaseUrl: options.databaseUrl ?? null,
    durable: options.durable ?? true,
    say,
  });
  const temporal = await startTemporal({
    state,
    postgres,
    namespace: options.temporalNamespace ?? 'dukao',
    address: options.temporalAddress ?? null,
    timeSkipping: options.timeSkipping ?? false,
    env: options.env ?? inheritedEnvironment(),
    say,
  });
  return { postgres, temporal };
}

async function unlessAborted<T>(signal: AbortSignal | undefined, work: Promise<T>): Promise<T> {
  if (signal === undefined) return await work;
  const aborted = new Promise<never>((_, reject) => {
    const stopped = () => reject(new CannotStart('Stopped before everything was up'));
    if (signal.aborted) stopped();
    else signal.addEventListener('abort', stopped, { once: true });
  });
  // What is still under way then fails because its programs are stopped; nobody is left to hear of it.
  work.catch(() => undefined);
  return await Promise.race([work, aborted]);
}
