/** The annual list as an upload: looked through, then brought in whole by one transaction. */
import { applyAnnualList, listOf } from '../db/annual-list.ts';
import { knownForAnnualList } from '../db/annual-list-views.ts';
import { audit } from '../db/audit.ts';
import type { Db } from '../db/client.ts';
import { lockImport, setImport, type Checked } from '../db/imports.ts';
import type { SignedIn } from '../db/sessions.ts';
import { annualListFaults } from '../domain/import-annual-list-known.ts';
import { checkAnnualList } from '../domain/import-annual-list.ts';
import type { Fault, Sheet } from '../domain/import-sheet.ts';
import { localDateOf, yearOf, type Instant } from '../domain/time.ts';
import { importFaulty, importOutdated, type Noting } from './imports-problems.ts';
import { ApiProblem, notFound } from './problem.ts';

export async function checkAnnualListSheets(
  sheets: readonly Sheet[],
  { db, at }: { readonly db: Db; readonly at: Instant },
): Promise<Checked> {
  const checked = checkAnnualList(sheets, await knownForAnnualList(db, yearOf(localDateOf(at))));
  return 'faults' in checked
    ? { faults: checked.faults, rows: null, total: 0 }
    : { faults: [], rows: { annual_list: checked.rows }, total: checked.rows.indicators.length };
}

/**
 * All or nothing, and looked at once more before: people move and other files come in meanwhile.
 * Applying what has been applied does nothing.
 */
export async function applyAnnualListImport(
  db: Db,
  id: string,
  { account_id }: SignedIn,
  { at, note }: { readonly at: Instant; readonly note: Noting },
): Promise<void> {
  const faults = await db.transaction().execute(async (tx): Promise<readonly Fault[]> => {
    const now = await lockImport(tx, id);
    if (now === null) throw notFound();
    if (now.rows === null || !('annual_list' in now.rows)) throw importFaulty();
    if (now.state === 'applied') return [];
    const list = now.rows.annual_list;
    const found = annualListFaults(list, await knownForAnnualList(tx, yearOf(localDateOf(at))));
    if (found.length > 0) {
      await setImport(tx, id, { state: 'faulty', faults: found });
      return found;
    }
    const applied = await applyAnnualList(tx, list, { account_id, at });
    if (applied === null) throw new ApiProblem('import_outdated', '该年度清单已下达，什么都没有导入。');
    const list_version = (await listOf(tx, list.year))?.version ?? 0;
    await setImport(tx, id, { state: 'applied', done: now.total, rows: { annual_list: list, list_version } });
    await audit(tx, note({ year: list.year, ...applied }));
    return [];
  });
  if (faults.length > 0) throw importOutdated(faults);
}
