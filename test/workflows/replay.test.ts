/** Fault 19: whatever a release has recorded replays on the code as it is now. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { logTemporalThrough } from '../../worker-assembly.ts';
import * as workflows from '../../workflows/index.ts';
import { workflowBundle } from '../support/bundle.ts';
import { historyFrom, replay, type Remembered } from '../support/replay.ts';
import { withShortRuns } from './short-runs-bundle.ts';

// A replay that fails, as one below must, is told of by its outcome.
logTemporalThrough(pino({ level: 'silent' }));

const histories = join(import.meta.dirname, '../histories');

type Recorded = Remembered & { readonly type: string };

const recorded: Recorded[] = [];
for (const file of (await readdir(histories, { recursive: true }))
  .filter((name) => name.endsWith('.json'))
  .toSorted()) {
  const history = historyFrom(JSON.parse(await readFile(join(histories, file), 'utf8')) as object);
  const type = history.events?.[0]?.workflowExecutionStartedEventAttributes?.workflowType?.name ?? '';
  recorded.push({ workflowId: file, type, history });
}

test('every recorded history replays', async () => {
  const outcomes = await replay({ workflowBundle: await workflowBundle() }, recorded);
  expect(Object.fromEntries(outcomes)).toEqual(
    Object.fromEntries(recorded.map(({ workflowId }) => [workflowId, null])),
  );
});

/** Workflow types without a history to hold them to, and histories without a workflow. */
function unmatched(types: readonly string[], histories: readonly Recorded[]): string[] {
  const known = new Set(histories.map(({ type }) => type));
  return [
    ...types.filter((type) => !known.has(type)).map((type) => `${type}: no history`),
    ...[...known].filter((type) => !types.includes(type)).map((type) => `${type}: no workflow`),
  ];
}

test('every workflow has a recorded history, and none that was recorded is forgotten', () => {
  expect(unmatched(Object.keys(workflows), recorded)).toEqual([]);
});

test('a workflow whose histories are missing, or that has been taken away, is noticed', () => {
  for (const type of Object.keys(workflows)) {
    const others = recorded.filter((one) => one.type !== type);
    expect(unmatched(Object.keys(workflows), others)).toEqual([`${type}: no history`]);
    expect(
      unmatched(
        Object.keys(workflows).filter((one) => one !== type),
        recorded,
      ),
    ).toEqual([`${type}: no workflow`]);
  }
});

test('every release has left its histories', () => {
  const releases = new Set(recorded.map(({ workflowId }) => workflowId.split('/')[0]));
  expect([...releases]).toEqual(['0.1.0', '0.2.0', '0.3.0', '0.4.0']);
});

test('a replay notices code that would have done something else', async () => {
  const long = recorded.filter(({ history }) => (history.events?.length ?? 0) > 1_000);
  const outcomes = await replay(await withShortRuns(), long);
  expect(outcomes.size).toBeGreaterThan(0);
  for (const outcome of outcomes.values()) expect(outcome).toMatch(/TMPRL1100|[Nn]ondeterminis/);
});
