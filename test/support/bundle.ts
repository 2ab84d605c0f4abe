/** The workflows, bundled once for a whole test run and read from a file by every test process. */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';
import { preloadModules, workflowsPath } from '../../worker-assembly.ts';

export async function workflowBundle(): Promise<{ codePath: string }> {
  const folder = join(tmpdir(), 'dukao-test-bundles');
  await mkdir(folder, { recursive: true });
  const codePath = join(folder, `${await fingerprint()}.js`);
  if (!existsSync(codePath)) {
    const { code } = await bundleWorkflowCode({ workflowsPath, preloadModules });
    const draft = `${codePath}.${randomUUID()}`;
    await writeFile(draft, code);
    await rename(draft, codePath);
  }
  return { codePath };
}

async function fingerprint(): Promise<string> {
  const hash = createHash('sha256').update(preloadModules.join());
  for (const room of ['domain', 'workflows']) {
    const folder = new URL(`../../${room}/`, import.meta.url);
    for (const file of (await readdir(folder)).filter((name) => name.endsWith('.ts')).toSorted()) {
      hash.update(file).update(await readFile(new URL(file, folder)));
    }
  }
  return hash.digest('hex').slice(0, 16);
}
