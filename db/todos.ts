/** What waits for whom. A process's own to-dos follow its state; others stay open until they are closed. */
import { randomUUID } from 'node:crypto';
import type { Todo } from '../domain/supervision-item-todos.ts';
import type { Instant } from '../domain/time.ts';
import { sql } from 'kysely';
import { unitsOf, type Viewer } from '../domain/permissions.ts';
import { stamp, stampOrNull, type Db, type Tx } from './client.ts';
import { recordset } from './recordset.ts';
import type { Database } from './tables.ts';
import { endedStages, thingOf } from './things.ts';

type Subject = { readonly kind: Database['todo']['thing_kind']; readonly id: string };

export async function openTodo(tx: Tx, thing: Subject, at: Instant, todo: Todo): Promise<void> {
  await openTodos(tx, thing.kind, [{ thing_id: thing.id, at, wanted: [todo] }]);
}

/** What a thing asks for from now on. */
export type Wanted = { readonly thing_id: string; readonly at: Instant; readonly wanted: readonly Todo[] };

async function openTodos(tx: Tx, kind: Subject['kind'], all: readonly Wanted[]): Promise<void> {
  const rows = all.flatMap(({ thing_id, at, wanted }) =>
    wanted.map((todo) => ({
      id: randomUUID(),
      thing_id,
      key: todo.key,
      what: todo.what,
      unit_id: todo.unit_id,
      role: todo.role,
      due_at: stampOrNull(todo.due),
      opened_at: stamp(at),
    })),
  );
  if (rows.length === 0) return;
  await sql`
    insert into todo (id, thing_kind, thing_id, key, what, unit_id, role, due_at, opened_at)
    select id, ${kind}, thing_id, key, what, unit_id, role, due_at, opened_at
      from ${recordset(
        rows,
        `id uuid, thing_id uuid, key text, what text, unit_id uuid, role text, due_at timestamptz,
         opened_at timestamptz`,
      )}
    on conflict (thing_kind, thing_id, key) where closed_at is null
    do update set what = excluded.what, due_at = excluded.due_at, unit_id = excluded.unit_id, role = excluded.role
  `.execute(tx);
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

/**
 * Makes the open to-dos of processes equal to what their states ask for. `mend/…` belong to the record, not to the
 * state (record-mended.ts), and end with the thing at the latest.
 */
export async function followStates(tx: Tx, kind: Subject['kind'], all: readonly Wanted[]): Promise<void> {
  if (all.length === 0) return;
  const wanted = all.map(({ thing_id, at, wanted: todos }) => ({
    thing_id,
    closed_at: stamp(at),
    keys: todos.map(({ key }) => key),
  }));
  await sql`
    update todo set closed_at = new.closed_at
      from ${recordset(wanted, 'thing_id uuid, closed_at timestamptz, keys jsonb')}
     where todo.thing_kind = ${kind} and todo.thing_id = new.thing_id and todo.closed_at is null
       and not jsonb_exists(new.keys, todo.key)
       and (todo.key not like 'mend/%' or exists (
            select from ${sql.table(kind)} thing
             where thing.id = todo.thing_id and thing.stage in (${sql.join(endedStages)})))`.execute(tx);
  await openTodos(tx, kind, all);
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
    .leftJoinLateral(thingOf('todo').as('thing'), (join) => join.onTrue())
    .select(['todo.id', 'todo.what', 'todo.thing_kind', 'todo.thing_id', 'todo.due_at', 'todo.opened_at'])
    .select(['thing.number', 'thing.name as title'])
    .select(sql<string>`${by}::text`.as('sort_key'))
    .where('todo.closed_at', 'is', null)
    .where((eb) =>
      eb.or([
        eb('todo.person_id', '=', viewer.person_id),
        ...viewer.roles.map((role) => {
          const units = role === 'city_leader' ? viewer.portfolio : unitsOf(viewer);
          const whose =
            units.length === 0
              ? eb('todo.unit_id', 'is', null)
              : eb.or([eb('todo.unit_id', 'is', null), eb('todo.unit_id', 'in', [...units])]);
          const reviewed =
            role !== 'reviewer_scorer' || viewer.scope === null
              ? []
              : [
                  eb.or([
                    eb('thing.unit_id', '=', eb.fn.any(sql<string[]>`${viewer.scope.units}::uuid[]`)),
                    eb('thing.theme', '=', eb.fn.any(sql<string[]>`${viewer.scope.themes}::text[]`)),
                  ]),
                ];
          return eb.and([eb('todo.role', '=', role), whose, ...reviewed]);
        }),
      ]),
    );
  if (after !== null)
    query = query.where(
      sql<boolean>`(${by}, todo.id) > (cast(${after[0] ?? ''} as timestamptz), cast(${after[1] ?? ''} as uuid))`,
    );
  return query.orderBy(by).orderBy('todo.id').limit(limit).execute();
}
