import { parentPort, workerData } from 'node:worker_threads';
import { readSheets } from './xlsx-sheets.ts';

const { file, limits } = workerData as { file: Uint8Array; limits: Parameters<typeof readSheets>[1] };
parentPort?.postMessage(await readSheets(Buffer.from(file), limits));
