/**
 * Fault 15 for supervision items: whatever is sent to the list, to its creation and to each command,
 * it is 400 or 413, and nothing has happened. What the schema cannot know is refused by the rules.
 */
import { expect, test } from 'vitest';
import { underWay, usualPeople } from '../support/matter.ts';
import { beginStory } from '../support/world.ts';

const nobody = '00000000-0000-4000-8000-000000000000';

const facts = {
  title: '完成城东路改造',
  number: '督〔2026〕0009',
  aspect: 'key_work',
  sub_aspect: 'major_project',
  source: { level: 'municipal', document: '政发12号', instructed_by: '市长' },
  item_class: 'dated',
  due_on: '2026-09-30',
  lead_unit_id: nobody,
  assisting_unit_ids: [nobody],
  report_cycle: { kind: 'working_days', n: 5 },
  importance: 'normal',
  warning_policy: 'standard',
};

const commands: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  edit: { title: '完成城东路改造', due_on: '2026-09-30' },
  assign: { lead_unit_id: nobody, assisting_unit_ids: [nobody] },
  acknowledge: { reporter: nobody, direct_lead: nobody },
  dispute: { reason: '非本单位职责' },
  uphold: { reason: '职责已明' },
  'report-progress': { percent: 60, text: '路基完成', evidence_ids: [nobody] },
  'request-extension': { new_due_on: '2026-10-30', reason: '连续降雨' },
  'decide-extension': { granted: true, reason: '同意' },
  pause: { reason: '等待批复' },
  resume: { reason: '已批复' },
  'request-close': { result: '已通车', evidence_ids: [nobody] },
  approve: { rating: 'good', opinion: '按期完成' },
  return: { reasons: '资料不全' },
  urge: { text: '请抓紧' },
  withdraw: { reason: '上级已撤销' },
  'confirm-withdrawal': {},
  'reject-withdrawal': { reason: '继续办理' },
  'reassign-person': { role: 'reporter', person_id: nobody },
  comment: { text: '已阅' },
};

/** Numbers as only a text can hold them. */
const bare = (number: string) => `\u0001${number}\u0001`;
const asText = (body: unknown) => JSON.stringify(body).replaceAll(/"\\u0001([^"\\]+)\\u0001"/g, '$1');

/** Values that no field of this kind may have. */
function poisons(value: unknown): readonly unknown[] {
  const numbers = ['1e400', '-1e400', '9007199254740993', '1e308', '-1'].map(bare);
  if (typeof value === 'number') return [...numbers, '60', null, [60], true];
  if (typeof value === 'boolean') return ['true', 1, null, {}];
  if (Array.isArray(value))
    return [nobody, {}, [7], ['x'], [nobody, nobody], Array(51).fill(nobody), [[nobody]]];
  if (typeof value === 'object') return ['x', [], 7, { __proto__: null, polluted: 1 }];
  const text = typeof value === 'string' ? value : '';
  const characters = [`${text}\0`, `${text}\ud800`, `\udc00${text}`];
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) {
    const days = [
      '2026-02-30',
      '2026-02-29',
      '2026-13-01',
      '2026-9-3',
      '0000-00-00',
      '+2026-01-01',
      '2026-09-30T00:00:00Z',
    ];
    return [...characters, ...days, ...numbers, ''];
  }
  return [...characters, ...numbers, '', ['x'], {}, 'x'.repeat(100_000)];
}

/** The same body with one place poisoned, in every way, at every place. */
function* poisoned(body: Readonly<Record<string, unknown>>): Generator<string> {
  for (const [field, value] of Object.entries(body)) {
    for (const poison of poisons(value)) yield asText({ ...body, [field]: poison });
    if (typeof value !== 'object' || value === null || Array.isArray(value)) continue;
    for (const inner of poisoned(value as Record<string, unknown>)) {
      yield `${asText({ ...body, [field]: null }).slice(0, -1)},"${field}":${inner}}`;
    }
  }
}

/** What no body may be. */
const bodies = [
  '',
  '{',
  'null',
  '[]',
  '"x"',
  '7',
  '{"a":1,}',
  '{"unknown_field":1}',
  '{"__proto__":{"admin":true}}',
  '{"constructor":{"prototype":{"admin":true}}}',
  '{"\\u0000":1}',
  '{"\\ud800":1}',
  '['.repeat(200_000) + ']'.repeat(200_000),
  '{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000),
  `[${'0,'.repeat(100_000)}0]`,
  `{"text":"${'x'.repeat(1024 * 1024)}"}`,
  Buffer.from([0x7b, 0xff, 0xfe, 0x7d]),
];

