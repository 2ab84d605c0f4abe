import { readFileSync } from 'node:fs';
import { CannotStart, messageOf, timed, type Say } from './cannot-start.ts';
import type { Postgres } from './postgres.ts';
import type { Running } from './process-family.ts';
import type { StateFolder } from './state-folder.ts';
import { buildServer, findBuiltServer, type BuiltServer } from './temporal-build.ts';
import { cliVersion, startCli } from './temporal-cli.ts';
import { downloadCli } from './temporal-download.ts';
import { prepareNamespace } from './temporal-namespace.ts';
import { startBuiltServer, startBuiltUi, whyEnded } from './temporal-server.ts';
import { writeWhole } from './whole-file.ts';

export type Temporal = {
  readonly address: string;
  readonly namespace: string;
  readonly uiUrl: string | null;
  readonly serverVersion: string;
  /** Whether the time of a single process can be moved forward on this server. */
  readonly timeSkipping: boolean;
  /** Which of the five ways led here, in words. */
  readonly how: string;
  /** Null when the server was given by `TEMPORAL_ADDRESS` and is not ours to stop. */
  readonly program: Running | null;
};

export type TemporalOptions = {
  readonly state: StateFolder;
  readonly postgres: Postgres;
  readonly namespace: string;
  /** `TEMPORAL_ADDRESS`. */
  readonly address: string | null;
  /** Wanted for demonstration and tests; older servers do without. */
  readonly timeSkipping: boolean;
  /** Where PATH and the cache folder are looked up. */
  readonly env: NodeJS.ProcessEnv;
  readonly say: Say;
};

/**
 * A Temporal server by the first of five ways that works here: the address given; a server built earlier;
 * `temporal` on PATH; the download of @temporalio/testing; building the server from its Go modules.
 */
export async function startTemporal(options: TemporalOptions): Promise<Temporal> {
  const { address, state, say } = options;
  if (address !== null) return await useGiven(address, options);
  const begunWith = readStore(state);
  const tried: string[] = ['TEMPORAL_ADDRESS: not set'];
  for (const way of ways) {
    if (begunWith !== null && begunWith !== way.store) {
      tried.push(`${way.name}: not tried, as it keeps its state in ${way.store}`);
      continue;
    }
    const found = await way.find(options);
    if ('fault' in found) {
      tried.push(`${way.name}: ${found.fault}`);
      continue;
    }
    const temporal = await timed(say, found.how, () => startFound(found, options));
    writeWhole(storeFile(state), way.store);
    return temporal;
  }
  throw new CannotStart(
    [
      'There is no way to a Temporal server on this machine. Tried:',
      ...tried.map((line, index) => `  ${index + 1}. ${line}`),
      'Install one of: the Temporal CLI (https://docs.temporal.io/cli), or Go 1.26.8 or later (https://go.dev/dl); ' +
        'or set TEMPORAL_ADDRESS to a running server.',
      ...(begunWith === null
        ? []
        : [`The processes of this state folder are kept in ${begunWith}; --fresh begins anew without them.`]),
    ].join('\n'),
  );
}

/** Where a way keeps the processes. A state folder stays with what it began with: the other would be empty. */
type Store = 'PostgreSQL' | 'SQLite';

type Found = { readonly how: string } & ({ readonly built: BuiltServer } | { readonly command: string });

type Way = {
  readonly name: string;
  readonly store: Store;
  readonly find: (options: TemporalOptions) => Promise<Found | { readonly fault: string }>;
};

const ways: readonly Way[] = [
  {
    name: 'a server built earlier',
    store: 'PostgreSQL',
    find: async ({ env }) => {
      const built = findBuiltServer(env);
      if (built === null) return { fault: 'none in the cache folder' };
      return { how: `Temporal ${built.version}, built earlier`, built };
    },
  },
  {
    name: '"temporal" on PATH',
    store: 'SQLite',
    find: async ({ env }) => {
      const version = cliVersion('temporal', env);
      if (version === null) return { fault: 'not there' };
      return { how: `Temporal CLI ${version} on PATH`, command: 'temporal' };
    },
  },
  {
    name: 'the download of @temporalio/testing',
    store: 'SQLite',
    find: async ({ env, state, say }) => {
      const from = performance.now();
      const download = await downloadCli(env, state.family, say);
      if ('command' in download) return { how: 'Temporal CLI, downloaded', command: download.command };
      say(`Download: ${download.fault} (${((performance.now() - from) / 1000).toFixed(1)} s)`);
      return download;
    },
  },
  {
    name: 'building it with Go',
    store: 'PostgreSQL',
    find: async ({ env, state, say }) => {
      try {
        const built = await buildServer(env, state.family, say);
        if (built === null) return { fault: 'no usable Go on PATH' };
        return { how: `Temporal ${built.version}, built now`, built };
      } catch (error) {
        return { fault: messageOf(error) };
      }
    },
  },
];

async function useGiven(address: string, { namespace, say }: TemporalOptions): Promise<Temporal> {
  const how = `Temporal at ${address} (TEMPORAL_ADDRESS)`;
  try {
    const facts = await timed(say, how, () => prepareNamespace(address, namespace, { withinMs: 30_000 }));
    return { ...facts, address, namespace, uiUrl: null, how, program: null };
  } catch (error) {
    throw new CannotStart(`The Temporal server of TEMPORAL_ADDRESS cannot be used: ${messageOf(error)}`);
  }
}

async function startFound(found: Found, options: TemporalOptions): Promise<Temporal> {
  const { namespace } = options;
  const started =
    'built' in found
      ? await startBuiltServer({ ...options, built: found.built })
      : await startCli(found.command, options);
  const { program, address } = started;
  try {
    const facts = await prepareNamespace(address, namespace, {
      withinMs: 90_000,
      giveUp: () => whyEnded(program),
    });
    const uiUrl =
      'built' in found
        ? await startBuiltUi({ ...options, built: found.built }, address)
        : (started.uiUrl ?? null);
    return { ...facts, address, namespace, uiUrl, how: found.how, program };
  } catch (error) {
    throw new CannotStart(`${messageOf(error)}\nMore is in ${program.logFile}`);
  }
}

const storeFile = (state: StateFolder): string => state.file('temporal-store');

function readStore(state: StateFolder): Store | null {
  try {
    const text = readFileSync(storeFile(state), 'utf8').trim();
    return text === 'PostgreSQL' || text === 'SQLite' ? text : null;
  } catch {
    return null;
  }
}
