import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, expect, test, vi } from 'vitest';
import { createCadences, type CadenceSurroundings } from '../../activities/cadences.ts';

afterEach(() => vi.useRealTimers());

test('a run that cannot even begin does not go on saying that it lives', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const away = () => Promise.reject(new Error('the database is away'));
  const surroundings = { clock: { now: away }, tellLeft: away } as unknown as CadenceSurroundings;
  const cadences = createCadences(surroundings);
  const asked = { run_id: 'r', name: 'audit', date: null } as const;
  const running = new MockActivityEnvironment().run(() => cadences.runCadence(asked));
  await expect(running).rejects.toThrow('away');
  expect(vi.getTimerCount()).toBe(0);
});
