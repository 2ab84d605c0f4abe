/** Cadences as a test runs them: by the command, since schedules go by the wall's clock. */
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { CadenceName } from '../../domain/cadence.ts';
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

/** What a run found: `[mended]` or `[left]` before each fault. */
export async function faultsOf(admin: Client, run: { readonly id: string }): Promise<string[]> {
  const { body } = await admin.get(`/audit-reports/${run.id}`);
  return (body.faults as { what: string; mended: boolean }[]).map(
    ({ what, mended }) => `[${mended ? 'mended' : 'left'}] ${what}`,
  );
}
