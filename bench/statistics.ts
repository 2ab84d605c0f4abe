/** Figures of a handful of samples. */

export function quantile(samples: readonly number[], q: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))] ?? NaN;
}

export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return Number.isInteger(middle)
    ? ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2
    : (sorted[Math.floor(middle)] ?? NaN);
}

/** Runs `work` for 0 … n−1 with so many in flight. @returns how long each took, in milliseconds. */
export async function inFlight(
  n: number,
  atOnce: number,
  work: (index: number, lane: number) => Promise<unknown>,
): Promise<number[]> {
  const took: number[] = [];
  let next = 0;
  const lanes = Array.from({ length: atOnce }, async (_, lane) => {
    while (next < n) {
      const index = next;
      next += 1;
      const from = performance.now();
      await work(index, lane);
      took.push(performance.now() - from);
    }
  });
  await Promise.all(lanes);
  return took;
}

/** How many per second come through. */
export async function perSecond(n: number, work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return n / ((performance.now() - from) / 1000);
}
