/** Starts a worker that will end itself with SIGKILL, or that the test kills, and waits until it has. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { workflowBundle } from '../support/bundle.ts';
import type { World } from '../support/world.ts';
import type { DyingWorker } from './worker-process.ts';

const program = new URL('./worker-process.ts', import.meta.url).pathname;

/** Resolves when the worker is about to take up work; `dead` when it has killed itself. */
export async function startDyingWorker(
  city: Pick<World, 'workerSurroundings' | 'standIn'>,
  dies: DyingWorker['dies'],
): Promise<{ readonly dead: Promise<void>; readonly kill: () => Promise<void> }> {
  const { databaseUrl, temporal, taskQueues } = city.workerSurroundings;
  const parts: DyingWorker = {
    databaseUrl,
    temporal,
    taskQueues,
    gatewayEndpoint: city.standIn.endpoint,
    bundle: (await workflowBundle()).codePath,
    dies,
  };
  const child = spawn(process.execPath, [program, JSON.stringify(parts)], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const said: string[] = [];
  child.stderr?.on('data', (text: Buffer) => void said.push(text.toString()));
  const dead = once(child, 'exit').then(([code, signal]) => {
    if (signal !== 'SIGKILL')
      throw new Error(`the worker ended by itself (${String(code)}): ${said.join('')}`);
  });
  dead.catch(() => undefined);
  await Promise.race([once(child, 'message'), dead]);
  return {
    dead,
    async kill() {
      child.kill('SIGKILL');
      await dead;
    },
  };
}
