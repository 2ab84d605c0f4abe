/** Loads the sample city the way an office would: by uploading its files through the public API. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import type { Fault } from '../domain/import-sheet.ts';
import type { LocalDate } from '../domain/time.ts';
import { daysBetween, yearOf } from '../domain/time.ts';
import { firstDueDate, supervisionListWorkbook } from './sheets.ts';

/** As much of an import's representation as loading needs. */
type ImportState = {
  id: string;
  stage: string;
  faults: Fault[];
  one_time_passwords?: { account: string; password: string }[];
};

type ImportKind = 'roster' | 'supervision_list' | 'annual_list';

/**
 * As a system administrator: organisation and accounts.
 * @returns the import, and the new accounts with their one-time passwords.
 */
export async function loadRoster(
  baseUrl: string,
  token: string,
): Promise<{ readonly id: string; readonly accounts: readonly { account: string; password: string }[] }> {
  const file = await readFile(new URL('roster.xlsx', import.meta.url));
  const { id, one_time_passwords } = await importFile(baseUrl, token, 'roster', 'roster.xlsx', file);
  return { id, accounts: one_time_passwords ?? [] };
}

/** As a security administrator, who alone grants roles: the same import is applied once more. */
export async function grantRosterRoles(baseUrl: string, token: string, id: string): Promise<void> {
  const apply = { body: '{}', key: `sample-roles-${id}` };
  await request(`${baseUrl}/api/v1/imports/${id}/commands/apply`, token, apply);
}

/** As a supervision officer, who is only known once the roster is there. */
export async function loadSupervisionList(baseUrl: string, token: string, today: LocalDate): Promise<void> {
  await importFile(
    baseUrl,
    token,
    'supervision_list',
    'supervision-list-2026.xlsx',
    await supervisionListFor(today),
  );
}

/**
 * As an assessment administrator: the year's target list as a draft. Releasing it, which starts a
 * process for each of its indicators, is another command.
 */
export async function loadAnnualList(baseUrl: string, token: string, today: LocalDate): Promise<void> {
  const year = yearOf(today);
  await importFile(baseUrl, token, 'annual_list', `annual-list-${year}.xlsx`, await annualListOf(year));
}

/** The committed list for its own year; later the same list, asked for in that year. */
async function annualListOf(year: number): Promise<Buffer> {
  if (year <= 2026) return readFile(new URL('annual-list-2026.xlsx', import.meta.url));
  const { writeWorkbook } = await import('./write-workbook.ts');
  const { annualListWorkbook } = await import('./annual-list.ts');
  return writeWorkbook(annualListWorkbook(year));
}

/** The committed list as long as its dates are ahead; later the same list, moved by whole weeks. */
async function supervisionListFor(today: LocalDate): Promise<Buffer> {
  const days = daysBetween(firstDueDate(), today);
  if (days < 0) return readFile(new URL('supervision-list-2026.xlsx', import.meta.url));
  const { writeWorkbook } = await import('./write-workbook.ts');
  return writeWorkbook(supervisionListWorkbook((Math.floor(days / 7) + 2) * 7));
}

async function importFile(
  baseUrl: string,
  token: string,
  kind: ImportKind,
  name: string,
  file: Buffer,
): Promise<ImportState> {
  // The same file has the same key: loading that was cut off goes on where it was.
  const key = `sample-${kind}-${createHash('sha256').update(file).digest('hex').slice(0, 16)}`;
  const form = new FormData();
  form.set('kind', kind);
  form.set('file', new Blob([file]), name);
  const imports = `${baseUrl}/api/v1/imports`;
  const preview = await request(imports, token, { body: form, key: `${key}-preview` });
  if (preview.faults.length > 0)
    throw new Error(`the sample's ${name} is refused: ${inWords(preview.faults)}`);
  let state = await request(`${imports}/${preview.id}/commands/apply`, token, {
    body: '{}',
    key: `${key}-apply`,
  });
  while (state.stage === 'applying' && state.faults.length === 0) {
    await wait(500);
    state = await request(`${imports}/${preview.id}`, token);
  }
  if (state.stage !== 'applied')
    throw new Error(`the sample's ${name} ended as ${state.stage}: ${inWords(state.faults)}`);
  return state;
}

async function request(
  url: string,
  token: string,
  post?: { body: FormData | string; key: string },
): Promise<ImportState> {
  const headers = new Headers({ authorization: `Bearer ${token}` });
  if (post !== undefined) headers.set('idempotency-key', `"${post.key}"`);
  if (typeof post?.body === 'string') headers.set('content-type', 'application/json');
  const init = post === undefined ? { headers } : { method: 'POST', headers, body: post.body };
  const response = await fetch(url, init);
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as ImportState;
}

const inWords = (faults: readonly Fault[]) =>
  faults
    .slice(0, 5)
    .map(({ sheet, row, column, what }) => `${sheet} ${row} ${column} ${what}`)
    .join('; ');
