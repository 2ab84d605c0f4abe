/** Everything that a worker can live. */
export { cadence } from './cadence.ts';
export { indicatorTask } from './indicator-task.ts';
export { listRelease } from './list-release.ts';
export { recipient } from './recipient.ts';
export { supervisionItem } from './supervision-item.ts';
