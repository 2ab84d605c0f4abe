/** Everything that a worker can live. */
export { recipient } from './recipient.ts';
export { supervisionItem } from './supervision-item.ts';
