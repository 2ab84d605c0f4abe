import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NewSupervisionItem } from '../../api/deps.ts';
import { seed } from '../../db/seed.ts';
import type { Actor } from '../../domain/process.ts';
import { instantOn, localDate } from '../../domain/time.ts';
import { testApi, type TestApi } from '../support/api.ts';
import { upload } from '../support/forms.ts';
import { createAccount } from '../support/people.ts';
import { noProcesses } from '../support/stand-ins.ts';

const now = instantOn(localDate('2026-11-24'), '10:00');
const sample = (name: string) => readFile(new URL(`../../sample/${name}`, import.meta.url));

describe('the sample city over HTTP', () => {
  let api: TestApi;
  const created: { item: NewSupervisionItem; by: Actor; commandId: string }[] = [];
  beforeAll(async () => {
    api = await testApi({
      clock: { now: () => Promise.resolve(now) },
      processes: {
        ...noProcesses,
        createSupervisionItem: (item, by, commandId) => {
          created.push({ item, by, commandId });
          return Promise.resolve({ id: randomUUID() });
        },
      },
    });
    await seed(api.db, now);
  });
  afterAll(() => api.close());

  it('comes in whole: roster, accounts, roles, then the supervision list by one of its own officers, the target list by the assessment office', async () => {
    const sysadmin = await api.signedIn(await createAccount(api.db, { roles: ['system_admin'] }));
    const security = await api.signedIn(await createAccount(api.db, { roles: ['security_admin'] }));
    const roster = { name: 'roster.xlsx', content: await sample('roster.xlsx') };
    const uploaded = await upload(sysadmin, '/imports', roster, { kind: 'roster' });
    expect(uploaded.body.faults).toEqual([]);
    const applied = await sysadmin.post(`/imports/${uploaded.body.id}/commands/apply`, {});
    expect(applied.body.stage).toBe('applied');
    expect(applied.body.one_time_passwords.length).toBe(applied.body.counts.people);
    const granted = await security.post(`/imports/${uploaded.body.id}/commands/apply`, {});
    expect(granted.body.left_out).toEqual({ accounts: 0, roles: 0 });

    const account = await api.db
      .selectFrom('account')
      .innerJoin('account_role', 'account_role.account_id', 'account.id')
      .innerJoin('person', 'person.id', 'account.person_id')
      .select(['account.id', 'account.person_id', 'person.unit_id'])
      .where('account_role.role', '=', 'supervision_officer')
      .orderBy('account.account')
      .executeTakeFirstOrThrow();
    // As after the first sign-in, which replaces the one-time password.
    await api.db
      .updateTable('account')
      .set({ password_is_one_time: false })
      .where('id', '=', account.id)
      .execute();
    const officer = await api.signedIn(account);
    const list = { name: 'list.xlsx', content: await sample('supervision-list-2026.xlsx') };
    const preview = await upload(officer, '/imports', list, { kind: 'supervision_list' });
    expect(preview.body).toMatchObject({ stage: 'ready', faults: [], total: 116, done: 0 });
    const done = await officer.post(`/imports/${preview.body.id}/commands/apply`, {});
    expect(done.body).toMatchObject({ stage: 'applied', total: 116, done: 116, one_time_passwords: null });
    expect(new Set(created.map(({ commandId }) => commandId)).size).toBe(116);
    expect(created.every(({ item }) => item.lead_unit_id !== null)).toBe(true);
    const by = {
      kind: 'person',
      person_id: account.person_id,
      unit_id: account.unit_id,
      role: 'supervision_officer',
    };
    expect(created.map((one) => one.by)).toEqual(created.map(() => by));

    const assessment = await api.signedIn(await createAccount(api.db, { roles: ['assessment_admin'] }));
    const targets = { name: 'annual.xlsx', content: await sample('annual-list-2026.xlsx') };
    const looked = await upload(assessment, '/imports', targets, { kind: 'annual_list' });
    expect(looked.body).toMatchObject({ stage: 'ready', faults: [], total: 1413 });
    await assessment.post(`/imports/${looked.body.id}/commands/apply`, {});
    const annual = await assessment.get('/annual-lists/2026');
    expect(annual.body).toMatchObject({
      stage: 'draft',
      faults: [],
      counts: { units: 56, indicators: 1413 },
    });
    const units = annual.body.units as { points: string; missing_themes: string[] }[];
    expect(
      units.every(({ points, missing_themes }) => points === '100.00' && missing_themes.length === 0),
    ).toBe(true);
  }, 120_000);
});
