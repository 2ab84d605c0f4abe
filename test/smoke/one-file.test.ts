/** What a file serves: whatever took it in, and nothing that refused it (domain.md 11: collect once, reuse). */
import { expect, test } from 'vitest';
import { upload } from '../support/forms.ts';
import { listed, underWay, usualPeople } from '../support/matter.ts';
import { beginStory, type Someone } from '../support/world.ts';

const pdf = '%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n';

const sees = async ({ client }: Someone, file: string) =>
  (await client.get(`/evidence/${file}/content`)).status;

test('a file that a refused command named is still free; then it serves two things, and whoever sees one of them sees it', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { officer, unit, reporter } = await usualPeople(city);
  const water = await city.unitWithPeople('水利局');
  const forestry = await city.unitWithPeople('林草局');
  const facts = { due_on: '2026-12-30', lead_unit_id: unit.id };
  const road = await listed(city, officer, { ...facts, assisting_unit_ids: [forestry.unit.id] });
  await road.gives(officer, 'assign');
  const bridge = await underWay(city, officer, reporter, { ...facts, assisting_unit_ids: [water.unit.id] });
  const mine = { name: '验收.pdf', content: pdf };
  const file = (await upload(reporter.client, '/evidence', mine)).body.id as string;
  const report = { percent: 60, text: '路基完成', evidence_ids: [file] };
  const filesOf = async (matter: { readonly path: string }) =>
    (await officer.client.get(`${matter.path}/evidence`)).body.items as unknown[];

  // Not acknowledged yet: refused, and nothing has changed.
  expect(await road.refuses(reporter, 'report-progress', report)).toBe('stage_forbids');
  expect(await filesOf(road)).toEqual([]);
  expect(await sees(officer, file)).toBe(404);

  // Capitals are the same file, and it is named once.
  await bridge.gives(reporter, 'report-progress', { ...report, evidence_ids: [file, file.toUpperCase()] });
  expect(await filesOf(bridge)).toMatchObject([
    { id: file, thing_kind: 'supervision_item', thing_id: bridge.id },
  ]);
  expect(await filesOf(road)).toEqual([]);
  const seeing = () =>
    Promise.all([officer, water.reporter, forestry.reporter].map((who) => sees(who, file)));
  expect(await seeing()).toEqual([200, 200, 404]);

  // The same file proves the other thing too, and the unit that assists there sees it from now on.
  await road.gives(reporter, 'acknowledge');
  await road.gives(reporter, 'report-progress', report);
  expect(await filesOf(road)).toMatchObject([{ id: file, thing_id: road.id }]);
  expect(await filesOf(bridge)).toMatchObject([{ id: file, thing_id: bridge.id }]);
  expect(await seeing()).toEqual([200, 200, 200]);

  // Who only sees it cannot prove their own work with it; for the thing itself they may name it again.
  const own = await underWay(city, officer, water.reporter, { ...facts, lead_unit_id: water.unit.id });
  expect(await own.refuses(water.reporter, 'report-progress', report)).toBe('evidence_unusable');
  await bridge.gives(water.reporter, 'report-progress', report);

  await city.travelTo('2026-09-14 10:20');
  city.phonesAreRead();
  await city.ends();
});
