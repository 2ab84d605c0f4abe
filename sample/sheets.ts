/** The sample city as the sheets that an office would fill in. */
import { rosterSheets } from '../domain/import-roster.ts';
import type { CellValue, Sheet } from '../domain/import-sheet.ts';
import { notesSheet } from '../domain/import-sheet.ts';
import { supervisionListHeaders, supervisionListSheet } from '../domain/import-supervision-list.ts';
import type { LocalDate } from '../domain/time.ts';
import { addDays, localDate } from '../domain/time.ts';
import { itemPolicyNames, postRoles, roles, unitKinds } from '../domain/vocabulary.ts';
import { samplePeople } from './people.ts';
import type { MatterGroup, SampleMatter } from './supervision-matters.ts';
import { matterGroups } from './supervision-matters.ts';
import { units } from './units.ts';

/** The list's last matters come without a number, as they do during a year: the system gives one. */
const NUMBERED = 100;

export function rosterWorkbook(): Sheet[] {
  const { people, posts, accounts } = samplePeople();
  return [
    table(
      '单位',
      rosterSheets.单位,
      units.map((unit) => [unit.code, unit.name, unit.short_name, unitKinds[unit.kind], unit.parent_code]),
    ),
    table(
      '人员',
      rosterSheets.人员,
      people.map((one) => [one.staff_no, one.name, one.phone, one.unit_code, one.office, one.account]),
    ),
    table(
      '任职',
      rosterSheets.任职,
      posts.map((post) => [
        post.staff_no,
        post.unit_code,
        postRoles[post.role],
        dateCell(post.from),
        post.to === null ? null : dateCell(post.to),
        post.portfolio.join(';') || null,
      ]),
    ),
    table(
      '账号角色',
      rosterSheets.账号角色,
      accounts.flatMap(({ account, roles: held }) => held.map((role) => [account, roles[role]])),
    ),
    notes([
      '单位：类别填市直部门、乡镇、街道、园区或机构；上级填单位编码，没有则留空。',
      '人员：一人一号、一人一账号；手机号码为11位，用于接收预警短信。',
      `任职：职务角色填${Object.values(postRoles).join('、')}；分管单位仅市级领导填写，多个编码用分号隔开。`,
      '账号角色：一个账号多个角色时各占一行；系统管理员、安全管理员、审计管理员互斥，且不得兼任其他角色。',
      '本表不得填写涉密内容。',
    ]),
  ];
}

/** @param laterDays moves every date of the list: one that has passed could not be imported any more. */
export function supervisionListWorkbook(laterDays = 0): Sheet[] {
  const rows = matterGroups
    .flatMap((group) => group.matters.map((matter) => ({ group, matter })))
    .map(({ group, matter }, index) => matterRow(laterDays, index + 1, group, matter));
  return [
    table(supervisionListSheet, supervisionListHeaders, rows),
    notes([
      '编号：形如督〔2026〕0001，一事一号；留空则由系统编号。',
      '事项类别：一般事项（7日）、复杂事项（1个月）、年底清零（12月31日）的期限由制度规定，不填办结日期；限期事项必填。',
      '牵头单位、协办单位：填单位全称、简称或编码；多个协办单位用分号隔开。',
      '汇报周期：无、每周、每月，或每n个工作日。',
      `预警策略：${Object.values(itemPolicyNames).join('、')}，留空则按事项类别确定。`,
      '本表不得填写涉密内容。',
    ]),
  ];
}

export const firstDueDate = (): LocalDate =>
  localDate(
    matterGroups.flatMap((group) => group.matters.flatMap((matter) => matter.due ?? [])).toSorted()[0] ?? '',
  );

function matterRow(laterDays: number, place: number, group: MatterGroup, matter: SampleMatter): CellValue[] {
  return [
    place <= NUMBERED ? `督〔2026〕${String(place).padStart(4, '0')}` : null,
    matter.title,
    group.aspect,
    group.sub,
    matter.level ?? '市级',
    matter.document ?? null,
    matter.instructedBy ?? null,
    matter.due === undefined ? (matter.class ?? '复杂事项') : '限期',
    matter.due === undefined ? null : dateCell(addDays(localDate(matter.due), laterDays)),
    matter.lead,
    matter.assisting?.join(';') ?? null,
    matter.cycle ?? '无',
    matter.policy ?? null,
    matter.importance ?? '一般',
  ];
}

export const table = (name: string, headers: readonly string[], rows: readonly CellValue[][]): Sheet => ({
  name,
  rows: [[...headers], ...rows],
});

export const notes = (lines: readonly string[]): Sheet =>
  table(
    notesSheet,
    [notesSheet],
    lines.map((line) => [line]),
  );

const dateCell = (date: LocalDate) => new Date(`${date}T00:00:00Z`);
