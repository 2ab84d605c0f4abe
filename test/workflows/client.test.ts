import { ServiceError } from '@temporalio/client';
import { expect, test } from 'vitest';
import { serverDeclined } from '../../workflows/client.ts';

const FAILED_PRECONDITION = 9;
const INVALID_ARGUMENT = 3;

/** As gRPC says it. */
const word = (code: number) => Object.assign(new Error(`${code}`), { code, details: '', metadata: {} });

test('fault 2: what the server does not do now is told apart from what it never will', () => {
  // A worker died over the task that carried the update: "unexpected workflow task failure".
  const died = new ServiceError('Workflow Update failed', { cause: word(FAILED_PRECONDITION) });
  expect(serverDeclined(died)).toBe(true);
  expect(serverDeclined(word(FAILED_PRECONDITION))).toBe(true);
  expect(serverDeclined(new ServiceError('Workflow Update failed', { cause: word(INVALID_ARGUMENT) }))).toBe(
    false,
  );
  expect(serverDeclined(new Error('a fault of ours'))).toBe(false);
});
