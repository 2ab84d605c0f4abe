/** The workers in a process of their own, which says how much memory it holds when it is asked. */
import { watchThreads } from './worker-memory.ts';
import { workersHere, type WorkersAt } from './workers.ts';

const memory = await watchThreads();
const workers = await workersHere(JSON.parse(process.argv[2] ?? '') as WorkersAt);
process.send?.('ready');
process.on('message', (asked) => {
  void (asked === 'memory'
    ? memory().then((held) => process.send?.(held))
    : workers.close().then(() => process.exit(0)));
});
// Whoever measures is gone.
process.on('disconnect', () => process.exit(1));
