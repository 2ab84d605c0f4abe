/** How a process is started whose row is there already. */
import type { Beginning } from '../domain/beginning.ts';
import type { Starting } from './client.ts';
import type { Carried } from './messages.ts';
import type { Begin } from './supervision-item.ts';

export function startingFrom(beginning: Beginning, time_travel: boolean): Starting {
  const { id, number, stage } = beginning;
  if (beginning.kind === 'indicator_task')
    return {
      kind: beginning.kind,
      id,
      number,
      stage,
      input: { carried: carried(beginning, beginning.state, time_travel) },
    };
  const input =
    beginning.state === null
      ? { begin: beginning.begin as Begin }
      : { carried: carried(beginning, beginning.state, time_travel) };
  return { kind: beginning.kind, id, number, stage, input };
}

const carried = <State>(
  { kind, id, calendar, at }: Beginning,
  state: State,
  time_travel: boolean,
): Carried<State, never> => ({
  schema_version: 2,
  thing: { kind, id },
  clock: { at, time_travel },
  calendar,
  state,
  unprojected: [],
  answers: [],
});
