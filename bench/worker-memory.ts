/** What a process holds after its garbage is gone, with the threads in which Temporal's SDK keeps workflows. */
import { Session } from 'node:inspector/promises';
import { setTimeout as pause } from 'node:timers/promises';

/** Bytes. */
export type Memory = { readonly resident: number; readonly heap: number };

type Usage = { readonly usedSize: number };

/** To be called before any thread begins: `gc()` reaches the main thread only, the others through the inspector. */
export async function watchThreads(): Promise<() => Promise<Memory>> {
  const session = new Session();
  session.connect();
  const threads: string[] = [];
  const asked = new Map<number, (result: Usage) => void>();
  let last = 0;
  session.on('NodeWorker.attachedToWorker', ({ params }) => threads.push(params.sessionId));
  session.on('NodeWorker.receivedMessageFromWorker', ({ params }) => {
    const { id, result } = JSON.parse(params.message) as { id?: number; result?: Usage };
    if (id === undefined || result === undefined) return;
    asked.get(id)?.(result);
    asked.delete(id);
  });
  await session.post('NodeWorker.enable', { waitForDebuggerOnStart: false });

  const ask = (sessionId: string, method: string): Promise<Usage> =>
    new Promise((resolve, reject) => {
      const id = (last += 1);
      asked.set(id, resolve);
      const message = JSON.stringify({ id, method });
      session.post('NodeWorker.sendMessageToWorker', { sessionId, message }).catch(reject);
    });

  return async () => {
    // Twice: finalizers of the first let go what the second takes.
    for (const _ of [1, 2]) {
      globalThis.gc?.();
      for (const thread of threads) await ask(thread, 'HeapProfiler.collectGarbage');
      await pause(200);
    }
    let heap = process.memoryUsage().heapUsed;
    for (const thread of threads) heap += (await ask(thread, 'Runtime.getHeapUsage')).usedSize;
    return { resident: process.memoryUsage().rss, heap };
  };
}
