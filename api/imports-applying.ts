/** A checked upload becomes true: a roster in one transaction, a supervision list item by item. */
import { DatabaseError } from 'pg';
import { audit } from '../db/audit.ts';
import type { Db, Tx } from '../db/client.ts';
import { importOf, lockImport, rowsDone, setImport, unitIdsByCode, type Import } from '../db/imports.ts';
import {
  applyOrganisation,
  circlesOfUnits,
  createAccounts,
  excludedRoles,
  grantRoles,
  passwordsFor,
  RosterOutdated,
  type RosterApplied,
  type SealedRoster,
} from '../db/imports-roster.ts';
import { closeMended } from '../db/record-mended.ts';
import { oneTimePassword } from '../db/passwords.ts';
import { supervisionListSheet } from '../domain/import-supervision-list.ts';
import { has } from '../domain/permissions.ts';
import type { Actor } from '../domain/process.ts';
import { isRefusal } from '../domain/refusal.ts';
import type { Fault } from '../domain/import-sheet.ts';
import type { Instant } from '../domain/time.ts';
import type { SignedIn } from '../db/sessions.ts';
import type { AppDeps } from './deps.ts';
import { itemOf, refusals } from './imports-checking.ts';
import { importFaulty, importOutdated, type Noting } from './imports-problems.ts';
import { ApiProblem, forbidden, notFound } from './problem.ts';

/**
 * All or nothing, and everybody their part: whoever keeps the organisation brings it in, who may
 * create accounts creates them, and only who may grant roles grants them. Repeating does no harm.
 */
export async function applyRosterImport(
  db: Db,
  id: string,
  viewer: SignedIn,
  { at, note }: { readonly at: Instant; readonly note: Noting },
): Promise<RosterApplied> {
  const before = await importOf(db, id);
  const roster = rosterOf(before);
  // Hashing is slow by design, so it comes before anything is locked.
  const passwords = has(viewer, 'create_account')
    ? await passwordsFor(db, roster, oneTimePassword)
    : new Map<string, never>();
  try {
    return await db.transaction().execute(async (tx) => {
      const now = await lockImport(tx, id);
      if (now?.state === 'ready') {
        if (!has(viewer, 'import_roster'))
          throw forbidden('须先由系统管理员导入名册，再由安全管理员授予角色。');
        if ((await circlesOfUnits(tx, roster.units)).length > 0) throw new RosterOutdated('units');
        await applyOrganisation(tx, roster);
        await closeMended(tx, at);
        await setImport(tx, id, { state: 'applied', done: now.total });
      }
      const accounts = has(viewer, 'create_account') ? await createAccounts(tx, roster, passwords) : [];
      const roles_granted = has(viewer, 'grant_roles') ? await grantAll(tx, roster, viewer) : 0;
      await audit(tx, note({ accounts: accounts.map(({ account }) => account), roles_granted }));
      return { accounts, roles_granted };
    });
  } catch (error) {
    // Class 23: what was free when the file was checked has been taken since.
    const isTaken = error instanceof DatabaseError && error.code?.startsWith('23') === true;
    if (!isTaken && !(error instanceof RosterOutdated)) throw error;
    throw new ApiProblem(
      'import_outdated',
      '检查之后系统资料已有变化，什么都没有导入；请重新上传文件再检查。',
    );
  }
}

async function grantAll(tx: Tx, roster: SealedRoster, viewer: SignedIn): Promise<number> {
  const excluded = await excludedRoles(tx, roster.accounts);
  if (excluded.length > 0) {
    const detail = `三员互斥，且不得兼任业务角色，没有授予任何角色；请核对账号：${excluded.join('、')}。`;
    throw new ApiProblem('roles_exclude_each_other', detail);
  }
  return grantRoles(tx, roster.accounts, viewer.account_id);
}

function rosterOf(one: Import | null): SealedRoster {
  if (one === null) throw notFound();
  if (one.rows === null || !('roster' in one.rows)) throw importFaulty();
  return one.rows.roster;
}

/**
 * Looks once more at every row before the first item is created.
 * @returns false when nothing is left to do.
 */
export async function beginList(
  db: Db,
  id: string,
  { by, at, note }: { readonly by: Actor; readonly at: Instant; readonly note: Noting },
): Promise<boolean> {
  const outdated = await db.transaction().execute(async (tx): Promise<readonly Fault[] | boolean> => {
    const now = await lockImport(tx, id);
    if (now === null) throw notFound();
    if (now.rows === null || !('list' in now.rows)) throw importFaulty();
    if (now.state === 'applying') {
      // It stood still at a row that has been mended meanwhile, or it will say so again.
      if (now.faults.length > 0) await setImport(tx, id, { state: 'applying', faults: [] });
      return true;
    }
    if (now.state === 'applied') return false;
    const faults = await refusals(now.rows.list, { db: tx, by, at });
    if (faults.length > 0) {
      await setImport(tx, id, { state: 'faulty', faults });
      return faults;
    }
    await setImport(tx, id, { state: 'applying', rows: { ...now.rows, by } });
    await audit(tx, note({ items: now.total }));
    return true;
  });
  if (typeof outdated === 'boolean') return outdated;
  throw importOutdated(outdated);
}

/** Goes on after the last row that is done. A row's command has one id for ever, so none is created twice. */
export async function createItems(
  { db, processes }: Pick<AppDeps, 'db' | 'processes'>,
  id: string,
  isStopping: () => boolean,
): Promise<void> {
  const one = await importOf(db, id);
  if (one?.state !== 'applying' || one.rows === null || !('list' in one.rows) || one.rows.by === null) return;
  const { list, by } = one.rows;
  const units = await unitIdsByCode(db);
  // Numbers that the list gives come first: the system must not give one of them to another row.
  const inOrder = [
    ...list.filter(({ number }) => number !== null),
    ...list.filter(({ number }) => number === null),
  ];
  for (const [index, row] of inOrder.entries()) {
    if (index < one.done) continue;
    if (isStopping()) return;
    const item = itemOf(row, units);
    const created =
      item === null
        ? { detail: '单位已不存在' }
        : await processes.createSupervisionItem(item, by, `import-${id}-${row.row}`);
    if (item === null || isRefusal(created)) {
      const what = 'detail' in created ? created.detail : '';
      const mend = '请消除原因后再次应用：已建立的事项不会重复，从此行继续';
      const fault = { sheet: supervisionListSheet, row: row.row, column: '', what, mend };
      await db.transaction().execute((tx) => setImport(tx, id, { state: 'applying', faults: [fault] }));
      return;
    }
    await rowsDone(db, id, index + 1);
  }
}

/** Whatever stopped a list half way; then the answer is that it stands still, not that it goes on. */
export function checkStandstill(one: Import): void {
  const [fault] = one.state === 'applying' ? one.faults : [];
  if (fault === undefined) return;
  throw new ApiProblem(
    'import_outdated',
    `已导入${one.done}行，在第${fault.row}行停下：${fault.what}。${fault.mend}。`,
    {
      errors: [{ pointer: '', detail: `第${fault.row}行：${fault.what}` }],
    },
  );
}
