/** What a story asks about its messages: how each telling ended, and what the provider was called for. */
import { expect } from 'vitest';
import type { Chain } from '../../domain/deadline.ts';
import { eventually, type Someone, type World } from './world.ts';

type About = { readonly id: string };

const rowsOf = (city: Pick<World, 'db'>, thing?: About, chain?: Chain) =>
  city.db
    .selectFrom('notification')
    .selectAll()
    .$if(thing !== undefined, (query) => query.where('thing_id', '=', thing?.id ?? ''))
    .$if(chain !== undefined, (query) => query.where('chain', '=', chain ?? 'undertaking'))
    .orderBy('caused_at')
    .orderBy('role')
    .orderBy('state')
    .execute();

/** How each telling stands, by time: `red_card reporter delivered`, `notice reporter suppressed(post_vacant)`. */
export async function tellingsOf(city: Pick<World, 'db'>, thing?: About, chain?: Chain): Promise<string[]> {
  const rows = await rowsOf(city, thing, chain);
  return rows.map(
    ({ level, role, state, reason }) =>
      `${level} ${role} ${state}${reason === null || state === 'merged' ? '' : `(${reason})`}`,
  );
}

/** The same, once each has ended; receipts take a moment of real time. */
export async function endsOf(city: World, thing?: About, chain?: Chain): Promise<string[]> {
  await eventually(
    async () => (await rowsOf(city, thing)).every(({ state }) => state !== 'pending') || undefined,
    `every telling ends, not ${JSON.stringify(await tellingsOf(city, thing))}`,
  );
  return tellingsOf(city, thing, chain);
}

/** Every message to somebody, oldest first, with the steps of its trail. */
export async function messagesTo(city: World, { person }: Pick<Someone, 'person'>) {
  const messages = await city.db
    .selectFrom('message')
    .selectAll()
    .where('person_id', '=', person.id)
    .orderBy('claimed_at')
    .orderBy('id')
    .execute();
  const trails = await city.db
    .selectFrom('message_event')
    .innerJoin('message', 'message.id', 'message_event.message_id')
    .select(['message_id', 'what'])
    .where('person_id', '=', person.id)
    .orderBy('at')
    .execute();
  return messages.map((message) => ({
    ...message,
    trail: trails.filter(({ message_id }) => message_id === message.id).map(({ what }) => what),
  }));
}

/** What waits for somebody as an administrator reads it, each with what it says. */
export async function waitsFor(who: Someone, words: string): Promise<void> {
  await eventually(async () => {
    const { body } = await who.client.get('/todos');
    return (body.items as { what: string }[]).find(({ what }) => what.includes(words));
  }, `a to-do ${words}`);
}

export async function nothingWaitsFor(who: Someone): Promise<void> {
  const { body } = await who.client.get('/todos');
  expect(body.items).toEqual([]);
}
