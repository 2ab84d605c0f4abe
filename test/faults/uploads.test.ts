/** Faults 16 and 17: an upload that breaks off, and one that is too big, while the item that it is for lives on. */
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { wallNow } from '../../db/clock.ts';
import { openSession } from '../../db/sessions.ts';
import { formOf, upload } from '../support/forms.ts';
import { underWay, usualPeople } from '../support/matter.ts';
import { beginStory, eventually, type Someone, type World } from '../support/world.ts';

const MIB = 1024 * 1024;
const pdf = (bytes: number) => ({
  name: '印证材料.pdf',
  content: Buffer.concat([
    Buffer.from('%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n'),
    Buffer.alloc(bytes),
  ]),
});

async function itemUnderWay() {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { officer, unit, reporter } = await usualPeople(city);
  const item = await underWay(city, officer, reporter, { due_on: '2026-10-15', lead_unit_id: unit.id });
  await city.travelTo('2026-09-14 10:10');
  await reporter.phone.expects('2026-10-15');
  return { city, reporter, item, about: { thing_kind: 'supervision_item', thing_id: item.id } };
}

async function traces({ db, evidenceFolder }: World) {
  const entries = await readdir(evidenceFolder, { recursive: true, withFileTypes: true });
  return {
    files: entries.filter((entry) => entry.isFile()).length,
    rows: (await db.selectFrom('evidence').select('id').execute()).length,
  };
}

/** Sends the first `bytes` of a form, and no more. @returns how to break the line. */
async function begin(city: World, who: Someone, form: Awaited<ReturnType<typeof formOf>>, bytes: number) {
  const { token } = await openSession(city.db, who.account.id, wallNow());
  const { hostname, port } = new URL(city.address);
  const socket = connect(Number(port), hostname);
  socket.write(
    [
      'POST /api/v1/evidence HTTP/1.1',
      'Host: dukao',
      `Authorization: Bearer ${token}`,
      'Idempotency-Key: "cut"',
      `Content-Type: ${form.headers['content-type']}`,
      `Content-Length: ${form.body.length}`,
      '',
      '',
    ].join('\r\n'),
  );
  socket.write(form.body.subarray(0, bytes));
  return () => void socket.destroy();
}

test('fault 16: an upload that is cut half way leaves no row and no file; sent again it is there once, and a report names it', async () => {
  const { city, reporter, item, about } = await itemUnderWay();
  const form = await formOf(pdf(500_000), about);
  const cut = await begin(city, reporter, form, 300_000);
  await eventually(async () => ((await traces(city)).files === 1 ? true : null), 'half a file');
  cut();
  await eventually(async () => ((await traces(city)).files === 0 ? true : null), 'it is gone');
  expect(await traces(city)).toEqual({ files: 0, rows: 0 });

  const sent = await upload(reporter.client, '/evidence', pdf(500_000), about, 'cut');
  expect(sent.status, JSON.stringify(sent.body)).toBe(201);
  await item.gives(reporter, 'report-progress', { percent: 40, text: '进度', evidence_ids: [sent.body.id] });
  expect(await traces(city)).toEqual({ files: 1, rows: 1 });
  await city.ends();
});

test('fault 17: an upload that is too big is said to be, and leaves no row and no file; a smaller one is taken', async () => {
  const { city, reporter, item, about } = await itemUnderWay();
  const refused = await upload(reporter.client, '/evidence', pdf(MIB), about);
  expect(refused).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
  expect(await traces(city)).toEqual({ files: 0, rows: 0 });

  const { body } = await upload(reporter.client, '/evidence', pdf(MIB / 2), about);
  await item.gives(reporter, 'report-progress', { percent: 40, text: '进度', evidence_ids: [body.id] });
  expect(await traces(city)).toEqual({ files: 1, rows: 1 });
  await city.ends();
});
