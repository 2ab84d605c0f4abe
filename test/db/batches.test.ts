import { expect, test } from 'vitest';
import { createBatches, createLookUp, createUuidLookUp } from '../../db/batches.ts';

const settle = () => new Promise((resolve) => setImmediate(resolve));

function batchesByHand(options = { atOnce: 1, most: 3 }) {
  const done: { all: readonly number[]; finish: () => void }[] = [];
  const work = createBatches(options, async (all: readonly number[]) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    done.push({ all, finish: resolve });
    await promise;
    if (all.includes(13)) throw new Error('13 is refused');
    return all.map((n) => n * 2);
  });
  return { work, done };
}

test('a single piece of work is done at once', async () => {
  const { work, done } = batchesByHand();
  const one = work(1);
  done[0]?.finish();
  expect(await one).toBe(2);
});

test('what comes meanwhile is done together, a few at a time', async () => {
  const { work, done } = batchesByHand();
  const all = [1, 2, 3, 4, 5].map((n) => work(n));
  for (let n = 0; n < 3; n += 1) {
    done[n]?.finish();
    await settle();
  }
  expect(done.map(({ all }) => all)).toEqual([[1], [2, 3, 4], [5]]);
  expect(await Promise.all(all)).toEqual([2, 4, 6, 8, 10]);
});

test('one that is refused does not take the others with it', async () => {
  const { work, done } = batchesByHand();
  const all = [1, 2, 13, 4].map((n) => work(n).catch((error: Error) => error.message));
  for (let n = 0; n < 5; n += 1) {
    done[n]?.finish();
    await settle();
    await settle();
  }
  expect(await Promise.all(all)).toEqual([2, 4, '13 is refused', 8]);
});

test('rows that many ask for at once are read together, each after it was asked for', async () => {
  const asked: (readonly string[])[] = [];
  const lookUp = createLookUp(
    async (keys) => {
      asked.push(keys);
      await settle();
      return keys.filter((key) => key !== 'nobody').map((key) => ({ key, read: asked.length }));
    },
    ({ key }) => key,
  );
  const all = await Promise.all(['a', 'b', 'c', 'nobody', 'c'].map(lookUp));
  expect(asked).toEqual([['a'], ['b'], ['c', 'nobody']]);
  expect(all.map((row) => row?.key ?? null)).toEqual(['a', 'b', 'c', null, 'c']);
});

test('a look-up that fails fails for all who wait for it, and is not asked one by one', async () => {
  let asked = 0;
  const lookUp = createLookUp<{ key: string }>(
    async () => {
      asked += 1;
      await settle();
      throw new Error('the database is away');
    },
    ({ key }) => key,
  );
  const all = await Promise.allSettled(['a', 'b', 'c', 'd'].map(lookUp));
  expect(all.map(({ status }) => status)).toEqual(Array.from({ length: 4 }, () => 'rejected'));
  expect(asked).toBe(3);
});

test('a uuid in capitals finds its row', async () => {
  const lookUp = createUuidLookUp(async (ids) => ids.map((id) => ({ id })));
  expect(await lookUp('6084C31D-FD11-5D8D-8339-F1867707CD5F')).toEqual({
    id: '6084c31d-fd11-5d8d-8339-f1867707cd5f',
  });
});
