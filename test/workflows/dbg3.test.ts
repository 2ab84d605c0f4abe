/** What a recipient's workflow promises when its runs are short, on the real server. */
import { beforeAll, expect, test } from 'vitest';
import type { WorkerSurroundings } from '../../worker-assembly.ts';
import { workflowIdOf } from '../../workflows/client.ts';
import { endsOf, messagesTo, tellingsOf, waitsFor } from '../support/messages.ts';
import { listed, type Matter } from '../support/matter.ts';
import { createUnit } from '../support/people.ts';
import { beginStory, eventually, type Someone, type World } from '../support/world.ts';
import { withShortRuns } from './short-runs-bundle.ts';

let shortRuns: NonNullable<WorkerSurroundings['workflows']>;
beforeAll(async () => {
  shortRuns = await withShortRuns();
});

async function cityOfShortRuns(options: Partial<Parameters<typeof beginStory>[0]> = {}) {
  const city = await beginStory({ at: '2026-09-14 10:00', workflows: shortRuns, ...options });
  const office = await createUnit(city.db, { name: '市督查办' });
  const officer = await city.someone(office, { role: 'supervision_officer', post: 'reporter' });
  const operator = await city.someone(office, { role: 'system_admin' });
  const { unit, reporter } = await city.unitWithPeople('交通局');
  /** Items for one reporter, all told of at once. */
  const assigned = (count: number): Promise<Matter[]> =>
    Promise.all(
      Array.from({ length: count }, async () => {
        const item = await listed(city, officer, { due_on: '2026-10-30', lead_unit_id: unit.id });
        await item.gives(officer, 'assign');
        return item;
      }),
    );
  return { city, officer, operator, reporter, assigned };
}

async function runsOf(city: World, { person }: Someone): Promise<number> {
  const query = `WorkflowId = '${workflowIdOf('recipient', person.id)}'`;
  let runs = 0;
  for await (const _ of city.server.client.workflow.list({ query })) runs += 1;
  return runs;
}

/** The list of processes is written a moment after them. */
const hasHadRuns = (city: World, who: Someone, count: number) =>
  eventually(async () => (await runsOf(city, who)) >= count || undefined, `${count} runs`);

test('a stop of all sending lasts over several runs, and so does what came in it: in the end one message', async () => {
  const { city, reporter, assigned } = await cityOfShortRuns();
  city.standIn.misbehave({ do: 'reject', code: 'isv.OUT_OF_SERVICE' });
  await assigned(2);
  const dump = async (e: unknown) => {
    const { writeFileSync } = await import('node:fs');
    const query = `WorkflowId = '${workflowIdOf('recipient', reporter.person.id)}'`;
    const rep = (_k: string, v: any) => v?.type === 'Buffer' ? Buffer.from(v.data).toString('utf8').slice(0, 300) : (v !== null && typeof v === 'object' && 'low' in v ? v.low : v);
    const runs = [];
    for await (const w of city.server.client.workflow.list({ query })) {
      const h = await city.server.client.workflow.getHandle(w.workflowId, w.runId).fetchHistory();
      runs.push({ runId: w.runId, status: w.status.name, start: w.startTime, h });
    }
    writeFileSync('/tmp/dbg-runs.json', JSON.stringify(runs, rep));
    writeFileSync('/tmp/dbg-log.json', JSON.stringify(city.log.filter((l) => l.includes('ondeterminism') || l.includes('"level":40') || l.includes('"level":50')), null, 1));
    throw e;
  };
  await city.travelTo('2026-09-14 11:00').catch(dump);
  await assigned(2);
  await city.travelTo('2026-09-14 12:00').catch(dump);
  await hasHadRuns(city, reporter, 3);
  expect(await tellingsOf(city)).toEqual(Array(4).fill('notice reporter pending'));
  expect(city.standIn.calls().SendSms).toBeGreaterThan(20);

  city.standIn.behave();
  await city.travelTo('2026-09-14 12:10');
  await reporter.phone.expects('4项待办');
  expect(await endsOf(city)).toEqual(Array(4).fill('notice reporter merged'));
  await city.ends();
});

