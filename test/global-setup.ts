/**
 * One stack for all tests that need one. DUKAO_TEST_STACK names a JSON file
 * `{postgres, temporal, namespace}` of a stack that runs already; else one is started and stopped here.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { CannotStart } from '../embedded/cannot-start.ts';
import { startStack, type Stack } from '../embedded/stack.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The address of a database on the server, with the right to create others. */
    postgresUrl: string;
    temporalAddress: string;
    temporalNamespace: string;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const running = process.env['DUKAO_TEST_STACK'];
  if (running !== undefined) {
    const given = JSON.parse(await readFile(running, 'utf8')) as Record<
      'postgres' | 'temporal' | 'namespace',
      string
    >;
    project.provide('postgresUrl', given.postgres);
    project.provide('temporalAddress', given.temporal);
    project.provide('temporalNamespace', given.namespace);
    return () => Promise.resolve();
  }
  const stack = await start();
  project.provide('postgresUrl', stack.databaseUrl('postgres'));
  project.provide('temporalAddress', stack.temporalAddress);
  project.provide('temporalNamespace', stack.temporalNamespace);
  return () => stack.stop();
}

/** The same folder every time, so that a killed run's leftovers are cleaned up; another when it is in use. */
async function start(): Promise<Stack> {
  const project = createHash('sha256')
    .update(import.meta.dirname)
    .digest('hex')
    .slice(0, 8);
  const home = join(tmpdir(), `dukao-test-${process.getuid?.() ?? 0}-${project}`);
  const options = { fresh: true, timeSkipping: true, durable: false };
  try {
    return await startStack({ ...options, home });
  } catch (error) {
    if (!(error instanceof CannotStart)) throw error;
    return await startStack({ ...options, home: `${home}-${process.pid}` });
  }
}
