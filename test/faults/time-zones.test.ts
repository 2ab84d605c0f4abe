/** Fault 21: what the machine takes for its time zone makes no difference: the rules with all their properties, and a story on the whole system. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, onTestFinished, test } from 'vitest';

const project = new URL('../../', import.meta.url).pathname;

test.for(['UTC', 'Asia/Shanghai', 'America/Chicago'])(
  'fault 21: the same rules and the same story in %s',
  { timeout: 240_000 },
  async (zone) => {
    const folder = await mkdtemp(join(tmpdir(), 'dukao-zone-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const stack = join(folder, 'stack.json');
    const [postgres, temporal, namespace] = [
      inject('postgresUrl'),
      inject('temporalAddress'),
      inject('temporalNamespace'),
    ];
    await writeFile(stack, JSON.stringify({ postgres, temporal, namespace }));
    const files = ['test/domain/', 'test/smoke/rule-710.test.ts'];
    const { code, said } = await vitest(['--project', 'pure', '--project', 'system', ...files], {
      TZ: zone,
      DUKAO_TEST_STACK: stack,
    });
    expect(code, said).toBe(0);
    const rooms = ['domain/calendar', 'domain/supervision-item.property', 'domain/indicator-task.property'];
    for (const room of [...rooms, 'smoke/rule-710']) expect(said).toContain(`test/${room}.test.ts`);
  },
);

/** A run of its own: what this one has set for itself must not reach it. */
async function vitest(args: readonly string[], settings: Readonly<Record<string, string>>) {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(VITEST|NODE_OPTIONS|TZ$|DUKAO_)/.test(name),
  );
  const child = spawn(
    process.execPath,
    [
      join(project, 'node_modules/vitest/vitest.mjs'),
      'run',
      '--reporter=verbose',
      '--no-color',
      '--maxWorkers=1',
      // One zone for all files: what one has imported the next need not.
      '--no-isolate',
      ...args,
    ],
    { cwd: project, env: { ...Object.fromEntries(kept), ...settings }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => (said += text.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, said };
}
