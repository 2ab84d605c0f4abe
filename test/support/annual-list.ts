/** A year's list as a story brings it in, the release of it, and the tasks that come of it. */
import { expect } from 'vitest';
import { writeWorkbook } from '../../sample/write-workbook.ts';
import { workflowIdOf } from '../../workflows/client.ts';
import { annualListOf, indicatorRow } from '../domain/annual-list-rows.ts';
import type { Answer } from './api.ts';
import { upload } from './forms.ts';
import { createPerson, createUnit, givePost } from './people.ts';
import { eventually, type Someone, type World } from './world.ts';

/** The draft of one unit with so many indicators of equal weight, the unit's people, and two of the office. */
export async function aList(city: World, indicators: number) {
  const office = await createUnit(city.db, { name: '市考核办' });
  const admin = await city.someone(office, { role: 'assessment_admin' });
  const second = await city.someone(office, { role: 'assessment_admin' });
  const unit = await createUnit(city.db, { name: '水利局' });
  const holder = async (role: 'reporter' | 'direct_lead' | 'contact_person', name: string) => {
    const person = await createPerson(city.db, { name, unit_id: unit.id, office: '工程科' });
    await givePost(city.db, { person, unit, role });
    return person.id;
  };
  const people = {
    reporter_id: await holder('reporter', '水利局甲'),
    direct_lead_id: await holder('direct_lead', '水利局乙'),
    contact_person_id: await holder('contact_person', '水利局丙'),
  };
  const rows = Array.from({ length: indicators }, (_, n) =>
    indicatorRow({
      单位: '水利局',
      指标: `重点任务第${n + 1}项`,
      分值: 100 / indicators,
      填报责任人: '水利局甲',
      直接负责人: '水利局乙',
      联系人: '水利局丙',
    }),
  );
  const content = await writeWorkbook(annualListOf(...rows));
  const { body, status } = await upload(
    admin.client,
    '/imports',
    { name: '清单.xlsx', content },
    { kind: 'annual_list' },
  );
  expect([status, body.faults]).toEqual([201, []]);
  expect(await admin.client.post(`/imports/${body.id}/commands/apply`, {})).toMatchObject({ status: 200 });
  return { admin, second, unit, people };
}

const LIST = '/annual-lists/2026';

/** @returns the release as it is after the command. */
export async function give(admin: Someone, command: 'release' | 'pause-release' | 'resume-release') {
  const answer = await admin.client.post(`${LIST}/commands/${command}`, {});
  expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 200 });
  return answer.body;
}

export const releaseOf = async (admin: Someone) => (await admin.client.get(`${LIST}/release`)).body;

/** @returns the release once it is so. */
export const untilRelease = (
  admin: Someone,
  is: (release: Answer['body']) => boolean,
  what: string,
  withinMs?: number,
) =>
  eventually(
    async () => {
      const release = await releaseOf(admin);
      return is(release) ? release : null;
    },
    what,
    withinMs,
  );

export const released = (admin: Someone, withinMs?: number) =>
  untilRelease(admin, ({ stage }) => stage === 'released', 'the list is released', withinMs);

/** What one person proposes and another one confirms. @returns the change. */
export async function decided(admin: Someone, second: Someone, path: string, proposal: object) {
  const proposed = await admin.client.post(path, proposal);
  expect(proposed, JSON.stringify(proposed.body)).toMatchObject({ status: 201 });
  const confirmed = await second.client.post(
    `${LIST}/weight-changes/${proposed.body.id}/commands/confirm`,
    {},
  );
  expect(confirmed, JSON.stringify(confirmed.body)).toMatchObject({ status: 200 });
  return confirmed.body;
}

/** A dynamic indicator of eight points, as it is proposed. */
export const riverPatrols = {
  year: 2026,
  name: '河长制巡河',
  source_level: 'provincial',
  points: '8',
  measure: '次',
  direction: 'higher_better',
  baseline_value: '0',
  level_targets: { provincial: '24' },
  responsible_office: '河湖科',
  period_kind: 'quarterly',
  plan: [
    { by: '2026-06-30', value: '6' },
    { by: '2026-09-30', value: '12' },
    { by: '2026-12-31', value: '24' },
  ],
  reason: '省级新增任务',
} as const;

/** The tasks of the list, in the order of their numbers. */
export const tasksOf = (city: Pick<World, 'db'>) =>
  city.db.selectFrom('indicator_task').select(['id', 'number']).orderBy('number').execute();

/** How many of them have a process that runs. */
export async function runsOf(city: World): Promise<number> {
  const runs = await Promise.all(
    (await tasksOf(city)).map(async ({ id }) => {
      const handle = city.server.client.workflow.getHandle(workflowIdOf('indicator_task', id));
      return (await handle.describe()).status.name === 'RUNNING' ? 1 : 0;
    }),
  );
  return runs.reduce<number>((sum, one) => sum + one, 0);
}

export async function processOf(city: World) {
  const { id } = await city.db.selectFrom('list_release').select('id').executeTakeFirstOrThrow();
  return city.server.client.workflow.getHandle(workflowIdOf('list_release', id));
}

/** The release runs, and has nothing to do. */
export const isAtRest = (city: World) =>
  eventually(async () => {
    const { raw, status } = await (await processOf(city)).describe();
    const idle = raw.pendingWorkflowTask == null && (raw.pendingActivities ?? []).length === 0;
    return status.name === 'RUNNING' && idle ? true : null;
  }, 'the release waits');
