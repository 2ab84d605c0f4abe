/** a month is closed by how things stood at its end, also where an outage has told of it only later. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closeMonth } from '../../db/period-close.ts';
import { begin } from '../../db/projecting.ts';
import { seed } from '../../db/seed.ts';
import { supervisionItems } from '../../db/supervision-item.ts';
import { system } from '../../domain/process.ts';
import { evolveAll, supervisionItem } from '../../domain/supervision-item.ts';
import { localDate } from '../../domain/time.ts';
import { cardShown } from '../../domain/watching.ts';
import { at, underWay } from '../domain/item-story.ts';
import { freshDatabase, type FreshDatabase } from '../support/database.ts';
import { createUnit } from '../support/people.ts';

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
  await seed(database.db, at('2026-08-03 09:00'));
});
afterAll(() => database.drop());

test('a card that was due before the month ended belongs to it, although it was given only after an outage', async () => {
  const { db } = database;
  const unit = await createUnit(db);
  const due_on = localDate('2026-08-31');
  const story = underWay({ facts: { due_on, lead_unit_id: unit.id }, on: '2026-08-03 09:00' });
  story.downUntil('2026-09-02 10:00');
  expect(story.warningsOf('item').slice(0, 3)).toEqual([
    'item/1 bell 2026-08-26 09:00',
    'item/1 yellow_card 2026-08-28 09:00',
    'item/1 red_card 2026-08-31 24:00',
  ]);
  const events = story.events.map((event) => ({ ...event, by: system }));
  const state = evolveAll(null, events);
  const { written } = await begin(db, supervisionItems, [
    {
      thing: { kind: 'supervision_item', id: randomUUID() },
      events: events.map((event, n) => ({ version: n + 1, event, command_id: null })),
      state,
      card: cardShown(state),
      next: supervisionItem.next(state),
      office: { officer_id: null, office_unit_id: null },
      number: state.facts.number,
      created_at: at('2026-08-03 09:00'),
    },
  ]);
  expect(written).toHaveLength(1);
  const august = { name: '2026-08', begins: at('2026-08-01 00:00'), ends: at('2026-08-31 24:00') };
  await closeMonth(db, august, at('2026-09-02 11:00'));
  const closed = await db
    .selectFrom('period_close')
    .select(['items', 'warnings'])
    .where('unit_id', '=', unit.id)
    .executeTakeFirstOrThrow();
  expect(closed).toEqual({
    items: { red_card: 1 },
    warnings: { bell: 1, yellow_card: 1, red_card: 1 },
  });
});
