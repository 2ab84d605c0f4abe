import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Db } from '../../db/client.ts';
import {
  currentIndicatorRules,
  currentPolicies,
  currentRules,
  itemPolicies,
  policyFor,
  taskPolicies,
} from '../../db/policies.ts';
import { addPolicyVersion, policyVersions } from '../../db/policy-versions.ts';
import { seed } from '../../db/seed.ts';
import { defaultPolicies } from '../../domain/annual-list.ts';
import { defaultIndicatorRules } from '../../domain/indicator-task.ts';
import { instantOn, localDate } from '../../domain/time.ts';
import { standardPolicies } from '../../domain/warning-policy.ts';
import { defaultRules } from '../../domain/watching.ts';
import { freshDatabase, type FreshDatabase } from '../support/database.ts';

const at = instantOn(localDate('2026-03-02'), '09:00');

describe('policies and rules in the tables', () => {
  let database: FreshDatabase;
  let db: Db;
  beforeAll(async () => {
    database = await freshDatabase();
    db = database.db;
    await seed(db, at);
  });
  afterAll(() => database.drop());

  it('begin with the standard ones', async () => {
    const policies = await currentPolicies(db);
    expect(Object.values(policies)).toEqual(expect.arrayContaining([...standardPolicies]));
    expect(await currentRules(db)).toEqual(defaultRules);
    expect(await currentIndicatorRules(db)).toEqual(defaultIndicatorRules);
  });

  it('have the default of a setting that was not there when an office wrote its own', async () => {
    const { review_red_unseen_working_days: _, ...older } = {
      ...defaultRules,
      version: 2,
      review_working_days: 5,
    };
    await db
      .insertInto('process_rules')
      .values({ version: 2, body: JSON.stringify(older), created_at: new Date(at) })
      .execute();
    expect(await currentRules(db)).toEqual({ ...older, review_red_unseen_working_days: 1 });
  });

  it('R-058 an item is watched by the policy of its class unless it names one', async () => {
    const policies = await currentPolicies(db);
    expect(policyFor(policies, 'ordinary_item')?.name).toBe('rule_710_ordinary');
    expect(policyFor(policies, 'complex_item')?.name).toBe('rule_710_complex');
    expect(policyFor(policies, 'year_end_clear')?.name).toBe('year_end_clear');
    expect(policyFor(policies, 'dated')?.name).toBe('standard');
    expect(policyFor(policies, 'ordinary_item', 'standard')?.name).toBe('standard');
    expect(policyFor(policies, 'dated', 'nobody_knows')).toBeNull();
  });

  it('freeze one for every deadline that a supervision item can have', async () => {
    const frozen = itemPolicies(await currentPolicies(db), 'dated');
    expect(Object.keys(frozen ?? {}).toSorted()).toEqual([
      'acknowledgement',
      'dispute',
      'item',
      'report',
      'review',
    ]);
    expect(itemPolicies(await currentPolicies(db), 'dated', 'nobody_knows')).toBeNull();
  });

  it('R-035 a task’s reports are watched by what the office has chosen for it, also where that is the standard', async () => {
    const frozenFor = await taskPolicies(db);
    const watches = (warning_policy: string) =>
      frozenFor({ warning_policy, progress_policy: 'progress' })?.report?.name;
    expect(watches('standard')).toBe('standard');
    expect(watches('rule_710_complex')).toBe('rule_710_complex');
    expect(watches(defaultPolicies.warning_policy)).toBe('report');
    expect(frozenFor({ warning_policy: 'nobody_knows', progress_policy: 'progress' })).toBeNull();
    expect(frozenFor({ warning_policy: 'report', progress_policy: 'nobody_knows' })).toBeNull();
  });

  it('grow by versions, one after the other also when two people publish at once', async () => {
    const { version: _, ...standard } = (await currentPolicies(db))['standard'] ?? standardPolicies[0]!;
    const publish = (hour: string) =>
      db.transaction().execute((tx) => {
        const levels = standard.levels.map((step) =>
          step.level === 'bell' ? { ...step, moment: { ...step.moment, at: hour } } : step,
        );
        return addPolicyVersion(tx, 'warning', { ...standard, levels, repeat: null }, at);
      });
    const added = await Promise.all(['08:00', '08:30', '10:00'].map(publish));
    expect(added.map(({ policy }) => policy.version).toSorted((a, b) => a - b)).toEqual([2, 3, 4]);
    expect((await policyVersions(db, 'warning', 'standard')).map(({ policy }) => policy.version)).toEqual([
      4, 3, 2, 1,
    ]);
    expect((await currentPolicies(db))['standard']).toMatchObject({ version: 4, repeat: null });
    expect((await policyVersions(db, 'warning', 'standard')).at(-1)?.policy.repeat).not.toBeNull();
  });

  it('do not grow when the latest version is published once more', async () => {
    const { version: _, ...standard } = (await currentPolicies(db))['standard'] ?? standardPolicies[0]!;
    const same = await db.transaction().execute((tx) => addPolicyVersion(tx, 'warning', standard, at));
    expect(same.policy.version).toBe(4);
    expect(await policyVersions(db, 'warning', 'standard')).toHaveLength(4);
  });

  it('stay as they are when the database is seeded again', async () => {
    await seed(db, at);
    expect((await currentPolicies(db))['standard']?.version).toBe(4);
  });
});
