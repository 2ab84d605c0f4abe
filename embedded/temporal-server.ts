import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CannotStart, type Say } from './cannot-start.ts';
import type { Postgres } from './postgres.ts';
import { lastLines, type Running } from './process-family.ts';
import type { StateFolder } from './state-folder.ts';
import type { BuiltServer } from './temporal-build.ts';
import { writeWhole } from './whole-file.ts';

export type ServerOptions = {
  readonly built: BuiltServer;
  readonly state: StateFolder;
  readonly postgres: Postgres;
  readonly namespace: string;
  /** Only for demonstration and tests: the time of a single process can be moved forward. */
  readonly timeSkipping: boolean;
  readonly say: Say;
};

/** `uiUrl` where the server brings the Temporal UI itself. */
export type Started = { readonly program: Running; readonly address: string; readonly uiUrl?: string };

const databases = { default: 'temporal', visibility: 'temporal_visibility' } as const;

/** Can never be changed afterwards; a city on one machine needs no more. */
const historyShards = 4;

export async function startBuiltServer(options: ServerOptions): Promise<Started> {
  const { built, state, postgres } = options;
  await prepareDatabases(built, postgres);
  const names = ['frontend', 'history', 'matching', 'worker'] as const;
  const services: Record<
    string,
    { rpc: { grpcPort: number; membershipPort: number; bindOnLocalHost: true } }
  > = {};
  for (const name of names) {
    const grpcPort = await state.ports.take(`temporal-${name}`);
    const membershipPort = await state.ports.take(`temporal-${name}-membership`);
    services[name] = { rpc: { grpcPort, membershipPort, bindOnLocalHost: true } };
  }
  const address = `127.0.0.1:${services['frontend']?.rpc.grpcPort}`;
  const dynamicFile = state.file('temporal-dynamic.yaml');
  writeWhole(dynamicFile, dynamicConfig(options.timeSkipping));
  const configFile = state.file('temporal.yaml');
  // JSON is YAML too.
  writeWhole(configFile, JSON.stringify(serverConfig(services, address, dynamicFile, postgres), null, 2));
  const program = state.family.start({
    name: 'temporal-server',
    command: built.server,
    args: ['--config-file', configFile, '--allow-no-auth', 'start'],
    env: { TZ: 'UTC' },
    stopSignal: 'SIGTERM',
  });
  return { program, address };
}

/** The UI is a convenience: that it cannot start is said, and nothing else fails. */
export async function startBuiltUi(options: ServerOptions, address: string): Promise<string | null> {
  const { built, state, namespace, say } = options;
  if (built.ui === null) return null;
  const port = await state.ports.take('temporal-ui');
  const folder = state.file('temporal-ui');
  mkdirSync(folder, { recursive: true });
  const url = `http://127.0.0.1:${port}`;
  const settings = {
    temporalGrpcAddress: address,
    host: '127.0.0.1',
    port,
    enableUi: true,
    defaultNamespace: namespace,
    disableNewsFetch: true,
    cors: { cookieInsecure: true, allowOrigins: [url] },
  };
  writeWhole(join(folder, 'dukao.yaml'), JSON.stringify(settings, null, 2));
  const program = state.family.start({
    name: 'temporal-ui',
    command: built.ui,
    args: ['--root', folder, '--config', '.', '--env', 'dukao', 'start'],
    env: { TZ: 'UTC' },
    stopSignal: 'SIGTERM',
  });
  void program.whenEnded.then((how) => {
    if (how !== 'ended by SIGTERM' && how !== 'ended with code 0') say(`Temporal UI ${how}`);
  });
  return url;
}

