/** The sheets of the roster about people: who they are, which posts they hold, what their accounts may do. */
import type {
  KnownOrganisation,
  RosterAccount,
  RosterHeaders,
  RosterPerson,
  RosterPost,
} from './import-roster.ts';
import type { SheetRow } from './import-sheet.ts';
import { findRepeats } from './import-sheet.ts';
import type { PostRole, Role } from './vocabulary.ts';
import { isAdministrator, postRoles, roles } from './vocabulary.ts';

/** Also adds the staff numbers and accounts of the sheet to the sets, so that later sheets may refer to them. */
export function readPeople(
  rows: readonly SheetRow<RosterHeaders<'人员'>>[],
  known: KnownOrganisation,
  unitCodes: ReadonlySet<string>,
  staffNos: Set<string>,
  accounts: Set<string>,
): RosterPerson[] {
  const read = rows.map((row) => ({
    row,
    staff_no: row.code('工号'),
    name: row.text('姓名', 30),
    phone: phoneOf(row),
    unit_code: row.code('单位编码'),
    office: row.optionalText('科室', 40),
    account: accountOf(row, row.optionalText('账号', 32)),
  }));
  const owners = new Map(known.people.map((person) => [person.account, person.staff_no]));
  findRepeats(
    read.map(({ row, staff_no }) => ({ row, value: staff_no })),
    '工号',
    '一人一号，请改正或删除重复行',
  );
  findRepeats(
    read.map(({ row, phone }) => ({ row, value: phone })),
    '手机号码',
    '短信须送到本人，请填写各自的号码',
  );
  findRepeats(
    read.map(({ row, account }) => ({ row, value: account })),
    '账号',
    '一人一账号，请改正',
  );
  for (const { row, staff_no, unit_code, account } of read) {
    if (staff_no !== null) staffNos.add(staff_no);
    if (unit_code !== null) requireUnit(row, '单位编码', unit_code, unitCodes);
    if (account === null) continue;
    accounts.add(account);
    const owner = owners.get(account);
    if (owner !== undefined && owner !== staff_no) {
      row.fault('账号', `账号“${account}”已属于工号“${owner}”`, '一人一账号，请另取账号');
    }
  }
  return read.flatMap(({ staff_no, name, phone, unit_code, office, account }) =>
    staff_no === null || name === null || unit_code === null
      ? []
      : [{ staff_no, name, phone, unit_code, office, account }],
  );
}

export function readPosts(
  rows: readonly SheetRow<RosterHeaders<'任职'>>[],
  unitCodes: ReadonlySet<string>,
  staffNos: ReadonlySet<string>,
): RosterPost[] {
  const read = rows.flatMap((row): (RosterPost & { row: SheetRow<RosterHeaders<'任职'>> })[] => {
    const staff_no = row.code('工号');
    const unit_code = row.code('单位编码');
    const role = row.word('职务角色', postRoles);
    const from = row.date('起始日期');
    const to = row.optionalDate('截止日期');
    const portfolio = portfolioOf(row, role, unitCodes);
    if (staff_no !== null && !staffNos.has(staff_no)) {
      row.fault('工号', `工号“${staff_no}”不存在`, '请先在“人员”表中登记，或改正工号');
    }
    if (unit_code !== null) requireUnit(row, '单位编码', unit_code, unitCodes);
    if (from !== null && to !== null && to < from) {
      row.fault('截止日期', `截止日期${to}早于起始日期${from}`, '请改正起止日期，仍在任的留空');
    }
    if (staff_no === null || unit_code === null || role === null || from === null) return [];
    return [{ row, staff_no, unit_code, role, from, to, portfolio }];
  });
  reportOverlaps(read);
  return read.map(({ row: _row, ...post }) => post);
}

