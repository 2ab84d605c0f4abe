/** What waits for whom. A process's own to-dos follow its state; others stay open until they are closed. */
import { randomUUID } from 'node:crypto';
import type { Todo } from '../domain/supervision-item-todos.ts';
import type { Instant } from '../domain/time.ts';
import { stamp, stampOrNull, type Tx } from './client.ts';
import type { Database } from './tables.ts';

type Subject = { readonly kind: Database['todo']['thing_kind']; readonly id: string };

export async function openTodo(tx: Tx, thing: Subject, at: Instant, todo: Todo): Promise<void> {
  await tx
    .insertInto('todo')
    .values({
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
    })
    .onConflict((conflict) =>
      conflict
        .columns(['thing_kind', 'thing_id', 'key'])
        .where('closed_at', 'is', null)
        .doUpdateSet({ what: todo.what, due_at: stampOrNull(todo.due), unit_id: todo.unit_id, role: todo.role }),
    )
    .execute();
}

/** Makes the open to-dos of a process equal to what its state asks for; `mend/…` belong to the record, not to the state. */
export async function followState(tx: Tx, thing: Subject, at: Instant, wanted: readonly Todo[]): Promise<void> {
  await tx
    .updateTable('todo')
    .set({ closed_at: stamp(at) })
    .where('thing_kind', '=', thing.kind)
    .where('thing_id', '=', thing.id)
    .where('closed_at', 'is', null)
    .where('key', 'not like', 'mend/%')
    .$if(wanted.length > 0, (query) => query.where('key', 'not in', wanted.map(({ key }) => key)))
    .execute();
  for (const todo of wanted) await openTodo(tx, thing, at, todo);
}
