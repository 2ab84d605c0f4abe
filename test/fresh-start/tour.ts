/** The README's tour as what it is: commands, each with the output that a reader is shown. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export type Step = { readonly commands: string; readonly shown: string };

/** Every ```sh block of the section, with the ```text block that follows it, if one does. */
export function tourOf(readme: string): Step[] {
  const section = /^## A ten-minute tour$(.*?)^## /ms.exec(readme)?.[1] ?? '';
  const blocks = section.matchAll(/^```sh\n(.*?)^```\n(?:\s*```text\n(.*?)^```\n)?/gms);
  return [...blocks].map(([, commands = '', shown = '']) => ({ commands, shown }));
}

const END_OF_STEP = '--- end of step ---';

/** Walks all steps in one shell, as a reader would. @returns what each of them said, faults included. */
export async function walk(
  steps: readonly Step[],
  around: { readonly folder: string; readonly env: NodeJS.ProcessEnv },
): Promise<string[]> {
  const script = steps.map(({ commands }) => `${commands}\necho '${END_OF_STEP}'\n`).join('');
  const { stdout } = await promisify(execFile)('bash', ['-c', `exec 2>&1\n${script}`], {
    cwd: around.folder,
    env: around.env,
    maxBuffer: 16 * 1024 * 1024,
  });
  return stdout.split(`${END_OF_STEP}\n`).slice(0, steps.length);
}

/**
 * What differs from one walk to the next is left out: days, hours, phone numbers, the item's own number. The
 * README may show less than is said on a day on which, say, a message waits for the end of a holiday.
 */
export function missingFrom(said: string, shown: string): string[] {
  const lines = linesOf(said);
  let from = 0;
  return linesOf(shown).filter((line) => {
    const found = lines.indexOf(line, from);
    if (found >= 0) from = found + 1;
    return found < 0;
  });
}

const linesOf = (text: string): string[] =>
  text
    .trim()
    .split('\n')
    .map((line) =>
      line
        .replaceAll(/\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?([+]08:00)?)?( \d\d:\d\d)?/g, '<day>')
        .replaceAll(/督〔\d+〕\d+/g, '<number>')
        // What waited over a weekend comes in one message with Monday's.
        .replace(/: (delivered|merged)$/, ': <told>')
        .replaceAll(/\b1\d{2}(\*{4}|\d{4})\d{4}\b/g, '<phone>')
        .trimEnd(),
    );
