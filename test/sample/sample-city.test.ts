import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { officeLimits, readWorkbook } from '../../api/xlsx.ts';
import { checkAnnualList } from '../../domain/import-annual-list.ts';
import { checkRoster } from '../../domain/import-roster.ts';
import type { Sheet } from '../../domain/import-sheet.ts';
import { checkSupervisionList } from '../../domain/import-supervision-list.ts';
import { addDays } from '../../domain/time.ts';
import { aspects, bodies, itemClasses, itemPolicyNames, roles, unitKinds } from '../../domain/vocabulary.ts';
import { annualListWorkbook } from '../../sample/annual-list.ts';
import { firstDueDate, rosterWorkbook, supervisionListWorkbook } from '../../sample/sheets.ts';
import { writeWorkbook } from '../../sample/write-workbook.ts';

async function sheetsOf(file: Buffer): Promise<Sheet[]> {
  const read = await readWorkbook(file, officeLimits);
  if ('faults' in read) throw new Error(JSON.stringify(read.faults));
  return read.sheets;
}

const committed = (name: string) => readFile(new URL(`../../sample/${name}`, import.meta.url));
const rosterFile = await sheetsOf(await committed('roster.xlsx'));
const listFile = await sheetsOf(await committed('supervision-list-2026.xlsx'));
const annualFile = await sheetsOf(await committed('annual-list-2026.xlsx'));

const checkedRoster = checkRoster(rosterFile, { units: [], people: [] });
if ('faults' in checkedRoster) throw new Error(JSON.stringify(checkedRoster.faults));
const { units, people, posts, accounts } = checkedRoster.rows;

const checkList = (sheets: readonly Sheet[], today: ReturnType<typeof firstDueDate>) =>
  checkSupervisionList(sheets, {
    units,
    policies: Object.entries(itemPolicyNames).map(([code, name]) => ({ code, name })),
    calendar_years: [2026, 2027],
    today,
    numbers: new Set(),
  });
const checkedList = checkList(listFile, firstDueDate());
if ('faults' in checkedList) throw new Error(JSON.stringify(checkedList.faults));
const items = checkedList.rows;

test('the committed files hold what sample/make-sample.ts writes', { timeout: 30_000 }, async () => {
  expect(rosterFile).toEqual(await sheetsOf(await writeWorkbook(rosterWorkbook())));
  expect(listFile).toEqual(await sheetsOf(await writeWorkbook(supervisionListWorkbook())));
  expect(annualFile).toEqual(await sheetsOf(await writeWorkbook(annualListWorkbook(2026))));
});

describe('the roster', () => {
  test('has units of every kind and the bodies of R-071 under their identifiers', () => {
    expect(units.length).toBeGreaterThanOrEqual(55);
    expect(new Set(units.map((unit) => unit.kind))).toEqual(new Set(Object.keys(unitKinds)));
    expect(units.map((unit) => unit.code)).toEqual(expect.arrayContaining(Object.keys(bodies)));
  });

  test('R-032 every unit has a head, deputies, reporters, a direct lead and a contact, who are different people', () => {
    for (const { code } of units.filter((unit) => unit.code !== 'leading_group')) {
      const holders = (role: string) =>
        posts.filter((post) => post.unit_code === code && post.role === role).map((post) => post.staff_no);
      const [lead = '', ...otherLeads] = holders('direct_lead');
      const [contact = '', ...otherContacts] = holders('contact_person');
      expect([otherLeads, otherContacts, holders('principal_leader').length]).toEqual([[], [], 1]);
      expect([1, 2]).toContain(holders('deputy_leader').length);
      expect([2, 3]).toContain(holders('reporter').length);
      const [reporter = ''] = holders('reporter');
      expect(
        new Set([reporter, lead, contact, ...holders('principal_leader'), ...holders('deputy_leader')]).size,
      ).toBe(4 + holders('deputy_leader').length);
    }
  });

  test('every unit lies in the portfolio of exactly one of six city leaders', () => {
    const leaders = posts.filter((post) => post.role === 'city_leader');
    expect(leaders).toHaveLength(6);
    const covered = leaders.flatMap((post) => post.portfolio);
    expect(covered.toSorted()).toEqual(
      units
        .map((unit) => unit.code)
        .filter((code) => code !== 'leading_group')
        .toSorted(),
    );
  });

  test('everybody has a name and a number of their own, in a range that no operator holds', () => {
    expect(new Set(people.map((person) => person.name)).size).toBe(people.length);
    for (const { phone } of people) expect(phone).toMatch(/^1540000\d{4}$/);
  });

  test('every role but the public is somebody’s, and what takes two people has two', () => {
    const holders = (role: string) =>
      accounts.filter((account) => account.roles.some((held) => held === role)).length;
    for (const role of Object.keys(roles))
      expect([role, holders(role) > 0]).toEqual([role, role !== 'public']);
    for (const role of ['city_leader', 'supervision_officer', 'assessment_admin']) {
      expect(holders(role)).toBeGreaterThanOrEqual(2);
    }
  });
});

