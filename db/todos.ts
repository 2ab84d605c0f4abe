/** What waits for whom. A process's own to-dos follow its state; others stay open until they are closed. */
import { randomUUID } from 'node:crypto';
import type { Todo } from '../domain/supervision-item-todos.ts';
import type { Instant } from '../domain/time.ts';
import { sql } from 'kysely';
import type { Viewer } from '../domain/permissions.ts';
import { stamp, stampOrNull, type Db, type Tx } from './client.ts';
import type { Database } from './tables.ts';

type Subject = { readonly kind: Database['todo']['thing_kind']; readonly id: string };

export async function openTodo(tx: Tx, thing: Subject, at: Instant, todo: Todo): Promise<void> {
  await openTodos(tx, thing, at, [todo]);
}

async function openTodos(tx: Tx, thing: Subject, at: Instant, todos: readonly Todo[]): Promise<void> {
  await tx
    .insertInto('todo')
    .values(
      todos.map((todo) => ({
        id: randomUUID(),
        thing_kind: thing.kind,
        thing_id: thing.id,
        key: todo.key,
        what: todo.what,
        unit_id: todo.unit_id,
        role: todo.role,
        person_id: null,
        due_at: stampOrNull(todo.due),
        opened_at: stamp(at),
      })),
    )
    .onConflict((conflict) =>
      conflict
        .columns(['thing_kind', 'thing_id', 'key'])
        .where('closed_at', 'is', null)
        .doUpdateSet((eb) => ({
          what: eb.ref('excluded.what'),
          due_at: eb.ref('excluded.due_at'),
          unit_id: eb.ref('excluded.unit_id'),
          role: eb.ref('excluded.role'),
        })),
    )
    .execute();
}

export async function closeTodos(tx: Tx, thing: Subject, at: Instant, key: string): Promise<void> {
  await tx
    .updateTable('todo')
    .set({ closed_at: stamp(at) })
    .where('thing_kind', '=', thing.kind)
    .where('thing_id', '=', thing.id)
    .where('key', '=', key)
    .where('closed_at', 'is', null)
    .execute();
}

/** Makes the open to-dos of a process equal to what its state asks for; `mend/…` belong to the record, not to the state. */
export async function followState(
  tx: Tx,
  thing: Subject,
  at: Instant,
  wanted: readonly Todo[],
): Promise<void> {
  await tx
    .updateTable('todo')
    .set({ closed_at: stamp(at) })
    .where('thing_kind', '=', thing.kind)
    .where('thing_id', '=', thing.id)
    .where('closed_at', 'is', null)
    .where('key', 'not like', 'mend/%')
    .$if(wanted.length > 0, (query) =>
      query.where(
        'key',
        'not in',
        wanted.map(({ key }) => key),
      ),
    )
    .execute();
  if (wanted.length > 0) await openTodos(tx, thing, at, wanted);
}

/** Open to-dos of a viewer's roles: of their unit, their portfolio, or of everybody in the role. */
export async function listTodos(
  db: Db,
  viewer: Viewer,
  { limit, after }: { readonly limit: number; readonly after: readonly string[] | null },
) {
  const by = sql<string>`coalesce(todo.due_at, 'infinity')`;
  let query = db
    .selectFrom('todo')
    .leftJoin('supervision_item', 'supervision_item.id', 'todo.thing_id')
    .select(['todo.id', 'todo.what', 'todo.thing_kind', 'todo.thing_id', 'todo.due_at', 'todo.opened_at'])
    .select(['supervision_item.number', 'supervision_item.title'])
    .select(sql<string>`${by}::text`.as('sort_key'))
    .where('todo.closed_at', 'is', null)
    .where((eb) =>
      eb.or([
        eb('todo.person_id', '=', viewer.person_id),
        ...viewer.roles.map((role) => {
          const units =
            role === 'city_leader' ? viewer.portfolio : viewer.unit_id === null ? [] : [viewer.unit_id];
          const whose =
            units.length === 0
              ? eb('todo.unit_id', 'is', null)
              : eb.or([eb('todo.unit_id', 'is', null), eb('todo.unit_id', 'in', [...units])]);
          return eb.and([eb('todo.role', '=', role), whose]);
        }),
      ]),
    );
  if (after !== null)
    query = query.where(
      sql<boolean>`(${by}, todo.id) > (cast(${after[0] ?? ''} as timestamptz), cast(${after[1] ?? ''} as uuid))`,
    );
  return query.orderBy(by).orderBy('todo.id').limit(limit).execute();
}
