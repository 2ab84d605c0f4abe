import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pages } from '../docs/generate.ts';
import { deadlines as taskDeadlines } from '../docs/pages/indicator-task.ts';
import { refusalsOf } from '../docs/pages/refusals.ts';
import { deadlines as itemDeadlines } from '../docs/pages/supervision-item.ts';
import { nameOf, periodOf, type DeadlineKind } from '../domain/deadline.ts';
import type { EventFrame } from '../domain/process.ts';
import { anyLife, live } from './domain/any-life.ts';
import { anyTaskLife, live as liveTask } from './domain/any-task-life.ts';

for (const [name, made] of Object.entries(pages)) {
  test(`docs/${name} is what its tables say (otherwise: npm run docs)`, async () => {
    const committed = await readFile(new URL(`../docs/${name}`, import.meta.url), 'utf8');
    expect(committed).toBe(made());
  });
}

type Step = { readonly command: string | null; readonly events: readonly EventFrame[] };

/** By each deadline's name, the commands whose events have set it, except that the system planned anew. */
function setBy(lives: (watch: (step: Step) => void) => void): Readonly<Record<string, readonly string[]>> {
  const seen: Record<string, string[]> = {};
  lives(({ command, events }) => {
    if (command === null) return;
    for (const { kind } of events.flatMap(({ by, arms = [] }) => (by.kind === 'person' ? arms : []))) {
      const commands = (seen[nameInPage(kind)] ??= []);
      if (!commands.includes(command)) commands.push(command);
    }
  });
  return seen;
}

/** A period's review is another deadline than that of the whole. */
const nameInPage = (kind: DeadlineKind) => (periodOf(kind) === null ? kind : `${nameOf(kind)}/…`);

const inOrder = (sets: Readonly<Record<string, readonly string[]>>) =>
  Object.fromEntries(Object.entries(sets).map(([name, commands]) => [name, commands.toSorted()]));

const ofPage = (rows: Readonly<Record<string, { readonly set_by: readonly string[] }>>) =>
  inOrder(
    Object.fromEntries(
      Object.entries(rows).flatMap(([name, { set_by }]) => (set_by.length === 0 ? [] : [[name, set_by]])),
    ),
  );

test(
  'a page names every refusal that any life meets, and none of the other process alone',
  { timeout: 60_000 },
  () => {
    const item = refusalsOf('domain/supervision-item.ts');
    const task = refusalsOf('domain/indicator-task.ts');
    const met = { item: new Set<string>(), task: new Set<string>() };
    for (const life of fc.sample(anyLife, { numRuns: 300, seed: 58 }))
      live(life, ({ refusal }) => refusal !== null && met.item.add(refusal));
    for (const life of fc.sample(anyTaskLife, { numRuns: 300, seed: 58 }))
      liveTask(life, ({ refusal }) => refusal !== null && met.task.add(refusal));
    expect(item).toEqual(expect.arrayContaining([...met.item]));
    expect(task).toEqual(expect.arrayContaining([...met.task]));
    expect(item).not.toContain('period_unknown');
    expect(task).not.toContain('extension_too_late');
  },
);

test('the commands that set each deadline of an item are those of the page', { timeout: 60_000 }, () => {
  const seen = setBy((watch) => {
    for (const life of fc.sample(anyLife, { numRuns: 600, seed: 58 }))
      live(life, ({ command, events }) => watch({ command: command?.command ?? null, events }));
  });
  expect(inOrder(seen)).toEqual(ofPage(itemDeadlines));
});

test('the commands that set each deadline of a task are those of the page', { timeout: 60_000 }, () => {
  const seen = setBy((watch) => {
    for (const life of fc.sample(anyTaskLife, { numRuns: 600, seed: 58 }))
      liveTask(life, ({ command, events }) => watch({ command: command?.command ?? null, events }));
  });
  expect(inOrder(seen)).toEqual(ofPage(taskDeadlines));
});
