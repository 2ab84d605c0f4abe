import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { waitUntil } from '../../embedded/ports.ts';
import { processStart } from '../../embedded/process-family.ts';
import { startStack, type Stack, type StackOptions } from '../../embedded/stack.ts';
import { temporaryHome } from './temporary-home.ts';

const parentScript = join(import.meta.dirname, 'stack-parent.ts');

async function start(options: StackOptions): Promise<Stack> {
  const stack = await startStack({ timeSkipping: true, durable: false, ...options });
  onTestFinished(() => stack.stop());
  return stack;
}

type Where = Pick<Stack, 'temporalAddress' | 'temporalNamespace'>;

async function startParent(
  home: string,
): Promise<Where & { readonly parent: ChildProcess; readonly databaseUrl: string }> {
  const parent = spawn(process.execPath, [parentScript, home], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(async () => {
    if (parent.exitCode !== null || parent.signalCode !== null) return;
    parent.stdin.end();
    await once(parent, 'exit');
  });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  return { parent, ...(JSON.parse(line.toString()) as Where & { databaseUrl: string }) };
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function withClient<T>(stack: Where, work: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address: stack.temporalAddress });
  try {
    return await work(new Client({ connection, namespace: stack.temporalNamespace }));
  } finally {
    await connection.close();
  }
}

const startSomething = (stack: Where, workflowId: string) =>
  withClient(stack, (client) =>
    client.workflow.start('nobody-runs-it', {
      workflowId,
      taskQueue: 'nobody',
    }),
  );

const statusOf = (stack: Where, workflowId: string) =>
  withClient(stack, async (client) => (await client.workflow.getHandle(workflowId).describe()).status.name);

const programsOf = (home: string): { pid: number }[] =>
  JSON.parse(readFileSync(join(home, 'processes.json'), 'utf8')) as { pid: number }[];

const stillRunning = (programs: readonly { pid: number }[]) =>
  programs.filter(({ pid }) => processStart(pid) !== null);

