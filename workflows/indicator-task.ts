/** The life of one indicator task, from the release of its list to the end of its year. */
import { continueAsNew, proxyLocalActivities } from '@temporalio/workflow';
import type { Projections } from '../activities/projections.ts';
import {
  cardOf,
  commandNames,
  indicatorTask as rules,
  type Command,
  type Event,
  type IndicatorTask,
} from '../domain/indicator-task.ts';
import { live, type Kind } from './kernel.ts';
import type { Carried } from './messages.ts';
import { projecting } from './projecting.ts';

/** Its first event is written before it starts: it begins with the state that stands in its row. */
export type Input = { readonly carried: Carried<IndicatorTask, Event> };

const kind: Kind<IndicatorTask, Command, Event> = {
  rules,
  commands: commandNames,
  mended: {
    patch: 'task-returns-and-adjustments-0.4',
    concerns: ({ command }) => command === 'decide_adjustment' || command === 'return',
  },
  cardOf,
  project: proxyLocalActivities<Projections>(projecting).projectIndicatorTask,
};

export async function indicatorTask({ carried }: Input): Promise<void> {
  const life = await live(kind, carried);
  if ('goesOn' in life) await continueAsNew<typeof indicatorTask>({ carried: life.goesOn });
}
