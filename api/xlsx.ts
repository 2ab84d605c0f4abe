/**
 * An uploaded xlsx, read into rows. Nothing in it is executed, followed or believed, and it is read
 * in a thread that can be stopped: XML made for the purpose keeps the reader busy for minutes.
 */
import { Worker } from 'node:worker_threads';
import type { ArchiveLimits } from './xlsx-archive.ts';
import type { SheetLimits } from './xlsx-scan.ts';
import { fileFault } from './xlsx-scan.ts';
import type { ReadSheets } from './xlsx-sheets.ts';

export type WorkbookLimits = ArchiveLimits &
  SheetLimits & {
    readonly maxMilliseconds: number;
    /** Heap of the reading thread. */
    readonly maxHeapMiB: number;
  };

/** Ample for a city's rosters and lists; a full file of this size is read in about a second. */
export const officeLimits: WorkbookLimits = {
  maxEntries: 200,
  maxUnpackedBytes: 16 * 1024 * 1024,
  maxSheets: 20,
  maxRows: 5000,
  maxColumns: 50,
  maxMilliseconds: 10_000,
  maxHeapMiB: 512,
};

/**
 * A city's year may ask ten thousand things of its units, in forty columns. A row beyond that says so;
 * what would fill the memory is not unpacked at all.
 */
export const annualListLimits: WorkbookLimits = {
  ...officeLimits,
  maxUnpackedBytes: 48 * 1024 * 1024,
  maxRows: 12_001,
  maxMilliseconds: 30_000,
};

/** Dates come as UTC midnight, rows keep Excel's numbering: `rows[0]` is row 1 even when it is empty. */
export async function readWorkbook(file: Buffer, limits: WorkbookLimits): Promise<ReadSheets> {
  const thread = new Worker(new URL('xlsx-thread.ts', import.meta.url), {
    workerData: { file, limits },
    resourceLimits: { maxOldGenerationSizeMb: limits.maxHeapMiB },
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<ReadSheets>((resolve, reject) => {
      timer = setTimeout(() => resolve({ faults: [tooComplicated] }), limits.maxMilliseconds);
      thread.once('message', resolve);
      thread.once('error', (error) =>
        'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
          ? resolve({ faults: [tooComplicated] })
          : reject(error),
      );
      thread.once('exit', (code) => reject(new Error(`the reading thread ended with ${code} and no answer`)));
    });
  } finally {
    clearTimeout(timer);
    await thread.terminate();
  }
}

const tooComplicated = fileFault(
  '文件结构过于复杂，无法读取',
  '请将内容以“值”的方式粘贴到新建的.xlsx文件后重新上传',
);
