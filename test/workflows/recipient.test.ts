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
  await city.travelTo('2026-09-14 10:35');
  await assigned(2);
  await city.travelTo('2026-09-14 11:10');
  await hasHadRuns(city, reporter, 3);
  expect(await tellingsOf(city)).toEqual(Array(4).fill('notice reporter pending'));
  expect(city.standIn.calls().SendSms).toBeGreaterThan(10);

  city.standIn.behave();
  await city.travelTo('2026-09-14 11:20');
  await reporter.phone.expects('4项待办');
  expect(await endsOf(city)).toEqual(Array(4).fill('notice reporter merged'));
  await city.ends();
});

test('what a fault of configuration holds is held over several runs too, without another try', async () => {
  const { city, operator, reporter, assigned } = await cityOfShortRuns();
  city.standIn.misbehave({ do: 'reject', code: 'isv.SMS_TEMPLATE_ILLEGAL', next: 1 });
  await assigned(1);
  await city.travelTo('2026-09-14 10:05');
  await waitsFor(operator, 'isv.SMS_TEMPLATE_ILLEGAL');
  for (const clock of ['10:10', '10:20', '10:30', '10:40', '10:50']) {
    await assigned(2);
    await city.travelTo(`2026-09-14 ${clock}`);
  }
  await hasHadRuns(city, reporter, 2);
  expect(city.standIn.calls().SendSms).toBe(1);
  await operator.client.post('/messages/commands/release', {});
  await reporter.phone.expects('11项待办');
  await city.travelTo('2026-09-14 11:00');
  expect(await endsOf(city)).toEqual(Array(11).fill('notice reporter merged'));
  await city.ends();
});

test('told while its run ends, again and again: nothing is lost and nothing goes out twice', async () => {
  const { city, reporter, assigned } = await cityOfShortRuns();
  let count = 0;
  for (const clock of ['10:02', '10:04', '10:06', '10:08', '10:10', '10:12']) {
    // Some are told while the story moves on, and whatever is due is sent.
    const [, items] = await Promise.all([city.travelTo(`2026-09-14 ${clock}`), assigned(4)]);
    count += items.length;
  }
  await city.travelTo('2026-09-14 13:00');
  await hasHadRuns(city, reporter, 3);
  const ends = await endsOf(city);
  expect(ends).toHaveLength(count);
  for (const end of ends) expect(end).toMatch(/^notice reporter (delivered|merged)$/);
  const said = (await messagesTo(city, reporter)).map(({ params }) => Number(params['count']));
  expect(said.reduce((sum, one) => sum + one, 0)).toBe(count);
  await reporter.phone.expects(...said.map((one) => `${one}项待办`));
  await city.ends();
});

test('an answer of the database that is lost, to each step of a message: one message all the same', async () => {
  const lost = new Map<string, number>();
  const { city, reporter, assigned } = await cityOfShortRuns({
    // Done, and the worker does not hear of it: the first two times of each step.
    around: (activities) =>
      Object.fromEntries(
        Object.entries(activities).map(([name, work]) => [
          name,
          async (...args: never[]) => {
            const answer = await work(...args);
            const times = lost.get(name) ?? 0;
            lost.set(name, times + 1);
            if (name !== 'projectSupervisionItem' && times < 2) throw new Error('the answer was lost');
            return answer;
          },
        ]),
      ) as typeof activities,
  });
  await assigned(3);
  await city.travelTo('2026-09-14 13:00');
  await reporter.phone.expects('3项待办');
  expect(await endsOf(city)).toEqual(Array(3).fill('notice reporter merged'));
  for (const step of ['openMessage', 'treatAnswer', 'ask']) expect(lost.get(step), step).toBeGreaterThan(1);
  expect(lost.get('send')).toBe(1);
  await city.ends();
});