describe('the supervision list', () => {
  test('R-080 has over a hundred items over all aspects and sub-aspects, classes and sorts of cycle', () => {
    expect(items.length).toBeGreaterThanOrEqual(110);
    const pairs = new Set(items.map((item) => `${item.aspect}/${item.sub_aspect ?? ''}`));
    for (const [aspect, { subs }] of Object.entries(aspects)) {
      for (const sub of Object.keys(subs)) expect(pairs).toContain(`${aspect}/${sub}`);
      expect(items.filter((item) => item.aspect === aspect).length).toBeGreaterThan(5);
    }
    expect(new Set(items.map((item) => item.item_class))).toEqual(new Set(Object.keys(itemClasses)));
    expect(new Set(items.map((item) => item.report_cycle.kind)).size).toBe(4);
    expect(items.some((item) => item.number === null)).toBe(true);
  });

  test('an instruction by a leader names the office, never a person', () => {
    const names = new Set(people.map((person) => person.name));
    for (const { source } of items) expect(names.has(source.instructed_by ?? '')).toBe(false);
  });

  test('once its dates have passed, the same list moved by whole weeks is sound again', async () => {
    const today = addDays(firstDueDate(), 9);
    expect(checkList(listFile, today)).toHaveProperty('faults');
    const moved = await sheetsOf(await writeWorkbook(supervisionListWorkbook(21)));
    expect(checkList(moved, today)).toHaveProperty('rows');
  });
});

describe('the annual list', () => {
  const themes = [
    '党风廉政建设',
    '基层党建',
    '意识形态',
    '民族团结进步先进区建设',
    '平安维稳',
    '生态环境保护',
    '全面深化改革',
  ];
  const read = (year: number, sheets: readonly Sheet[]) =>
    checkAnnualList(sheets, {
      units: units.map((unit) => ({ ...unit, id: unit.code })),
      people: people.map(({ staff_no, name, unit_code }) => ({
        id: staff_no,
        staff_no,
        name,
        unit_id: unit_code,
      })),
      themes: themes.map((name) => ({ code: name, name })),
      warning_policies: [{ code: 'report', name: 'report' }],
      progress_policies: null,
      calendar_years: [year],
      this_year: year,
      released_years: [],
      numbers: [],
    });
  const checked = read(2026, annualFile);
  if ('faults' in checked) throw new Error(JSON.stringify(checked.faults.slice(0, 10)));
  const byUnit = Map.groupBy(checked.rows.indicators, ({ unit_id }) => unit_id);

  test('R-012 gives every unit but the leading group twenty to thirty rows with all seven themes', () => {
    const wanted = units.flatMap(({ code }) => (code === 'leading_group' ? [] : [code]));
    expect([...byUnit.keys()].toSorted()).toEqual(wanted.toSorted());
    for (const [unit, rows] of byUnit) {
      expect([unit, rows.length >= 20 && rows.length <= 30]).toEqual([unit, true]);
      expect(new Set(rows.flatMap(({ theme }) => theme ?? []))).toEqual(new Set(themes));
    }
  });

  test('has both kinds, all levels, both directions and every sort of period', () => {
    const all = checked.rows.indicators;
    expect(new Set(all.map(({ kind }) => kind)).size).toBe(2);
    expect(new Set(all.map(({ direction }) => direction)).size).toBe(2);
    expect(new Set(all.map(({ period_kind }) => period_kind)).size).toBe(3);
    expect(new Set(all.flatMap(({ level_targets }) => Object.keys(level_targets))).size).toBe(5);
    expect(all.some(({ is_stretch, tags }) => is_stretch && tags.length > 0)).toBe(true);
  });

  test('asked for in a later year is sound there too', () => {
    expect(read(2031, annualListWorkbook(2031))).toHaveProperty('rows');
  });
});