test('fault 15: nothing that is sent to an item or to its list is ever our fault, and nothing comes of it', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { officer, reporter, unit } = await usualPeople(city);
  const item = await underWay(city, officer, reporter, { due_on: '2026-09-30', lead_unit_id: unit.id });
  const before = await item.openedBy(officer);

  const targets = [
    { path: '/supervision-items', body: facts as Readonly<Record<string, unknown>> },
    ...Object.entries(commands).map(([name, body]) => ({ path: `${item.path}/commands/${name}`, body })),
  ];
  expect(targets.length - 1).toBe((await routesOfCommands(city)).length);
  let sent = 0;
  for (const [index, { path, body }] of targets.entries()) {
    // One parser reads them all.
    for (const text of [...(index < 2 ? bodies : []), ...poisoned(body)]) {
      const { status, body: told } = await officer.client.post(path, text);
      sent += 1;
      expect([400, 413], `${path} ${String(text).slice(0, 300)} → ${JSON.stringify(told)}`).toContain(status);
    }
  }
  expect(sent).toBeGreaterThan(500);

  expect(await item.openedBy(officer)).toEqual(before);
  expect(await city.db.selectFrom('supervision_item').select('id').execute()).toHaveLength(1);
  await city.travelTo('2026-09-14 11:00');
  await reporter.phone.expects('1项待办');
  await city.ends();
});

test('fault 15: what fits the schema and no rule is refused by its code', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { officer, reporter, leader, unit } = await usualPeople(city);
  const item = await underWay(city, officer, reporter, { due_on: '2026-09-30', lead_unit_id: unit.id });
  const given = { ...facts, lead_unit_id: unit.id, assisting_unit_ids: [] };
  const listed = (changes: object) => officer.client.post('/supervision-items', { ...given, ...changes });
  const codes = async (answers: readonly Promise<{ status: number; body: { code: string } }>[]) =>
    (await Promise.all(answers)).map(({ status, body }) => (status < 500 ? body.code : status));

  expect(
    await codes([
      listed({ due_on: '9999-12-31' }),
      listed({ due_on: '0001-01-01' }),
      listed({ due_on: '2026-09-13' }),
      listed({ lead_unit_id: nobody }),
      listed({ assisting_unit_ids: [nobody] }),
      listed({ warning_policy: 'none such' }),
      listed({ aspect: 'major_matter_phase', sub_aspect: 'major_project' }),
      item.send(reporter, 'request-extension', { new_due_on: '9999-12-31', reason: '太久' }),
      item.send(reporter, 'request-extension', { new_due_on: '2026-09-30', reason: '同一天' }),
      item.send(leader, 'decide-extension', { granted: true, reason: '没有申请' }),
      item.send(officer, 'approve', { rating: 'good' }),
      item.send(reporter, 'report-progress', { percent: 1, text: '没有的资料', evidence_ids: [nobody] }),
    ]),
  ).toEqual([
    'calendar_not_loaded',
    'due_in_past',
    'due_in_past',
    'unknown_unit',
    'unknown_unit',
    'unknown_policy',
    'invalid_request',
    'calendar_not_loaded',
    'due_not_later',
    'no_extension_pending',
    'stage_forbids',
    'evidence_unusable',
  ]);

  const paths = [
    `${item.path}%00`,
    '/supervision-items/%00',
    '/supervision-items/..%2f..%2fme',
    `/supervision-items/${nobody}%20`,
    '/supervision-items?due_until=2026-02-30',
    '/supervision-items?title=%00',
    '/supervision-items?limit=1e99',
    '/supervision-items?limit=-1',
    '/supervision-items?sort=title',
    '/supervision-items?stage=starting%27--',
    '/supervision-items?__proto__=1',
    ...['number', 'due_at', '-created_at'].flatMap((sort) =>
      [
        '["99999-99-99","x"]',
        '["\\u0000","00000000-0000-4000-8000-000000000000"]',
        '[1,2]',
        '{}',
        '["1e999","x"]',
      ].map(
        (cursor) => `/supervision-items?sort=${sort}&cursor=${Buffer.from(cursor).toString('base64url')}`,
      ),
    ),
  ];
  for (const path of paths) {
    const { status, body } = await officer.client.get(path);
    expect([400, 404], `${path} → ${status} ${JSON.stringify(body)}`).toContain(status);
  }
  await city.travelTo('2026-09-14 11:00');
  await reporter.phone.expects('1项待办');
  await city.ends();
});

async function routesOfCommands({
  server,
}: {
  server: { app: { routesWithRights: readonly { url: string }[] } };
}) {
  return server.app.routesWithRights.filter(({ url }) =>
    url.startsWith('/api/v1/supervision-items/:id/commands/'),
  );
}
