/** An uploaded workbook, looked through before anything is done with it: every fault by row. */
import type { Db } from '../db/client.ts';
import { knownForSupervisionList, unitIdsByCode, type Checked, type ImportKind } from '../db/imports.ts';
import { circlesOfUnits, excludedRoles, knownOrganisation, sealRoster } from '../db/imports-roster.ts';
import { loadCalendar } from '../db/calendar.ts';
import { currentPolicies, currentRules, itemPolicies } from '../db/policies.ts';
import { checkRoster, type Roster } from '../domain/import-roster.ts';
import type { Fault, Sheet } from '../domain/import-sheet.ts';
import {
  checkSupervisionList,
  supervisionListSheet,
  type SupervisionListRow,
} from '../domain/import-supervision-list.ts';
import type { Actor } from '../domain/process.ts';
import { isRefusal } from '../domain/refusal.ts';
import { create } from '../domain/supervision-item.ts';
import { localDateOf, type Instant } from '../domain/time.ts';
import type { NewSupervisionItem, Phones } from './deps.ts';
import { checkAnnualListSheets } from './imports-annual-list.ts';
import { annualListLimits, officeLimits, readWorkbook } from './xlsx.ts';

export type Checking = { readonly db: Db; readonly phones: Phones; readonly by: Actor; readonly at: Instant };

/** More would help nobody to mend the file. */
const MAX_FAULTS = 1_000;

export async function checkFile(kind: ImportKind, file: Buffer, checking: Checking): Promise<Checked> {
  const workbook = await readWorkbook(file, kind === 'annual_list' ? annualListLimits : officeLimits);
  if ('faults' in workbook) return faulty(workbook.faults);
  switch (kind) {
    case 'roster':
      return checkRosterFile(workbook.sheets, checking);
    case 'supervision_list':
      return checkList(workbook.sheets, checking);
    case 'annual_list': {
      const checked = await checkAnnualListSheets(workbook.sheets, checking);
      return checked.faults.length > 0 ? faulty(checked.faults) : checked;
    }
  }
}

async function checkRosterFile(sheets: readonly Sheet[], { db, phones }: Checking): Promise<Checked> {
  const checked = checkRoster(sheets, await knownOrganisation(db));
  if ('faults' in checked) return faulty(checked.faults);
  const faults = await clashes(db, checked.rows);
  if (faults.length > 0) return faulty(faults);
  const { units, people, posts, accounts } = checked.rows;
  return {
    faults: [],
    rows: { roster: sealRoster(checked.rows, phones.seal) },
    total: units.length + people.length + posts.length + accounts.length,
  };
}

/** What only shows together with what the system holds already. */
async function clashes(db: Db, roster: Roster): Promise<Fault[]> {
  const circles = await circlesOfUnits(db, roster.units);
  const excluded = await excludedRoles(db, roster.accounts);
  return [
    ...circles.map((code) => ({
      sheet: '单位',
      row: 0,
      column: '上级',
      what: `单位“${code}”与系统中已有的单位形成循环的上下级关系`,
      mend: '请改正上级单位，使其最终没有上级',
    })),
    ...excluded.map((account) => ({
      sheet: '账号角色',
      row: 0,
      column: '系统角色',
      what: `账号“${account}”在系统中已有的角色与本表的角色不能兼任`,
      mend: '三员互斥，且不得兼任业务角色；请由安全管理员先收回原角色，或改由他人担任',
    })),
  ];
}

async function checkList(sheets: readonly Sheet[], checking: Checking): Promise<Checked> {
  const known = await knownForSupervisionList(checking.db, localDateOf(checking.at));
  const checked = checkSupervisionList(sheets, known);
  if ('faults' in checked) return faulty(checked.faults);
  const faults = await refusals(checked.rows, checking);
  if (faults.length > 0) return faulty(faults);
  return { faults: [], rows: { list: checked.rows, by: null }, total: checked.rows.length };
}

/**
 * What would keep an item from being created now, by row: asked of the process's own rule, so that
 * applying a list does not stop half way.
 */
export async function refusals(
  rows: readonly SupervisionListRow[],
  { db, by, at }: Pick<Checking, 'db' | 'by' | 'at'>,
): Promise<Fault[]> {
  const [calendar, policies, rules, units] = await Promise.all([
    loadCalendar(db),
    currentPolicies(db),
    currentRules(db),
    unitIdsByCode(db),
  ]);
  const taken = (await knownForSupervisionList(db, localDateOf(at))).numbers;
  return rows.flatMap((row) => {
    const fault = (column: string, what: string, mend: string): Fault[] => [
      { sheet: supervisionListSheet, row: row.row, column, what, mend },
    ];
    const item = itemOf(row, units);
    if (item === null) return fault('牵头单位', '单位已不存在', '请改为现有单位后重新上传');
    if (row.number !== null && taken.has(row.number)) {
      return fault('编号', `编号“${row.number}”已被使用`, '一事一号，请改正或留空由系统编号');
    }
    const frozen = itemPolicies(policies, row.item_class, row.warning_policy);
    if (frozen === null) return fault('预警策略', '预警规则已不存在', '请改为现行预警规则，或清空本栏');
    const { policy: _, number, ...facts } = item;
    const created = create(
      { facts: { ...facts, number: number ?? '' }, rules, policies: frozen },
      { by, at, calendar },
    );
    if (!isRefusal(created)) return [];
    const column = row.item_class === 'dated' ? '办结日期' : '事项类别';
    return fault(column, created.detail, '请改正后重新上传；日历未发布的请先发布');
  });
}

/** A row as a process is asked for; null when a unit has gone since the list was checked. */
export function itemOf(
  row: SupervisionListRow,
  units: ReadonlyMap<string, string>,
): NewSupervisionItem | null {
  const lead = units.get(row.lead_unit_code);
  const assisting = row.assisting_unit_codes.flatMap((code) => units.get(code) ?? []);
  if (lead === undefined || assisting.length < row.assisting_unit_codes.length) return null;
  return {
    assign: false,
    number: row.number,
    title: row.title,
    aspect: row.aspect,
    sub_aspect: row.sub_aspect,
    source: row.source,
    item_class: row.item_class,
    due_on: row.due_on,
    lead_unit_id: lead,
    assisting_unit_ids: assisting,
    report_cycle: row.report_cycle,
    importance: row.importance,
    policy: row.warning_policy,
  };
}

function faulty(faults: readonly Fault[]): Checked {
  const shown = faults.slice(0, MAX_FAULTS);
  if (faults.length > shown.length) {
    const mend = '请改正以上各处后重新上传';
    shown.push({ sheet: '', row: 0, column: '', what: `问题共${faults.length}处，其余未列出`, mend });
  }
  return { faults: shown, rows: null, total: 0 };
}
