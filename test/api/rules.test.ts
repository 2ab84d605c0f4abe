import { afterAll, beforeAll, expect, test } from 'vitest';
import { currentIndicatorRules, currentRules } from '../../db/policies.ts';
import { currentRecipientRules } from '../../db/recipient-rules.ts';
import { seed } from '../../db/seed.ts';
import { defaultRecipientRules } from '../../domain/recipient.ts';
import { instantOn, localDate } from '../../domain/time.ts';
import { testApi, type Answer, type Client, type TestApi } from '../support/api.ts';
import { putItem } from '../support/items.ts';
import { createAccount } from '../support/people.ts';

const now = instantOn(localDate('2026-03-02'), '10:00');
let api: TestApi;
let office: Client;
beforeAll(async () => {
  api = await testApi({ clock: { now: () => Promise.resolve(now) } });
  await seed(api.db, now);
  office = await api.signedIn(await createAccount(api.db, { roles: ['assessment_admin'] }));
});
afterAll(() => api.close());

/** What is read, as it is written again: without what only reading shows. */
const again = ({ body: { version: _, created_at: __, ...rules } }: Answer) => rules;

test('the settings of items are changed as a next version: what begins later follows it, what is open keeps its own', async () => {
  const before = await office.get('/rules/process');
  expect(before.body).toMatchObject({
    version: 1,
    acknowledgement_working_days: 1,
    extension_cutoff: '17:00',
  });
  const by = { kind: 'person', person_id: 'p', unit_id: null, role: 'supervision_officer' } as const;
  const facts = { due_on: localDate('2026-06-30') };
  const open = await putItem(api.db, { at: now, by, facts });
  const wanted = { ...again(before), acknowledgement_working_days: 2, extension_cutoff: '18:00' };
  const changed = await office.put('/rules/process', wanted, { version: 1 });
  expect(changed).toMatchObject({
    status: 200,
    headers: { etag: '"2"' },
    body: { ...wanted, version: 2, created_at: '2026-03-02T10:00:00+08:00' },
  });
  expect(await currentRules(api.db)).toEqual({ ...wanted, version: 2 });
  const later = await putItem(api.db, { at: now, by, facts });
  expect(
    [open, later].map(({ state }) => [state.rules.version, state.rules.acknowledgement_working_days]),
  ).toEqual([
    [1, 1],
    [2, 2],
  ]);
  // Asked for again, it is what it is.
  expect((await office.put('/rules/process', wanted, { version: 2 })).body.version).toBe(2);
  const outdated = await office.put('/rules/process', again(before), { version: 1 });
  expect([outdated.status, outdated.headers['etag']]).toEqual([412, '"2"']);
  expect((await office.put('/rules/process', again(before))).status).toBe(428);
});

test('those of tasks too; a share of completion is a decimal up to a hundred', async () => {
  const before = await office.get('/rules/indicator');
  const wanted = { ...again(before), completed_from: '95.50' };
  expect((await office.put('/rules/indicator', wanted, { version: 1 })).body).toMatchObject({
    version: 2,
    completed_from: '95.5',
  });
  expect(await currentIndicatorRules(api.db)).toMatchObject({ version: 2, completed_from: '95.5' });
  for (const completed_from of ['101', '-1', '95.555', 95]) {
    const { status, body } = await office.put(
      '/rules/indicator',
      { ...wanted, completed_from },
      { version: 2 },
    );
    expect([status, body.errors?.[0]?.pointer]).toEqual([400, '/completed_from']);
  }
});

test('those of messages are the shipped ones until somebody changes them', async () => {
  const before = await office.get('/rules/recipient');
  expect(before).toMatchObject({ headers: { etag: '"0"' }, body: { version: 0, created_at: null } });
  const quiet = { from: '19:00', to: '07:30', resume_at: '08:00', red_on_non_working_days: false };
  const wanted = { ...again(before), quiet };
  expect((await office.put('/rules/recipient', wanted, { version: 0 })).body).toMatchObject({
    version: 1,
    quiet,
  });
  expect(await currentRecipientRules(api.db)).toEqual({ ...defaultRecipientRules, quiet });
});

test('what contradicts itself is refused with each place, and changes nothing', async () => {
  const before = await office.get('/rules/recipient');
  const rules = again(before);
  const { status, body } = await office.put(
    '/rules/recipient',
    {
      ...rules,
      quiet: { ...rules.quiet, resume_at: '06:00' },
      budget: { ...rules.budget, cap: 40, plan: 45, individual_up_to: 46 },
      sending: { ...rules.sending, receipt_checks_ms: [600_000, 120_000], retry_longest_ms: 1_000 },
    },
    { version: before.body.version },
  );
  expect([status, body.code]).toEqual([400, 'invalid_request']);
  expect(body.errors.map(({ pointer }: { pointer: string }) => pointer).toSorted()).toEqual([
    '/budget/individual_up_to',
    '/budget/plan',
    '/quiet/resume_at',
    '/sending/receipt_checks_ms',
    '/sending/retry_longest_ms',
  ]);
  // The carrier's own cap is no setting.
  const above = { ...rules, budget: { ...rules.budget, cap: 51 } };
  expect((await office.put('/rules/recipient', above, { version: before.body.version })).status).toBe(400);
  expect((await office.get('/rules/recipient')).body).toEqual(before.body);
});

test('everybody may read them, only who publishes policies may change them, and that is in the audit log', async () => {
  const unit = await api.signedIn(await createAccount(api.db, { roles: ['undertaking_unit'] }));
  const read = await unit.get('/rules/process');
  expect(read.status).toBe(200);
  expect((await unit.put('/rules/process', again(read), { version: read.body.version })).status).toBe(403);
  const later = { ...again(read), urge_cooldown_hours: 12 };
  expect((await office.put('/rules/process', later, { version: read.body.version })).status).toBe(200);
  const log = await api.signedIn(await createAccount(api.db, { roles: ['audit_admin'] }));
  const { body } = await log.get('/audit?subject=rules/process');
  expect(body.items[0]).toMatchObject({
    action: 'replaceProcessRules',
    result: 'ok',
    detail: { version: read.body.version + 1 },
  });
});
