/** A client that does as the contract says: told "not now", it sends the same again under the same key. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Answer } from '../support/api.ts';
import type { Someone } from '../support/world.ts';

const notNow = ({ status, body }: Answer) =>
  status === 503 || (status === 409 && body.code === 'idempotency_in_progress');

export type Insisting = {
  readonly withinMs?: number;
  /** Told of every answer on the way. */
  readonly heard?: (answer: Answer) => void;
};

/** @returns the first answer that decides. Anything but "not now" on the way is a fault of ours. */
export async function insist(
  who: Someone,
  path: string,
  body: unknown,
  { withinMs = 90_000, heard = () => undefined }: Insisting = {},
): Promise<Answer> {
  const key = randomUUID();
  const until = Date.now() + withinMs;
  for (;;) {
    const answer = await who.client.post(path, body, { key });
    heard(answer);
    if (!notNow(answer)) {
      expect(answer.status, `${path}: ${JSON.stringify(answer.body)}`).toBeLessThan(500);
      return answer;
    }
    expect(Number(answer.headers['retry-after']), `${path}: ${JSON.stringify(answer.body)}`).toBeGreaterThan(
      0,
    );
    if (Date.now() > until)
      throw new Error(`${path}: not answered in ${withinMs} ms: ${JSON.stringify(answer.body)}`);
    await pause(200);
  }
}
