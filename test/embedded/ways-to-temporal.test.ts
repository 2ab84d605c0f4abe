import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { inheritedEnvironment } from '../../config.ts';
import { startStack, type Stack } from '../../embedded/stack.ts';
import { cacheFolder, findBuiltServer } from '../../embedded/temporal-build.ts';
import { temporaryHome } from './temporary-home.ts';

const env = inheritedEnvironment();

/** The last version that `go install` takes. Built once (two minutes), then kept beside the built server. */
const cliVersion = '1.5.1';
const cliFolder = join(cacheFolder(env), `temporal-cli-${cliVersion}`);

function cliIsThere(): boolean {
  if (existsSync(join(cliFolder, 'temporal'))) return true;
  mkdirSync(cliFolder, { recursive: true });
  const source = `github.com/temporalio/cli/cmd/temporal@v${cliVersion}`;
  const flags = ['-buildvcs=false', '-trimpath', '-ldflags=-s -w'];
  return spawnSync('go', ['install', ...flags, source], { env: { ...env, GOBIN: cliFolder } }).status === 0;
}

async function startSomething(stack: Stack, workflowId: string): Promise<void> {
  const connection = await Connection.connect({ address: stack.temporalAddress });
  const client = new Client({ connection, namespace: stack.temporalNamespace });
  await client.workflow.start('nobody-runs-it', { workflowId, taskQueue: 'nobody' });
  await connection.close();
}

const offline = () => {
  vi.stubGlobal('fetch', () => Promise.reject(new Error('offline')));
  onTestFinished(() => void vi.unstubAllGlobals());
};

describe('the ways to a Temporal server', () => {
  test('a server built earlier comes before the CLI on PATH', { timeout: 60_000 }, async ({ skip }) => {
    skip(findBuiltServer(env) === null, 'none is kept here');
    const said: string[] = [];
    const stack = await startStack({
      home: temporaryHome(),
      durable: false,
      say: (line) => said.push(line),
      env: { ...env, PATH: `${cliFolder}:${env['PATH']}` },
    });
    onTestFinished(() => stack.stop());
    expect(stack.how).toMatch(/^Temporal [0-9.]+, built earlier$/);
    expect(stack.timeSkipping).toBe(false);
    expect(said.filter((line) => line.startsWith('Temporal'))).toEqual([
      expect.stringMatching(/^Temporal [0-9.]+, built earlier: ready in [0-9.]+ s$/),
    ]);
  });

  test('"temporal" on PATH keeps its state too', { timeout: 900_000 }, async ({ skip }) => {
    skip(!cliIsThere(), 'no CLI and no Go to build it with');
    const home = temporaryHome();
    const options = {
      home,
      durable: false,
      timeSkipping: true,
      env: { ...env, PATH: cliFolder, XDG_CACHE_HOME: temporaryHome() },
    };
    const first = await startStack(options);
    onTestFinished(() => first.stop());
    expect(first.how).toMatch(/^Temporal CLI \S+ on PATH$/);
    // A server of 1.29: it says so instead of failing at the first journey.
    expect(first.timeSkipping).toBe(false);
    await startSomething(first, 'kept');
    await first.stop();

    const second = await startStack(options);
    onTestFinished(() => second.stop());
    await expect(startSomething(second, 'kept')).rejects.toThrow(/already/i);
    expect((await fetch(second.uiUrl ?? '')).status).toBe(200);
    await second.stop();

    // A server built meanwhile would come first, but knows nothing of what is in this folder.
    const third = await startStack({ ...options, env: { ...env, PATH: cliFolder } });
    onTestFinished(() => third.stop());
    expect(third.how).toBe(second.how);
  });

  test('without any way it says what was tried and what to install', { timeout: 60_000 }, async () => {
    offline();
    const nothing = { PATH: temporaryHome(), XDG_CACHE_HOME: temporaryHome() };
    const refusal = startStack({ home: temporaryHome(), durable: false, env: nothing });
    await expect(refusal).rejects.toThrow(
      [
        'There is no way to a Temporal server on this machine. Tried:',
        '  1. TEMPORAL_ADDRESS: not set',
        '  2. a server built earlier: none in the cache folder',
        '  3. "temporal" on PATH: not there',
        '  4. the download of @temporalio/testing: temporal.download cannot be reached (offline)',
        '  5. building it with Go: no usable Go on PATH',
        'Install one of: the Temporal CLI (https://docs.temporal.io/cli), or Go 1.26.8 or later (https://go.dev/dl); ' +
          'or set TEMPORAL_ADDRESS to a running server.',
      ].join('\n'),
    );
  });
});
