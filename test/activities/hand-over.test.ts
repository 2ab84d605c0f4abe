import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createDesk, type Desk } from '../../activities/hand-over.ts';
import type { HandOver } from '../../db/hand-overs.ts';
import { instant } from '../../domain/time.ts';

const notice = (person_id: string, id: string): HandOver => ({
  id,
  person_id,
  level: 'notice',
  at: instant(0),
});

/** A desk whose messages arrive when the test says so, over a table that is a set of what is not handed over. */
function deskByHand(gather = { quietMs: 0, mostMs: 0 }) {
  const table = new Map<string, HandOver>();
  const sent: { told: string; arrive: () => void; fail: () => void }[] = [];
  const faults: unknown[] = [];
  const desk: Desk = createDesk({
    left: () => Promise.resolve([...table.values()]),
    mark: (ids) => {
      for (const id of ids) table.delete(id);
      return Promise.resolve();
    },
    tell: (person_id, told) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const line = `${person_id}: ${told.map(({ id }) => id).join(' ')}`;
      sent.push({ told: line, arrive: resolve, fail: () => reject(new Error('Temporal is away')) });
      return promise;
    },
    onFault: (fault) => faults.push(fault),
    gather,
    sweepEveryMs: null,
  });
  const commit = (...all: HandOver[]) => {
    for (const one of all) table.set(one.id, one);
    return all;
  };
  return { desk, sent, faults, table, commit, told: () => sent.map(({ told }) => told) };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});
const settle = () => vi.advanceTimersByTimeAsync(0);

test('with little to do everybody is told at once, and it is marked', async () => {
  const { desk, sent, told, commit, table } = deskByHand();
  desk.handOver(commit(notice('reporter', 'a'), notice('deputy', 'b')));
  await settle();
  expect(told()).toEqual(['reporter: a', 'deputy: b']);
  for (const { arrive } of sent) arrive();
  await settle();
  expect(table.size).toBe(0);
});

test('what comes for a person while a message to them is under way goes along with the next', async () => {
  const { desk, sent, told, commit } = deskByHand();
  desk.handOver(commit(notice('deputy', 'a')));
  await settle();
  desk.handOver(commit(notice('deputy', 'b')));
  desk.handOver(commit(notice('deputy', 'c'), notice('deputy', 'd')));
  await settle();
  expect(told()).toEqual(['deputy: a']);
  sent[0]?.arrive();
  await settle();
  expect(told()).toEqual(['deputy: a', 'deputy: b c d']);
});

test('as long as more comes it is gathered, but not for ever', async () => {
  const { desk, told, commit } = deskByHand({ quietMs: 500, mostMs: 2_000 });
  for (let n = 0; n < 8; n += 1) {
    desk.handOver(commit(notice('leader', `${n}`)));
    await vi.advanceTimersByTimeAsync(300);
  }
  expect(told()).toEqual(['leader: 0 1 2 3 4 5 6']);
});

test('neither a sweep nor somebody who is told meanwhile ends the gathering', async () => {
  const { desk, sent, told, commit } = deskByHand({ quietMs: 500, mostMs: 2_000 });
  commit(notice('deputy', 'left'));
  desk.handOver(commit(notice('leader', 'a')));
  await desk.sweep();
  sent[0]?.arrive();
  await settle();
  await desk.sweep();
  await settle();
  expect(told()).toEqual(['deputy: left']);
  await vi.advanceTimersByTimeAsync(500);
  expect(told()).toEqual(['deputy: left', 'leader: a']);
});

test('who could not be told stays marked, holds up nobody else, and is told by the next sweep', async () => {
  const { desk, sent, told, commit, faults, table } = deskByHand();
  await desk.sweep();
  desk.handOver(commit(notice('deputy', 'a'), notice('reporter', 'b')));
  await settle();
  sent[0]?.fail();
  sent[1]?.arrive();
  await settle();
  expect(faults).toHaveLength(1);
  expect([...table.keys()]).toEqual(['a']);
  expect(await desk.sweep()).toBe(1);
  expect(told().at(-1)).toBe('deputy: a');
});

test('a first sweep tells all that a dead worker left; later ones leave alone what has only just been committed', async () => {
  const { desk, sent, told, commit } = deskByHand();
  commit(notice('deputy', 'left'));
  expect(await desk.sweep()).toBe(1);
  sent[0]?.arrive();
  await settle();
  commit(notice('deputy', 'fresh'));
  expect(await desk.sweep()).toBe(0);
  expect(await desk.sweep()).toBe(1);
  expect(told()).toEqual(['deputy: left', 'deputy: fresh']);
});

test('closing waits until everybody has been told who was handed in', async () => {
  const { desk, sent, commit, table } = deskByHand({ quietMs: 500, mostMs: 2_000 });
  desk.handOver(commit(notice('deputy', 'a')));
  const closed = desk.close();
  await settle();
  sent[0]?.arrive();
  await closed;
  expect(table.size).toBe(0);
});
