/** Runs of cadences, as they live in this release. */
import { expect, test } from 'vitest';
import { cadences, type CadenceName } from '../../domain/cadence.ts';
import { administrator, runs } from '../support/cadences.ts';
import { beginStory, eventually } from '../support/world.ts';
import { keepOf } from './keeping.ts';

test('cadences: a run of each', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const admin = await administrator(city);
  for (const name of Object.keys(cadences) as CadenceName[]) {
    await runs(admin, name);
    const prefix = `cadence/${city.taskQueues.processes}/${name}/`;
    const workflowId = await eventually(async () => {
      const query = "WorkflowType = 'cadence'";
      for await (const one of city.server.client.workflow.list({ query }))
        if (one.workflowId.startsWith(prefix)) return one.workflowId;
      return null;
    }, `the run of ${name} is listed`);
    expect(await keepOf(city, workflowId, `cadence-${name}`)).toContain('runCadence');
  }
  await city.ends();
});
