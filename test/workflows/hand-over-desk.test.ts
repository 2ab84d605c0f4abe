import { expect, test } from 'vitest';
import { createHandOverDesk } from '../../workflows/hand-over-desk.ts';

/** A desk whose messages arrive when the test says so. */
function deskByHand() {
  const sent: {
    person: string;
    told: readonly string[];
    arrive: () => void;
    fail: (error: Error) => void;
  }[] = [];
  const desk = createHandOverDesk<string>((person, told) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    sent.push({ person, told: [...told], arrive: resolve, fail: reject });
    return promise;
  });
  return { desk, sent, told: () => sent.map(({ person, told }) => `${person}: ${told.join(' ')}`) };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

test('with little to do everybody is told at once', () => {
  const { desk, told } = deskByHand();
  void desk.handOver('reporter', ['a']);
  void desk.handOver('deputy', ['b']);
  expect(told()).toEqual(['reporter: a', 'deputy: b']);
});

test('what comes for a person while a message to them is under way goes along with the next', async () => {
  const { desk, sent, told } = deskByHand();
  const first = desk.handOver('deputy', ['a']);
  const second = desk.handOver('deputy', ['b']);
  const third = desk.handOver('deputy', ['c', 'd']);
  expect(told()).toEqual(['deputy: a']);
  sent[0]?.arrive();
  await first;
  await settle();
  expect(told()).toEqual(['deputy: a', 'deputy: b c d']);
  sent[1]?.arrive();
  await Promise.all([second, third]);
});

test('a message that fails is the failure of those who gave it, and holds up nobody else', async () => {
  const { desk, sent, told } = deskByHand();
  const first = desk.handOver('deputy', ['a']);
  const second = desk.handOver('deputy', ['b']);
  sent[0]?.fail(new Error('Temporal is away'));
  await expect(first).rejects.toThrow('Temporal is away');
  await settle();
  expect(told()).toEqual(['deputy: a', 'deputy: b']);
  sent[1]?.arrive();
  await expect(second).resolves.toBeUndefined();
});

test('in a rush only a few messages are under way, and everybody has their turn', async () => {
  const { desk, sent, told } = deskByHand();
  const all = Array.from({ length: 30 }, (_, n) => desk.handOver(`person ${n}`, ['a']));
  expect(sent).toHaveLength(12);
  for (let n = 0; n < 30; n += 1) {
    sent[n]?.arrive();
    await settle();
  }
  await Promise.all(all);
  expect(new Set(told()).size).toBe(30);
});
