/**
 * The roster: units, people, who holds which post since when, and which account has which role.
 * All of it is checked against itself and against what the system already knows.
 */
import type { Fault, Sheet, SheetRow } from './import-sheet.ts';
import { checkSheetNames, findRepeats, inReadingOrder, rowsOf } from './import-sheet.ts';
import { readAccounts, readPeople, readPosts, requireUnit } from './import-roster-people.ts';
import type { LocalDate } from './time.ts';
import type { PostRole, Role, UnitKind } from './vocabulary.ts';
import { unitKinds } from './vocabulary.ts';

export type RosterUnit = {
  code: string;
  name: string;
  short_name: string;
  kind: UnitKind;
  parent_code: string | null;
};

export type RosterPerson = {
  staff_no: string;
  name: string;
  /** Eleven digits; null leaves the person without messages. */
  phone: string | null;
  unit_code: string;
  office: string | null;
  account: string | null;
};

export type RosterPost = {
  staff_no: string;
  unit_code: string;
  role: PostRole;
  from: LocalDate;
  /** The last day in the post. */
  to: LocalDate | null;
  /** Codes of the units that a city leader is in charge of; empty for every other post. */
  portfolio: string[];
};

export type RosterAccount = { account: string; roles: Role[] };

export type Roster = {
  units: RosterUnit[];
  people: RosterPerson[];
  posts: RosterPost[];
  accounts: RosterAccount[];
};

export type KnownUnit = { readonly code: string; readonly name: string; readonly short_name: string };

/** What the system holds already; a roster may refer to it and may bring it up to date. */
export type KnownOrganisation = {
  readonly units: readonly KnownUnit[];
  readonly people: readonly { readonly staff_no: string; readonly account: string | null }[];
};

export const rosterSheets = {
  单位: ['单位编码', '单位名称', '简称', '类别', '上级'],
  人员: ['工号', '姓名', '手机号码', '单位编码', '科室', '账号'],
  任职: ['工号', '单位编码', '职务角色', '起始日期', '截止日期', '分管单位'],
  账号角色: ['账号', '系统角色'],
} as const;

export type RosterHeaders<Name extends keyof typeof rosterSheets> = (typeof rosterSheets)[Name][number];

export function checkRoster(
  sheets: readonly Sheet[],
  known: KnownOrganisation,
): { rows: Roster } | { faults: Fault[] } {
  const names = Object.keys(rosterSheets);
  const faults = checkSheetNames(sheets, names);
  const unitCodes = new Set(known.units.map((unit) => unit.code));
  const staffNos = new Set(known.people.map((person) => person.staff_no));
  const accounts = new Set(known.people.flatMap((person) => person.account ?? []));

  const units = readUnits(rowsOf(sheets, '单位', rosterSheets.单位, faults), known.units, unitCodes);
  const people = readPeople(
    rowsOf(sheets, '人员', rosterSheets.人员, faults),
    known,
    unitCodes,
    staffNos,
    accounts,
  );
  const posts = readPosts(rowsOf(sheets, '任职', rosterSheets.任职, faults), unitCodes, staffNos);
  const granted = readAccounts(rowsOf(sheets, '账号角色', rosterSheets.账号角色, faults), accounts);

  if (faults.length > 0) return { faults: inReadingOrder(faults, names) };
  return { rows: { units, people, posts, accounts: granted } };
}

/** Also adds the codes of the sheet to `unitCodes`, so that the sheets after it may refer to them. */
function readUnits(
  rows: readonly SheetRow<RosterHeaders<'单位'>>[],
  known: readonly KnownUnit[],
  unitCodes: Set<string>,
): RosterUnit[] {
  const read = rows.map((row) => ({
    row,
    code: row.code('单位编码'),
    name: row.text('单位名称', 60),
    short_name: row.text('简称', 20),
    kind: row.word('类别', unitKinds),
    parent_code: row.optionalCode('上级'),
  }));
  for (const { code } of read) if (code !== null) unitCodes.add(code);
  findRepeats(
    read.map(({ row, code }) => ({ row, value: code })),
    '单位编码',
    '每个单位一个编码，请改正或删除重复行',
  );
  findRepeats(
    read.map(({ row, name }) => ({ row, value: name })),
    '单位名称',
    '请写出能区分的全称，或删除重复行',
  );
  findRepeats(
    read.map(({ row, short_name }) => ({ row, value: short_name })),
    '简称',
    '请使用能区分的简称，清单按简称查找单位',
  );
  const updated = new Set(read.map(({ code }) => code));
  const others = known.filter((unit) => !updated.has(unit.code));
  for (const { row, code, name, short_name, parent_code } of read) {
    const taken = others.find((unit) =>
      [unit.name, unit.short_name].some((it) => it === name || it === short_name),
    );
    if (taken !== undefined) {
      row.fault('单位名称', `名称或简称已由单位“${taken.code}”使用`, '请改用能区分的名称，或沿用原编码');
    }
    if (parent_code === null) continue;
    if (parent_code === code) row.fault('上级', '上级不能是本单位', '请填写上级单位的编码，没有则留空');
    else requireUnit(row, '上级', parent_code, unitCodes);
  }
  reportCircles(read);
  return read.flatMap(({ code, name, short_name, kind, parent_code }) =>
    code === null || name === null || short_name === null || kind === null
      ? []
      : [{ code, name, short_name, kind, parent_code }],
  );
}

function reportCircles(
  read: readonly { row: SheetRow<RosterHeaders<'单位'>>; code: string | null; parent_code: string | null }[],
): void {
  const parents = new Map(read.map(({ code, parent_code }) => [code, parent_code]));
  for (const { row, code, parent_code } of read) {
    if (code === null || parent_code === code) continue;
    const seen = new Set<string>();
    let above = parent_code;
    while (above !== null && above !== code && !seen.has(above)) {
      seen.add(above);
      above = parents.get(above) ?? null;
    }
    if (above === code) row.fault('上级', '上下级关系形成循环', '请改正上级单位，使其最终没有上级');
  }
}
