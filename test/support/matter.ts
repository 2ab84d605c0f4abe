/** One supervision item as the people of a story handle it, and the people that most stories need. */
import { expect } from 'vitest';
import { handled, type Handled } from './handled.ts';
import { createUnit, givePost } from './people.ts';
import type { Someone, World } from './world.ts';

/** Where people are made. */
type Cast = Pick<World, 'db' | 'someone' | 'unitWithPeople'>;

/** The supervision office with two officers, a unit with its whole chain, and the city leader over it. */
export async function usualPeople(city: Cast, unitName = '交通局') {
  const office = await createUnit(city.db, { name: '市督查办' });
  const officer = await city.someone(office, { role: 'supervision_officer', post: 'reporter' });
  const colleague = await city.someone(office, { role: 'supervision_officer' });
  const chain = await city.unitWithPeople(unitName);
  const leader = await cityLeaderOver(city, chain.unit);
  return { office, officer, colleague, ...chain, leader };
}

export async function cityLeaderOver(
  city: Cast,
  ...units: readonly { id: string; code: string; name: string }[]
): Promise<Someone> {
  const government = await createUnit(city.db, { name: '市政府' });
  const leader = await city.someone(government, { role: 'city_leader' });
  for (const unit of units) await givePost(city.db, { person: leader.person, unit, role: 'city_leader' });
  return leader;
}

export type Matter = ReturnType<typeof matterAt>;

/** Listed by this officer; `facts` is what the story is about. */
export async function listed(
  city: Handled,
  officer: Someone,
  facts: Readonly<Record<string, unknown>>,
): Promise<Matter> {
  const created = await officer.client.post('/supervision-items', {
    title: '完成城东路改造',
    aspect: 'key_work',
    source: { level: 'municipal', document: null, instructed_by: null },
    item_class: 'dated',
    ...facts,
  });
  expect(created, JSON.stringify(created.body)).toMatchObject({ status: 201 });
  return matterAt(city, created.body.id as string);
}

/** Listed, assigned, and acknowledged by the reporter: the unit is at work. */
export async function underWay(
  city: Handled,
  officer: Someone,
  reporter: Someone,
  facts: Readonly<Record<string, unknown>>,
): Promise<Matter> {
  const matter = await listed(city, officer, facts);
  await matter.gives(officer, 'assign');
  await matter.gives(reporter, 'acknowledge');
  return matter;
}

const matterAt = (city: Handled, id: string) => handled(city, { kind: 'supervision_item', id });

/** What waits for somebody, in words. */
export async function todosOf(who: Someone): Promise<string[]> {
  const { body } = await who.client.get('/todos');
  return (body.items as { what: string }[]).map(({ what }) => what);
}
