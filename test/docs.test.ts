import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pages } from '../docs/generate.ts';
import { deadlines } from '../docs/pages/supervision-item.ts';
import type { DeadlineKind } from '../domain/deadline.ts';
import { anyLife, live } from './domain/any-life.ts';

for (const [name, made] of Object.entries(pages)) {
  test(`docs/${name} is what its tables say (otherwise: npm run docs)`, async () => {
    const committed = await readFile(new URL(`../docs/${name}`, import.meta.url), 'utf8');
    expect(committed).toBe(made());
  });
}

test('the commands that set each deadline are those of the page', { timeout: 60_000 }, () => {
  const seen = new Map<DeadlineKind, Set<string>>();
  for (const life of fc.sample(anyLife, { numRuns: 600, seed: 58 })) {
    live(life, ({ command, events }) => {
      for (const { arms = [], type } of events) {
        if (type === 'replanned' || command === null) continue;
        for (const { kind } of arms) seen.set(kind, (seen.get(kind) ?? new Set()).add(command.command));
      }
    });
  }
  for (const [kind, { set_by }] of Object.entries(deadlines)) {
    expect([kind, ...[...(seen.get(kind as DeadlineKind) ?? [])].toSorted()]).toEqual([
      kind,
      ...set_by.toSorted(),
    ]);
  }
});