/** One person may hold the same post twice, but not at the same time. */
function reportOverlaps(posts: readonly (RosterPost & { row: SheetRow<RosterHeaders<'任职'>> })[]): void {
  const earlier = new Map<string, (typeof posts)[number][]>();
  for (const post of posts) {
    const key = `${post.staff_no}\t${post.unit_code}\t${post.role}`;
    const same = earlier.get(key) ?? [];
    const overlapping = same.find(
      (other) => (other.to === null || post.from <= other.to) && (post.to === null || other.from <= post.to),
    );
    if (overlapping !== undefined) {
      const what = `与第${overlapping.row.number}行同一任职的时间重叠`;
      post.row.fault('起始日期', what, '请改正起止日期，或删除重复行');
    }
    earlier.set(key, [...same, post]);
  }
}

function portfolioOf(
  row: SheetRow<RosterHeaders<'任职'>>,
  role: PostRole | null,
  unitCodes: ReadonlySet<string>,
): string[] {
  const codes = splitCodes(row.optionalText('分管单位', 1000));
  if (role === 'city_leader' && row.isEmpty('分管单位')) {
    row.fault('分管单位', '市级领导须填写分管单位', '请填写单位编码，多个单位用分号隔开');
  }
  if (role !== null && role !== 'city_leader' && codes.length > 0) {
    row.fault('分管单位', '只有市级领导填写分管单位', '请清空本栏，或将职务角色改为市级领导');
  }
  codes.forEach((code, index) => {
    if (codes.indexOf(code) < index) row.fault('分管单位', `单位“${code}”重复`, '请删除重复的单位');
    else requireUnit(row, '分管单位', code, unitCodes);
  });
  return codes;
}

/** Role grants, put together by account. */
export function readAccounts(
  rows: readonly SheetRow<RosterHeaders<'账号角色'>>[],
  accounts: ReadonlySet<string>,
): RosterAccount[] {
  const granted = new Map<string, Role[]>();
  for (const row of rows) {
    const account = accountOf(row, row.text('账号', 32));
    const role = row.word('系统角色', roles);
    if (account !== null && !accounts.has(account)) {
      row.fault('账号', `账号“${account}”没有对应的人员`, '请先在“人员”表的“账号”列登记');
    }
    if (role === 'public') {
      row.fault('系统角色', '社会群众扫码参与，不设账号', '请删除本行');
    }
    if (account === null || role === null) continue;
    const held = granted.get(account) ?? [];
    if (held.includes(role)) row.fault('系统角色', '该账号已有此角色', '请删除重复行');
    else if (held.some((other) => excludes(other, role))) {
      const what = `与该账号已有的角色“${held.map((other) => roles[other]).join('、')}”不能兼任`;
      row.fault('系统角色', what, '三员互斥，且不得兼任业务角色，请由不同的人担任');
    }
    granted.set(account, [...held, role]);
  }
  return [...granted].map(([account, held]) => ({ account, roles: held }));
}

/** GB/T 22239-2019 8.1.5: an administrator has no other role of any kind. */
const excludes = (held: Role, wanted: Role) => isAdministrator(held) || isAdministrator(wanted);

export function requireUnit<Header extends string>(
  row: SheetRow<Header>,
  column: Header,
  code: string,
  unitCodes: ReadonlySet<string>,
): void {
  if (!unitCodes.has(code)) row.fault(column, `单位编码“${code}”不存在`, '请先在“单位”表中登记，或改正编码');
}

function phoneOf(row: SheetRow<RosterHeaders<'人员'>>): string | null {
  const text = row.optionalText('手机号码', 20);
  if (text === null) return null;
  const phone = text.replace(/[\s-]/g, '');
  if (/^1[3-9]\d{9}$/.test(phone)) return phone;
  // The number itself stays out of the fault: faults are logged and shown to whoever imports.
  row.fault('手机号码', '不是有效的手机号码', '请填写11位大陆手机号码');
  return null;
}

function accountOf<Header extends string>(
  row: SheetRow<Header | '账号'>,
  text: string | null,
): string | null {
  if (text === null || /^[a-z][a-z0-9._-]{2,31}$/.test(text)) return text;
  row.fault(
    '账号',
    `“${text}”不是有效的账号`,
    '账号以小写字母开头，3到32位，只含小写字母、数字、点、横线和下划线',
  );
  return null;
}

const splitCodes = (text: string | null): string[] =>
  (text ?? '')
    .split(/[;；]/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
