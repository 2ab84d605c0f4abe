/** Cadences as a test runs them: by the command, since schedules go by the wall's clock. */
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { cadences, type CadenceName } from '../../domain/cadence.ts';
import type { Answer, Client } from './api.ts';
import { createUnit } from './people.ts';
import type { World } from './world.ts';

export async function administrator(city: World): Promise<Client> {
  const office = await createUnit(city.db);
  return (await city.someone(office, { role: 'system_admin', phone: null })).client;
}

/** @returns the run, which has ended well. */
export async function runs(admin: Client, name: CadenceName, day?: string): Promise<Answer['body']> {
  const { status, body } = await admin.post(
    `/cadences/${name}/commands/run`,
    day === undefined ? {} : { for: day },
    { key: randomUUID() },
  );
  expect({ status, body }, JSON.stringify(body)).toMatchObject({ status: 200, body: { outcome: 'done' } });
  return body;
}

/** A story that has kept house leaves no schedules behind, nor what they have begun. */
export async function unscheduled({ server: { client }, taskQueues }: World): Promise<void> {
  for (const name of Object.keys(cadences))
    await client.schedule.getHandle(`cadence/${taskQueues.processes}/${name}`).delete();
  const begun = client.workflow.list({
    query: `TaskQueue = '${taskQueues.processes}' and WorkflowType = 'cadence' and ExecutionStatus = 'Running'`,
  });
  for await (const { workflowId } of begun)
    await client.workflow
      .getHandle(workflowId)
      .terminate('end of the test')
      .catch(() => undefined);
}

/** What a run found: `[mended]` or `[left]` before each fault. */
export async function faultsOf(admin: Client, run: { readonly id: string }): Promise<string[]> {
  const { body } = await admin.get(`/audit-reports/${run.id}`);
  return (body.faults as { what: string; mended: boolean }[]).map(
    ({ what, mended }) => `[${mended ? 'mended' : 'left'}] ${what}`,
  );
}
