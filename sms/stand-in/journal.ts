import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Misbehaviour, ReceiptMisbehaviour, Settings } from './control.ts';

/** A message that the stand-in has accepted. Times are epoch milliseconds of the provider's own clock. */
export type Message = {
  readonly bizId: string;
  readonly outId: string;
  readonly phone: string;
  readonly signName: string;
  readonly templateCode: string;
  readonly text: string;
  readonly parts: number;
  readonly sentAt: number;
  readonly misbehaviour: ReceiptMisbehaviour | null;
  readonly status: 'waiting' | 'delivered' | 'failed';
  readonly errCode: string | null;
  readonly reportedAt: number | null;
  /** Nothing is left to be pushed. */
  readonly receipted: boolean;
};

/** One line of the state file. The latest of a kind (and of a message) holds. */
export type Entry =
  | { readonly message: Message }
  | { readonly settings: Settings; readonly misbehaviours: readonly Misbehaviour[] };

/** A crash may cut the last line: what was not wholly written did not happen, and was not answered. */
export function readJournal(file: string): Entry[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  const cut = lines.pop() !== '';
  if (cut) appendFileSync(file, '\n');
  return lines.filter((line) => line !== '').flatMap((line) => entryOf(line));
}

/** Written before the call is answered, so that a restart knows of everything that was promised. */
export function createJournal(file: string | undefined): (entry: Entry) => void {
  if (file === undefined) return () => undefined;
  mkdirSync(dirname(file), { recursive: true });
  return (entry) => appendFileSync(file, `${JSON.stringify(entry)}\n`, { mode: 0o600 });
}

function entryOf(line: string): Entry[] {
  try {
    return [JSON.parse(line) as Entry];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}
