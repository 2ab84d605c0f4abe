/** The modules of the workflows are evaluated once for all workflows of a worker (worker-assembly.ts): they may keep nothing of any one. */
import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

/** What stands at the left edge belongs to the module. */
const kept = [
  /^(export )?(let|var)\b/,
  /^(export )?const \w+(: (?!readonly|Readonly)[^=]+)? = (new (Map|Set|WeakMap|WeakSet)(<[^(]*>)?\(\)|\[\]|\{\})/,
  /^(export )?const \w+ = \/.*\/\w*[gy]\w*;/,
];

test.for(['workflows', 'domain'])('no module of %s/ keeps anything that changes', async (room) => {
  const folder = new URL(`../${room}/`, import.meta.url);
  const files = (await readdir(folder)).filter((name) => name.endsWith('.ts'));
  expect(files.length).toBeGreaterThan(10);
  const found: string[] = [];
  for (const file of files)
    for (const line of (await readFile(new URL(file, folder), 'utf8')).split('\n'))
      if (kept.some((pattern) => pattern.test(line))) found.push(`${room}/${file}: ${line}`);
  expect(found).toEqual([]);
});

test.for(['let count = 0;', 'export const seen = new Map<string, number>();', 'const cache: string[] = [];'])(
  'it would find %s',
  (line) => {
    expect(kept.some((pattern) => pattern.test(line))).toBe(true);
  },
);
