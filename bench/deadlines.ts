/** From the instant of a deadline to what it causes, committed: many at one instant, and one alone. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { sql } from 'kysely';
import { instant } from '../domain/time.ts';
import { spentOn, type Spending } from './cpu.ts';
import type { Ground } from './ground.ts';
import { itemDueAt } from './items.ts';
import { inFlight } from './statistics.ts';

/** Effects per second, from the instant to the last commit. */
export type Storm = { readonly bare: number; readonly ours: number; readonly spending: Spending };
/** Milliseconds after the instant. */
export type Lateness = { readonly timer: number; readonly effect: number; readonly ours: number };

const STARTS_AT_ONCE = 8;
/** The red card of an undertaking unit goes to reporter, deputy and principal leader. */
const NOTIFICATIONS_PER_CARD = 3;

export async function storm(ground: Ground, n: number, startingMs: number): Promise<Storm> {
  const { bare } = ground;
  const batch = randomUUID();
  const theirs = await spentFalling(n, startingMs / 3, {
    start: (due) => inFlight(n, STARTS_AT_ONCE, (index) => bare.startEffect(`${batch}/${index}`, due)),
    isWhole: async () => (await bare.effects(batch)) === n,
    everyMs: 20,
  });
  const [cardsBefore, notificationsBefore] = [await redCards(ground), await redNotifications(ground)];
  const ours = await spentFalling(n, startingMs, {
    start: (due) => inFlight(n, STARTS_AT_ONCE, (index) => itemDueAt(ground, index, instant(due))),
    isWhole: async () => (await redCards(ground)) - cardsBefore === n,
    everyMs: 20,
  });
  // One transaction with the card, so they need not be counted on the way.
  const notifications = (await redNotifications(ground)) - notificationsBefore;
  if (notifications !== n * NOTIFICATIONS_PER_CARD)
    throw new Error(`${notifications} notifications for ${n} red cards`);
  return {
    bare: n / (theirs.result / 1000),
    ours: n / (ours.result / 1000),
    spending: { what: `a deadline of ${n} at one instant`, bare: theirs.spent, ours: ours.spent },
  };
}

export async function lateness(ground: Ground): Promise<Lateness> {
  const { bare, db } = ground;
  const id = randomUUID();
  const inMs = 1_200 + Math.random() * 300;
  const due = Math.ceil(Date.now() + inMs);
  await bare.startTimer(id, due);
  await bare.ended(id);
  const timer = Date.now() - due;
  const effect = await fallen(inMs, {
    start: (due) => bare.startEffect(`${id}/effect`, due),
    isWhole: async () => (await bare.effects(`${id}/effect`)) === 1,
    everyMs: 1,
  });
  let item = '';
  const ours = await fallen(inMs, {
    start: async (due) => {
      item = await itemDueAt(ground, due, instant(due));
    },
    isWhole: async () => {
      const row = await db
        .selectFrom('supervision_item')
        .select('card')
        .where('id', '=', item)
        .executeTakeFirst();
      return row?.card === 'red_card';
    },
    everyMs: 1,
  });
  return { timer, effect, ours };
}

type Fall = {
  readonly start: (due: number) => Promise<unknown>;
  readonly isWhole: () => Promise<boolean>;
  readonly everyMs: number;
};

/** @returns how many milliseconds after the instant everything was there. */
async function fallen(inMs: number, fall: Fall): Promise<number> {
  const due = Math.ceil(Date.now() + inMs);
  await fall.start(due);
  return untilWhole(due, fall);
}

/** The same, with what each of them cost from the last start on. */
async function spentFalling(n: number, inMs: number, fall: Fall) {
  const due = Math.ceil(Date.now() + inMs);
  await fall.start(due);
  return spentOn(n, () => untilWhole(due, fall));
}

async function untilWhole(due: number, { isWhole, everyMs }: Fall): Promise<number> {
  const left = due - Date.now();
  if (left < 0) throw new Error(`the starts took ${-left} ms too long for one instant`);
  await pause(left);
  while (!(await isWhole())) await pause(everyMs);
  return Date.now() - due;
}

async function redCards({ db }: Ground): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from supervision_item where card = 'red_card'`.execute(db);
  return rows[0]?.n ?? 0;
}

async function redNotifications({ db }: Ground): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from notification where level = 'red_card'`.execute(db);
  return rows[0]?.n ?? 0;
}
