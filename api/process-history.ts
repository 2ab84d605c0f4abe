/** A process's life told from its events alone, with the names that the ids stand for. */
import { Type } from 'typebox';
import { themes } from '../db/annual-list.ts';
import type { Db } from '../db/client.ts';
import type { eventsOf } from '../db/process-event.ts';
import type { ThingKind } from '../db/tables.ts';
import { explain, type Explanation, type Names } from '../domain/explain.ts';
import { explainIndicatorTask } from '../domain/explain-indicator-task.ts';
import type { Event as TaskEvent } from '../domain/indicator-task.ts';
import type { Event as ItemEvent } from '../domain/supervision-item.ts';
import { rfc3339 } from '../domain/time.ts';
import { closed, named, nullable, Timestamp, Uuid, Version } from './schemas.ts';

export const ProcessEvent = named(
  'ProcessEvent',
  closed({
    version: Version,
    at: Timestamp,
    type: Type.String(),
    actor: nullable(closed({ id: Uuid, name: Type.String() })),
    title: Type.String({ description: '发生了什么' }),
    why: Type.String({ description: '缘由' }),
    deadlines: Type.Array(Type.String(), { description: '设定或取消的期限' }),
    body: Type.Unknown(),
    hash: Type.String(),
  }),
);

type Rows = Awaited<ReturnType<typeof eventsOf>>;

/** What was written is what the kind's own process decided. */
const explainers: Readonly<Record<ThingKind, (body: unknown, names: Names) => Explanation>> = {
  supervision_item: (body, names) => explain(body as ItemEvent, names),
  indicator_task: (body, names) => explainIndicatorTask(body as TaskEvent, names),
};

export async function explained(db: Db, rows: Rows) {
  const names = await namesIn(db, rows);
  return rows.map((row) => ({
    version: row.version,
    at: rfc3339(row.at),
    type: row.type,
    actor: row.actor_id === null ? null : { id: row.actor_id, name: names.person(row.actor_id) },
    ...explainers[row.thing_kind](row.body, names),
    body: row.body,
    hash: row.hash,
  }));
}

/** Every id that the events mention, looked up in two queries, and the themes where one of them tells of one. */
async function namesIn(db: Db, rows: Rows): Promise<Names> {
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
  const listed = rows.some(({ type }) => type === 'promoted') ? await themes(db) : [];
  const theme = new Map(listed.map(({ code, name }) => [code, name]));
  const person = new Map(people.map(({ id, name }) => [id, name]));
  const unit = new Map(units.map(({ id, name }) => [id, name]));
  return {
    person: (id: string) => person.get(id) ?? '（已删除人员）',
    unit: (id: string) => unit.get(id) ?? '（未知单位）',
    theme: (code: string) => theme.get(code) ?? code,
  };
}
