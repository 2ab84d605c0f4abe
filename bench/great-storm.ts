/** Many deadlines at one instant with phones that ring: the rate of the cards, and what the provider was given to send. */
import { setTimeout as pause } from 'node:timers/promises';
import { sql } from 'kysely';
import { defaultBudget } from '../domain/sms-budget.ts';
import { storm, type Storm } from './deadlines.ts';
import type { Ground } from './ground.ts';

export type GreatStorm = Storm & {
  /** By the stand-in provider's own record. */
  readonly messages: number;
  readonly phones: number;
  readonly mostOnOnePhone: number;
  /** Of the carrier, for one number in 24 hours. */
  readonly cap: number;
};

const TOLD_WITHIN_MS = 10 * 60_000;

export async function greatStorm(ground: Ground, n: number, startingMs: number): Promise<GreatStorm> {
  await ground.wakePhones();
  const rates = await storm(ground, n, startingMs);
  const until = Date.now() + TOLD_WITHIN_MS;
  for (let left = await untold(ground); left > 0; left = await untold(ground)) {
    if (Date.now() > until) throw new Error(`${left} red cards were not told of yet`);
    await pause(500);
  }
  const messages = ground.standIn.messages();
  const byPhone = Map.groupBy(messages, ({ phone }) => phone);
  const mostOnOnePhone = Math.max(...[...byPhone.values()].map(({ length }) => length));
  const { cap } = defaultBudget;
  if (mostOnOnePhone > cap) throw new Error(`${mostOnOnePhone} messages to one phone, the cap is ${cap}`);
  return { ...rates, messages: messages.length, phones: byPhone.size, mostOnOnePhone, cap };
}

async function untold({ db }: Ground): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from notification where level = 'red_card' and state = 'pending'`.execute(db);
  return rows[0]?.n ?? 0;
}
