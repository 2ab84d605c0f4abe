/** The life of one supervision item, from the day it is listed to the day it is struck off. */
import { continueAsNew, proxyLocalActivities } from '@temporalio/workflow';
import type { Projections } from '../activities/projections.ts';
import type { Calendar } from '../domain/calendar.ts';
import type { Actor } from '../domain/process.ts';
import { isRefusal } from '../domain/refusal.ts';
import {
  commandNames,
  create,
  supervisionItem as rules,
  type Command,
  type Event,
  type ItemFacts,
  type SupervisionItem,
} from '../domain/supervision-item.ts';
import { cardShown, type ProcessRules, type Watched } from '../domain/watching.ts';
import type { ClockReading } from './clock.ts';
import { live, type Kind } from './kernel.ts';
import type { Carried } from './messages.ts';
import { projecting } from './projecting.ts';

/** How 0.1.0 began an item; since then it comes with its first events, already readable. */
export type Begin = {
  readonly id: string;
  readonly facts: ItemFacts;
  readonly rules: ProcessRules;
  readonly policies: Watched['policies'];
  readonly calendar: Calendar;
  readonly by: Actor;
  readonly clock: ClockReading;
};

export type Input = { readonly begin: Begin } | { readonly carried: Carried<SupervisionItem, Event> };

const kind: Kind<SupervisionItem, Command, Event> = {
  rules,
  commands: commandNames,
  mended: {
    patch: 'item-returns-0.4',
    concerns: (given) =>
      given.command === 'return' || (given.command === 'approve' && given.rating === 'unqualified'),
  },
  cardOf: cardShown,
  project: proxyLocalActivities<Projections>(projecting).projectSupervisionItem,
};

export async function supervisionItem(input: Input): Promise<void> {
  const life = await live(kind, 'begin' in input ? born(input.begin) : input.carried);
  if ('goesOn' in life) await continueAsNew<typeof supervisionItem>({ carried: life.goesOn });
}

function born({
  id,
  facts,
  rules: frozen,
  policies,
  calendar,
  by,
  clock,
}: Begin): Carried<SupervisionItem, Event> {
  const created = create({ facts, rules: frozen, policies }, { by, at: clock.at, calendar });
  // The API asked the same pure question before it wrote the row.
  if (isRefusal(created)) throw new Error(`created although refused: ${created.refusal}`);
  const state = rules.evolve(null, created);
  return {
    schema_version: 1,
    thing: { kind: 'supervision_item', id },
    clock,
    calendar,
    state,
    unprojected: [{ version: state.version, event: created, command_id: null }],
    answers: [],
  };
}
