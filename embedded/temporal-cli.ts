import { spawnSync } from 'node:child_process';
import type { StateFolder } from './state-folder.ts';
import { dynamicSettings, type Started } from './temporal-server.ts';

type CliOptions = {
  readonly state: StateFolder;
  readonly namespace: string;
  readonly timeSkipping: boolean;
  readonly env: NodeJS.ProcessEnv;
};

/** `temporal server start-dev`: one program with its own SQLite file and the UI inside. */
export async function startCli(
  command: string,
  { state, namespace, timeSkipping, env }: CliOptions,
): Promise<Started> {
  const port = await state.ports.take('temporal-frontend');
  const uiPort = await state.ports.take('temporal-ui');
  const dynamic = Object.entries(dynamicSettings(timeSkipping)).flatMap(([key, value]) => [
    '--dynamic-config-value',
    `${key}=${JSON.stringify(value)}`,
  ]);
  const flags = {
    '--ip': '127.0.0.1',
    '--port': String(port),
    '--ui-port': String(uiPort),
    '--db-filename': state.file('temporal.db'),
    '--namespace': namespace,
    '--log-level': 'warn',
  };
  const program = state.family.start({
    name: 'temporal-cli',
    command,
    args: ['server', 'start-dev', ...Object.entries(flags).flat(), ...dynamic],
    env: { ...env, TZ: 'UTC' },
    stopSignal: 'SIGTERM',
  });
  return { program, address: `127.0.0.1:${port}`, uiUrl: `http://127.0.0.1:${uiPort}` };
}

/** The version it answers with, or null when there is no such program. */
export function cliVersion(command: string, env: NodeJS.ProcessEnv): string | null {
  const answer = spawnSync(command, ['--version'], { env, encoding: 'utf8', timeout: 10_000 });
  if (answer.status !== 0) return null;
  return answer.stdout.match(/[0-9]+\.[0-9]+\.[0-9]+\S*/)?.[0] ?? 'of unknown version';
}
