/**
 * An outage as the processes see it: nothing answers for days, then the workers are back and it is
 * late. A server that skips time stops at every timer that nobody works on, so each process is taken
 * up in a new run with the state that it had, on a clock that has gone on, as a run continued as new is.
 */
import { loadCalendar } from '../../db/calendar.ts';
import { localDateOf, yearOf } from '../../domain/time.ts';
import type { RecipientState } from '../../domain/recipient.ts';
import type { SupervisionItem } from '../../domain/supervision-item.ts';
import { workflowIdOf } from '../../workflows/client.ts';
import { stateQuery } from '../../workflows/messages.ts';
import { recipient } from '../../workflows/recipient.ts';
import { supervisionItem } from '../../workflows/supervision-item.ts';
import { at, type World } from './world.ts';

/** All workers stop now and are back then. What was under way stands still in between. */
export async function outageUntil(city: World, text: string): Promise<void> {
  const { client, story } = city.server;
  const clock = { at: at(text), time_travel: true } as const;
  const calendar = await loadCalendar(city.db, { fromYear: yearOf(localDateOf(clock.at)) });
  const items = await city.db
    .selectFrom('supervision_item')
    .select('id')
    .where('stage', 'not in', ['closed', 'withdrawn'])
    .execute();
  const people = await city.db
    .selectFrom('notification')
    .select('person_id')
    .distinct()
    .where('person_id', 'is not', null)
    .execute();
  const stateOf = <T>(id: string) => client.workflow.getHandle(id).query(stateQuery) as Promise<T>;

  const lives = await Promise.all(
    items.map(async ({ id }) => {
      const workflowId = workflowIdOf('supervision_item', id);
      const state = await stateOf<SupervisionItem>(workflowId);
      const carried = {
        schema_version: 2,
        thing: { kind: 'supervision_item', id },
        clock,
        calendar,
        state,
        unprojected: [],
        answers: [],
      } as const;
      return { workflowId, begin: { type: supervisionItem, args: [{ carried }] as const } };
    }),
  );
  const listening = await Promise.all(
    people.map(async ({ person_id }) => {
      const workflowId = workflowIdOf('recipient', person_id ?? '');
      const state = await stateOf<RecipientState>(workflowId);
      const input = { person_id: person_id ?? '', sms_queue: city.taskQueues.sms, clock, state };
      return { workflowId, begin: { type: recipient, args: [input] as const } };
    }),
  );
  await city.stopWorkers();
  for (const { workflowId, begin } of [...lives, ...listening]) {
    await client.workflow.getHandle(workflowId).terminate('outage');
    await client.workflow.start(begin.type as typeof recipient, {
      workflowId,
      taskQueue: city.taskQueues.processes,
      args: begin.args as never,
    });
  }
  await story.beginAt(clock.at);
  await city.startWorkers();
}
