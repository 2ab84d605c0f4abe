/** An item's life told from its events alone, with the names that the ids stand for. */
import type { Db } from '../db/client.ts';
import type { eventsOf } from '../db/process-event.ts';
import { explain } from '../domain/explain.ts';
import type { Event } from '../domain/supervision-item.ts';

type Rows = Awaited<ReturnType<typeof eventsOf>>;

export async function explained(db: Db, rows: Rows) {
  const names = await namesIn(db, rows);
  return rows.map((row) => ({
    version: row.version,
    at: row.at,
    type: row.type,
    actor: row.actor_id === null ? null : { id: row.actor_id, name: names.person(row.actor_id) },
    ...explain(row.body as unknown as Event, names),
    body: row.body,
    hash: row.hash,
  }));
}

/** Every id that the events mention, looked up in two queries. */
async function namesIn(db: Db, rows: Rows) {
  const ids = [
    ...new Set(
      JSON.stringify(rows.map(({ body }) => body)).match(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g) ??
        [],
    ),
  ];
  const [people, units] =
    ids.length === 0
      ? [[], []]
      : await Promise.all([
          db.selectFrom('person').select(['id', 'name']).where('id', 'in', ids).execute(),
          db.selectFrom('unit').select(['id', 'name']).where('id', 'in', ids).execute(),
        ]);
  const person = new Map(people.map(({ id, name }) => [id, name]));
  const unit = new Map(units.map(({ id, name }) => [id, name]));
  return {
    person: (id: string) => person.get(id) ?? '（已删除人员）',
    unit: (id: string) => unit.get(id) ?? '（未知单位）',
  };
}
