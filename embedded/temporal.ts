import { CannotStart, messageOf, timed, type Say } from './cannot-start.ts';
import type { Postgres } from './postgres.ts';
import type { Running } from './process-family.ts';
import type { StateFolder } from './state-folder.ts';
import { buildServer, findBuiltServer, type BuiltServer } from './temporal-build.ts';
import { cliVersion, startCli } from './temporal-cli.ts';
import { downloadCli } from './temporal-download.ts';
import { prepareNamespace } from './temporal-namespace.ts';
import { startBuiltServer, startBuiltUi, whyEnded } from './temporal-server.ts';

export type Temporal = {
  readonly address: string;
  readonly namespace: string;
  readonly uiUrl: string | null;
  readonly serverVersion: string;
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
  /** Only for demonstration and tests. Servers before 1.31 cannot do it. */
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
  const { address, namespace, say, env, state } = options;
  if (address !== null) {
    const how = `Temporal at ${address} (TEMPORAL_ADDRESS)`;
    const { serverVersion } = await timed(say, how, () =>
      prepareNamespace(address, namespace, { withinMs: 30_000 }),
    ).catch((error: unknown) => {
      throw new CannotStart(`The Temporal server of TEMPORAL_ADDRESS cannot be used: ${messageOf(error)}`);
    });
    return { address, namespace, uiUrl: null, serverVersion, how, program: null };
  }

  const kept = findBuiltServer(env);
  if (kept !== null) return await withBuilt(kept, `Temporal ${kept.version}, built earlier`, options);

  const onPath = cliVersion('temporal', env);
  if (onPath !== null) return await withCli('temporal', `Temporal CLI ${onPath} on PATH`, options);

  const from = performance.now();
  say(
    'No Temporal server is kept here and no "temporal" is on PATH: trying to download the Temporal CLI (at most 3 minutes)',
  );
  const download = await downloadCli(env, state.family);
  if ('command' in download) return await withCli(download.command, 'Temporal CLI, downloaded', options);
  say(`Download: ${download.fault} (${((performance.now() - from) / 1000).toFixed(1)} s)`);

  say(
    'Building the Temporal server from its Go modules: about 7 minutes on two cores, once; it is kept for later starts',
  );
  let fault = 'no usable Go on PATH';
  try {
    const built = await buildServer(env, state.family, say);
    if (built !== null) return await withBuilt(built, `Temporal ${built.version}, built now`, options);
  } catch (error) {
    if (error instanceof CannotStart) throw error;
    fault = messageOf(error);
  }
  throw new CannotStart(
    [
      'There is no way to a Temporal server on this machine. Tried:',
      '  1. TEMPORAL_ADDRESS: not set',
      '  2. a server built earlier: none in the cache folder',
      '  3. "temporal" on PATH: not there',
      `  4. the download of @temporalio/testing: ${download.fault}`,
      `  5. building it with Go: ${fault}`,
      'Install one of: the Temporal CLI (https://docs.temporal.io/cli), or Go 1.26.8 or later (https://go.dev/dl); ' +
        'or set TEMPORAL_ADDRESS to a running server.',
    ].join('\n'),
  );
}

async function withBuilt(built: BuiltServer, how: string, options: TemporalOptions): Promise<Temporal> {
  const server = { ...options, built };
  return await timed(options.say, how, async () => {
    const { program, address } = await startBuiltServer(server);
    const serverVersion = await untilUsable(program, address, options.namespace);
    const uiUrl = await startBuiltUi(server, address);
    return { address, namespace: options.namespace, uiUrl, serverVersion, how, program };
  });
}

async function withCli(command: string, how: string, options: TemporalOptions): Promise<Temporal> {
  return await timed(options.say, how, async () => {
    const { program, address, uiUrl } = await startCli(command, options);
    const serverVersion = await untilUsable(program, address, options.namespace);
    return { address, namespace: options.namespace, uiUrl, serverVersion, how, program };
  });
}

async function untilUsable(program: Running, address: string, namespace: string): Promise<string> {
  const giveUp = () => whyEnded(program);
  try {
    return (await prepareNamespace(address, namespace, { withinMs: 90_000, giveUp })).serverVersion;
  } catch (error) {
    throw new CannotStart(`${messageOf(error)}\nMore is in ${program.logFile}`);
  }
}
