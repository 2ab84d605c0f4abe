/** The least that Temporal can do of the same kind: what Dukao's processes are measured against. */
import { condition, defineUpdate, proxyActivities, setHandler, sleep } from '@temporalio/workflow';
import type { BareActivities } from './bare.ts';

const { insertEffect } = proxyActivities<BareActivities>({ startToCloseTimeout: '30s' });

export const touchUpdate = defineUpdate<number, [text: string]>('touch');

/** One timer and nothing else. */
export async function bareTimer(at: number): Promise<void> {
  await until(at);
}

/** The same, then one regular activity that inserts a row. */
export async function bareEffect(id: string, at: number): Promise<void> {
  await until(at);
  await insertEffect(id);
}

/** Answers updates until told to end. */
export async function bareUpdated(): Promise<void> {
  let touched = 0;
  let ended = false;
  setHandler(touchUpdate, (text) => {
    if (text === 'end') ended = true;
    touched += 1;
    return touched;
  });
  await condition(() => ended);
}

async function until(at: number): Promise<void> {
  const left = at - Date.now();
  if (left > 0) await sleep(left);
}
