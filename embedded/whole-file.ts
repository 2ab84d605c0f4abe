import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';

/** The file is there whole or as it was before, whatever is killed in between. */
export function writeWhole(file: string, text: string, mode = 0o600): void {
  const draft = `${file}.${process.pid}.new`;
  const handle = openSync(draft, 'w', mode);
  try {
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(draft, file);
}