describe('the embedded stack', { timeout: 60_000 }, () => {
  test('stopped and started again it has everything, at the addresses it had, and no program stays behind', async () => {
    const home = temporaryHome();
    const first = await start({ home });
    const url = await first.ensureDatabase('city');
    expect(await first.ensureDatabase('city')).toBe(url);
    await query(url, `CREATE TABLE kept AS SELECT '督考' AS word`);
    await startSomething(first, 'kept');
    const programs = programsOf(home);
    expect(programs).toHaveLength(3);
    expect(first.timeSkipping).toBe(true);
    await first.stop();
    expect(stillRunning(programs)).toEqual([]);

    const second = await start({ home });
    expect(second.temporalAddress).toBe(first.temporalAddress);
    expect(await query(second.databaseUrl('city'), 'SELECT word FROM kept')).toEqual([{ word: '督考' }]);
    expect(await statusOf(second, 'kept')).toBe('RUNNING');
    expect((await fetch(second.uiUrl ?? '')).status).toBe(200);
    await second.stop();

    const said: string[] = [];
    const third = await start({ home, fresh: true, say: (line) => said.push(line) });
    expect(said[0]).toMatch(/begins anew$/);
    await expect(statusOf(third, 'kept')).rejects.toThrow(/not found/i);
  });

  test('fault 30: a killed parent leaves programs; the next start ends them, and nothing is lost', async () => {
    const home = temporaryHome();
    const { parent, databaseUrl, ...where } = await startParent(home);
    await query(databaseUrl, `CREATE TABLE kept AS SELECT '督考' AS word`);
    await startSomething(where, 'before');
    const left = programsOf(home);
    expect(stillRunning(left)).toHaveLength(3);
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    expect(stillRunning(left)).toHaveLength(3);

    const said: string[] = [];
    const stack = await start({ home, say: (line) => said.push(line) });
    expect(stillRunning(left)).toEqual([]);
    expect(said.filter((line) => line.includes('left over'))).toHaveLength(3);
    expect(await query(stack.databaseUrl('city'), 'SELECT word FROM kept')).toEqual([{ word: '督考' }]);
    expect(await statusOf(stack, 'before')).toBe('RUNNING');
    await startSomething(stack, 'after');
    expect(await statusOf(stack, 'after')).toBe('RUNNING');
  });

  test('fault 30: a second start on the same folder refuses, and the first goes on', async () => {
    const home = temporaryHome();
    await startParent(home);
    const programs = programsOf(home);
    await expect(startStack({ home })).rejects.toThrow(
      `Another start already uses the state folder ${home}. Stop it first, or set DUKAO_HOME to another folder.`,
    );
    expect(stillRunning(programs)).toEqual(programs);
  });

  test('a PostgreSQL killed with its parent, whose pid now belongs to somebody else, starts again', async () => {
    const home = temporaryHome();
    const first = await start({ home });
    const postgres = first.programs.postgres?.pid ?? 0;
    const pidFile = join(home, 'postgres', 'postmaster.pid');
    const lines = readFileSync(pidFile, 'utf8').split('\n');
    process.kill(postgres, 'SIGKILL');
    expect(await first.whenBroken).toMatch(/^postgres ended by SIGKILL/);
    await first.stop();
    writeFileSync(pidFile, [String(process.pid), ...lines.slice(1)].join('\n'));

    const second = await start({ home });
    expect(await query(second.databaseUrl('postgres'), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test('either program can be ended and come back under a running stack', async () => {
    const stack = await start({ home: temporaryHome() });
    await startSomething(stack, 'kept');
    await stack.programs.temporal?.stop();
    await stack.programs.postgres?.stop();
    await expect(query(stack.databaseUrl('postgres'), 'SELECT 1')).rejects.toThrow('ECONNREFUSED');
    stack.programs.postgres?.again();
    // Temporal looks at its tables once as it starts, and ends when they are not there yet.
    await waitUntil('PostgreSQL', () => query(stack.databaseUrl('postgres'), 'SELECT 1'), {
      withinMs: 30_000,
    });
    stack.programs.temporal?.again();
    const status = await waitUntil('Temporal', () => statusOf(stack, 'kept'), { withinMs: 30_000 });
    expect(status).toBe('RUNNING');
    await stack.stop();
    expect(programsOf(stack.state.path)).toEqual([]);
  });

  test('DATABASE_URL and TEMPORAL_ADDRESS are used as they are, and nothing is started', async () => {
    const given = await start({ home: temporaryHome() });
    const said: string[] = [];
    const other = await start({
      home: temporaryHome(),
      databaseUrl: given.databaseUrl('postgres'),
      temporalAddress: given.temporalAddress,
      temporalNamespace: 'another',
      say: (line) => said.push(line),
    });
    expect(other.programs).toEqual({ postgres: null, temporal: null });
    expect(said).toHaveLength(2);
    await startSomething(other, 'in-the-other-namespace');
    await other.stop();
    await expect(statusOf(given, 'in-the-other-namespace')).rejects.toThrow(/not found/i);
  });

  test('an address where nobody answers is said in one sentence', async () => {
    await expect(
      startStack({ home: temporaryHome(), databaseUrl: 'postgres://nobody@127.0.0.1:1/none' }),
    ).rejects.toThrow(/^The database of DATABASE_URL does not answer: .*ECONNREFUSED/);
  });

  test('a start that is ended in the middle leaves nothing running', async () => {
    const home = temporaryHome();
    const ending = new AbortController();
    const say = (line: string) => {
      if (line.startsWith('PostgreSQL')) ending.abort();
    };
    await expect(startStack({ home, durable: false, say, signal: ending.signal })).rejects.toThrow(
      'Stopped before everything was up',
    );
    expect(programsOf(home)).toEqual([]);
  });
});
