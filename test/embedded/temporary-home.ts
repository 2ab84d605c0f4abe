import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** A state folder that is gone after the tests of the file. */
export function temporaryHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'dukao-home-'));
  afterAll(() => rmSync(home, { recursive: true, force: true }));
  return home;
}