export function dynamicSettings(timeSkipping: boolean): Readonly<Record<string, number | boolean | string>> {
  return {
    // One machine, one worker: more partitions only spread the queues thin.
    'matching.numTaskqueueReadPartitions': 1,
    'matching.numTaskqueueWritePartitions': 1,
    // A namespace made at the first start is then usable at once.
    'system.namespaceCacheRefreshInterval': '1s',
    'frontend.namespaceRPS.visibility': 100,
    ...(timeSkipping
      ? {
          'frontend.WorkflowTimeSkippingEnabled': true,
          // The name that newer servers know it by.
          'system.workflowTimeSkippingEnabled': true,
          'frontend.WorkflowTimeSkippingMaxSkipPerSession': 2000,
          // How far clocks of several hosts may differ, by default 1 s: a timer that is due at once waits as long.
          'history.timerProcessorMaxTimeShift': '20ms',
        }
      : {}),
  };
}

function dynamicConfig(timeSkipping: boolean): string {
  const settings = Object.entries(dynamicSettings(timeSkipping)).map(([key, value]) => [key, [{ value }]]);
  return JSON.stringify(Object.fromEntries(settings), null, 2);
}

/** Both steps do nothing when there is nothing to do; a newer server brings an older schema up to date. */
async function prepareDatabases(built: BuiltServer, postgres: Postgres): Promise<void> {
  for (const [kind, database] of Object.entries(databases)) {
    const { host, port, user, password } = partsOf(await postgres.ensureDatabase(database));
    const tool = (...args: string[]) =>
      spawnSync(
        built.sqlTool,
        ['--plugin', 'postgres12', '--ep', host, '-p', port, '-u', user, '--db', database, ...args],
        { encoding: 'utf8', env: { SQL_PASSWORD: password } },
      );
    const schema = `postgresql/v12/${kind === 'default' ? 'temporal' : 'visibility'}`;
    const steps = [
      ['setup-schema', '-v', '0.0'],
      ['update-schema', '--schema-name', schema],
    ];
    for (const step of steps) {
      const done = tool(...step);
      if (done.status !== 0) {
        throw new CannotStart(
          `The schema of Temporal's database ${database} could not be made (${step[0]}): ${
            done.error?.message ?? `${done.stdout}${done.stderr}`.trim().split('\n').slice(-3).join(' ')
          }`,
        );
      }
    }
  }
}

function serverConfig(services: object, address: string, dynamicFile: string, postgres: Postgres): object {
  const store = (database: string, maxConns: number) => {
    const { host, port, user, password } = partsOf(postgres.url(database));
    return {
      sql: {
        pluginName: 'postgres12',
        databaseName: database,
        connectAddr: `${host}:${port}`,
        connectProtocol: 'tcp',
        user,
        password,
        maxConns,
        maxIdleConns: maxConns,
        maxConnLifetime: '1h',
      },
    };
  };
  return {
    log: { stdout: true, level: 'warn' },
    persistence: {
      defaultStore: 'default',
      visibilityStore: 'visibility',
      numHistoryShards: historyShards,
      datastores: { default: store(databases.default, 20), visibility: store(databases.visibility, 10) },
    },
    global: { membership: { maxJoinDuration: '30s', broadcastAddress: '127.0.0.1' } },
    services,
    clusterMetadata: {
      enableGlobalNamespace: false,
      failoverVersionIncrement: 10,
      masterClusterName: 'active',
      currentClusterName: 'active',
      clusterInformation: {
        active: { enabled: true, initialFailoverVersion: 1, rpcName: 'frontend', rpcAddress: address },
      },
    },
    publicClient: { hostPort: address },
    dcRedirectionPolicy: { policy: 'noop' },
    archival: { history: { state: 'disabled' }, visibility: { state: 'disabled' } },
    namespaceDefaults: { archival: { history: { state: 'disabled' }, visibility: { state: 'disabled' } } },
    dynamicConfigClient: { filepath: dynamicFile, pollInterval: '10s' },
  };
}

function partsOf(address: string): { host: string; port: string; user: string; password: string } {
  const url = new URL(address);
  return {
    host: url.hostname,
    port: url.port === '' ? '5432' : url.port,
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
  };
}

export const whyEnded = (program: Running): string | null => {
  const ending = program.ended();
  return ending === null ? null : `${program.name} ${ending}\n${lastLines(program.logFile)}`;
};
