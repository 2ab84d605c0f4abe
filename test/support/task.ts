/** One indicator task as the people of a story handle it, from the office's workbook on. */
import { expect } from 'vitest';
import type { CellValue } from '../../domain/import-sheet.ts';
import { writeWorkbook } from '../../sample/write-workbook.ts';
import { annualListOf, indicatorRow } from '../domain/annual-list-rows.ts';
import { upload } from './forms.ts';
import { handled } from './handled.ts';
import { cityLeaderOver } from './matter.ts';
import { createUnit, givePost } from './people.ts';
import { eventually, type Someone, type World } from './world.ts';

/** The assessment office with two administrators and a reviewer. */
export async function assessors(city: Pick<World, 'db' | 'someone'>) {
  const office = await createUnit(city.db, { name: '市考核办' });
  const admin = await city.someone(office, { role: 'assessment_admin', post: 'reporter' });
  const second = await city.someone(office, { role: 'assessment_admin' });
  const reviewer = await city.someone(office, { role: 'reviewer_scorer' });
  return { office, admin, second, reviewer };
}

/** The assessment office, a unit with its people, the city leader over it. */
export async function assessmentPeople(city: World, unitName = '水利局') {
  const office = await assessors(city);
  const chain = await city.unitWithPeople(unitName);
  for (const [someone, role] of [
    [chain.deputy, 'direct_lead'],
    [chain.principal, 'contact_person'],
  ] as const)
    await givePost(city.db, { person: someone.person, unit: chain.unit, role });
  const leader = await cityLeaderOver(city, chain.unit);
  return { ...office, ...chain, leader };
}

export type Task = ReturnType<typeof taskAt>;
type Cells = Readonly<Record<string, CellValue>>;
type Unit = Awaited<ReturnType<World['unitWithPeople']>>;

/** One of the unit's indicators in the office's workbook, worth all hundred points. */
const rowOf = ({ unit, reporter, deputy, principal }: Unit, cells: Cells): Cells => ({
  单位: unit.name,
  填报责任人: reporter.person.name,
  直接负责人: deputy.person.name,
  联系人: principal.person.name,
  ...cells,
});

/** Imports the year's list with this one indicator. */
export const drafted = (admin: Someone, chain: Unit, cells: Cells): Promise<void> =>
  imports(admin, [rowOf(chain, cells)]);

async function imports(admin: Someone, indicators: readonly Cells[]): Promise<void> {
  const list = annualListOf(...indicators.map((cells) => indicatorRow(cells)));
  const workbook = { name: '清单.xlsx', content: await writeWorkbook(list) };
  const { body } = await upload(admin.client, '/imports', workbook, { kind: 'annual_list' });
  expect(body.faults, JSON.stringify(body)).toEqual([]);
  const applied = await admin.client.post(`/imports/${body.id}/commands/apply`, {});
  expect(applied, JSON.stringify(applied.body)).toMatchObject({ status: 200 });
}

/** Imports the year's list with this one indicator, and releases it. */
export async function released(city: World, admin: Someone, chain: Unit, cells: Cells): Promise<Task> {
  await releases(city, admin, [rowOf(chain, cells)]);
  const { body: list } = await admin.client.get(`/indicator-tasks?unit_id=${chain.unit.id}`);
  expect(list.items).toHaveLength(1);
  return taskAt(city, list.items[0].id as string);
}

/** Imports the year's list with these indicators and releases it. @returns their tasks' ids, by number. */
export async function releases(
  { db }: Pick<World, 'db'>,
  admin: Someone,
  indicators: readonly Cells[],
  withinMs = 8_000,
): Promise<string[]> {
  await imports(admin, indicators);
  const release = await admin.client.post('/annual-lists/2026/commands/release', {});
  expect(release, JSON.stringify(release.body)).toMatchObject({ status: 200 });
  await eventually(
    async () => {
      const { body: now } = await admin.client.get('/annual-lists/2026/release');
      return now.stage === 'released' ? now : null;
    },
    'the release has come to its end',
    withinMs,
  );
  const tasks = await db.selectFrom('indicator_task').select('id').orderBy('number').execute();
  expect(tasks).toHaveLength(indicators.length);
  return tasks.map(({ id }) => id);
}

function taskAt(city: World, id: string) {
  const thing = handled(city, { kind: 'indicator_task', id });
  return {
    ...thing,
    reports: (who: Someone, period: string, value: string, more: object = {}) =>
      thing.gives(who, 'report-progress', { period, value, text: '按月推进', ...more }),
    accepts: (who: Someone, period: string) => thing.gives(who, 'accept-report', { period }),
    /** `yellow_card 2026-03-07, green 2026-03-20`: what a period has shown, and since when. */
    async colours(who: Someone): Promise<Record<string, string>> {
      const { periods } = await thing.openedBy(who);
      const all = periods as { id: string; colours: { at: string; colour: string }[] }[];
      return Object.fromEntries(
        all.map((period) => [
          period.id,
          period.colours.map(({ at, colour }) => `${colour} ${at.slice(0, 10)}`).join(', '),
        ]),
      );
    },
  };
}

/** One milestone in place of the quarters: a report is owed five working days after it. */
export const oneMilestone = (on: string): Cells => ({
  周期: '节点',
  '3月': null,
  '6月': null,
  '9月': null,
  '12月': null,
  节点计划: `${on}=4`,
});

/** Twelve months, ten kilometres each. */
export const byMonth: Cells = {
  指标: '农村公路改造里程',
  计量单位: '公里',
  上年基数: 95,
  市级目标: 120,
  周期: '月',
  ...Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`${n + 1}月`, (n + 1) * 10])),
};
