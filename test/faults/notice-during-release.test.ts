/** A notice of holidays is applied while things are being born: none of them is passed over, and none holds the notice up. */
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { publish } from '../../db/calendar.ts';
import { indicatorTasks } from '../../db/indicator-task.ts';
import { birthsOf } from '../../db/list-release.ts';
import { begin, CalendarHasMoved } from '../../db/projecting.ts';
import { localDate } from '../../domain/time.ts';
import { usualPeople } from '../support/matter.ts';
import { endsOf } from '../support/messages.ts';
import { assessmentPeople, byMonth, drafted } from '../support/task.ts';
import { at, beginStory, eventually, type Someone, type World } from '../support/world.ts';

/** The day on which an acknowledgement would otherwise be due. */
const localDay = {
  year: 2026,
  source: '州政办发〔2026〕3号',
  local_days: [{ date: '2026-01-15', working: false, name: '州庆' }],
};

async function aDraft(city: World) {
  const people = await assessmentPeople(city);
  const { admin, office, ...chain } = people;
  await drafted(admin, chain, byMonth);
  const by = {
    kind: 'person',
    person_id: admin.person.id,
    unit_id: office.id,
    role: 'assessment_admin',
  } as const;
  const born = async () =>
    (await birthsOf(city.db, 2026, { all: true }, { by, at: at('2026-01-12 10:00') })).births;
  return { ...people, born };
}

async function applies(proposer: Someone, other: Someone): Promise<void> {
  const proposed = await proposer.client.post('/calendar-publications', localDay);
  expect(proposed, JSON.stringify(proposed.body)).toMatchObject({ status: 201 });
  const apply = `/calendar-publications/${proposed.body.id}/commands/apply`;
  const applied = await other.client.post(apply, {});
  expect(applied, JSON.stringify(applied.body)).toMatchObject({
    status: 200,
    body: { stage: 'applied', cannot_move: [] },
  });
}

async function releasedTask(admin: Someone) {
  expect(await admin.client.post('/annual-lists/2026/commands/release', {})).toMatchObject({ status: 200 });
  await eventually(async () => {
    const { body } = await admin.client.get('/annual-lists/2026/release');
    return body.stage === 'released' && body.done === 1 ? body : null;
  }, 'the list is released');
  const { body } = await admin.client.get('/indicator-tasks?year=2026');
  expect(body.items).toHaveLength(1);
  return body.items[0] as { id: string; next_deadline: { kind: string; at: string } };
}

const eventsOf = async (city: World, id: string) =>
  (
    await city.db
      .selectFrom('process_event')
      .select('type')
      .where('thing_id', '=', id)
      .orderBy('version')
      .execute()
  ).map(({ type }) => type);

const acknowledgedBy = (day: string) => ({
  kind: 'acknowledgement',
  at: expect.stringContaining(day) as string,
});

test('fault 22: what a release has written and not started yet is started for the notice, moves with it, and is not started twice', async () => {
  const city = await beginStory({ at: '2026-01-12 10:00' });
  const { admin, second, born } = await aDraft(city);
  await begin(city.db, indicatorTasks, await born());
  await applies(admin, second);
  const task = await releasedTask(admin);
  expect(task.next_deadline).toMatchObject(acknowledgedBy('2026-01-16'));
  expect(await eventsOf(city, task.id)).toEqual(['created', 'replanned']);
  await city.travelTo('2026-01-12 10:10');
  await endsOf(city);
  city.phonesAreRead();
  await city.ends();
});

test('fault 22: what was decided before the notice and comes to be written after it is not written, and is decided anew', async () => {
  const city = await beginStory({ at: '2026-01-12 10:00' });
  const { admin, second, born } = await aDraft(city);
  const decidedBefore = await born();
  await applies(admin, second);
  await expect(begin(city.db, indicatorTasks, decidedBefore)).rejects.toThrow(CalendarHasMoved);
  const task = await releasedTask(admin);
  expect(task.next_deadline).toMatchObject(acknowledgedBy('2026-01-16'));
  expect(await eventsOf(city, task.id)).toEqual(['created']);
  await city.travelTo('2026-01-12 10:10');
  await endsOf(city);
  city.phonesAreRead();
  await city.ends();
});

test('fault 22: an item that is listed while a notice is being published waits for it and begins on the new calendar', async () => {
  const city = await beginStory({ at: '2026-01-12 10:00' });
  const { officer, unit } = await usualPeople(city);
  const waits = async () => {
    const { rows } = await sql`
      select from pg_locks where not granted and relation = 'calendar_publication'::regclass`.execute(
      city.db,
    );
    return rows.length > 0 || undefined;
  };
  const day = {
    date: localDate('2026-01-13'),
    working: false,
    name: '州庆',
    status: 'official',
    source: '',
  } as const;
  const { listing } = await city.db.transaction().execute(async (tx) => {
    await publish(tx, { at: at('2026-01-12 10:00'), accountId: null, note: '', localOf: 2026, days: [day] });
    const listing = officer.client.post('/supervision-items', {
      title: '修复滨河路',
      aspect: 'key_work',
      sub_aspect: 'major_project',
      source: { level: 'municipal', document: null, instructed_by: null },
      item_class: 'dated',
      due_on: '2026-03-31',
      lead_unit_id: unit.id,
      assisting_unit_ids: [],
      report_cycle: { kind: 'none' },
      importance: 'normal',
      assign: true,
    });
    await eventually(waits, 'the listing waits for the publication');
    return { listing };
  });
  const listed = await listing;
  expect(listed, JSON.stringify(listed.body)).toMatchObject({ status: 201 });
  // The next working day is the one after the day off.
  expect(listed.body.next_deadline).toMatchObject(acknowledgedBy('2026-01-14'));
  await city.travelTo('2026-01-12 10:10');
  await endsOf(city);
  city.phonesAreRead();
  await city.ends();
});
