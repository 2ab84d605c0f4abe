export { CannotStart, messageOf } from '../cannot-start.ts';

/** Where the embedded parts say, in one line each, what they do and how long it took. */
export type Say = (line: string) => void;

/** `Starting PostgreSQL … 2.1 s`: the line appears when the work is done or has failed. */
export async function timed<T>(say: Say, what: string, work: () => Promise<T>): Promise<T> {
  const from = performance.now();
  const took = () => `${((performance.now() - from) / 1000).toFixed(1)} s`;
  try {
    const result = await work();
    say(`${what}: ready in ${took()}`);
    return result;
  } catch (error) {
    say(`${what}: failed after ${took()}`);
    throw error;
  }
}
