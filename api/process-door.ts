/**
 * How the API reaches the durable processes: the row first, then the workflow, then the answer when
 * it can be read. A repeat under the same command id does nothing and answers the same.
 */
import { createBatches } from '../db/batches.ts';
import { itemBegins, markBegun, neverBegun, unbegun } from '../db/beginnings.ts';
import { calendarToTell, loadCalendar } from '../db/calendar.ts';
import type { Db } from '../db/client.ts';
import type { Clock } from '../db/clock.ts';
import type { HandOver } from '../db/hand-overs.ts';
import { releasesUnderWay } from '../db/list-release.ts';
import type { Thing } from '../db/process-event.ts';
import { uuidOf } from '../db/notifications.ts';
import { currentPolicies, currentRules, itemPolicies } from '../db/policies.ts';
import * as projecting from '../db/projecting.ts';
import { supervisionItems } from '../db/supervision-item.ts';
import { nextNumber, startOf, type StartRow } from '../db/supervision-items.ts';
import { hasEnded } from '../db/things.ts';
import { system, type Actor } from '../domain/process.ts';
import { isRefusal, refuse, type Refusal } from '../domain/refusal.ts';
import {
  create,
  evolveAll,
  supervisionItem as rules,
  type Event,
  type SupervisionItem,
} from '../domain/supervision-item.ts';
import { localDateOf, yearOf } from '../domain/time.ts';
import { cardShown } from '../domain/watching.ts';
import { serverDeclined, type Processes as Client, type Starting } from '../workflows/client.ts';
import { startingFrom } from '../workflows/starting.ts';
import type { NewSupervisionItem, Processes } from './deps.ts';
import { noWorker } from './problem.ts';

type Door = {
  readonly db: Db;
  readonly clock: Clock;
  readonly client: Client;
  readonly timeTravel: boolean;
  readonly handOver: (notifications: readonly HandOver[]) => void;
};

type Birth = projecting.Birth<SupervisionItem, Event>;

export function createProcessDoor(door: Door): Processes & { startLost(): Promise<number> } {
  const { db, client, handOver } = door;
  /** Who lists items at the same time shares a transaction. @returns whether it was written: its number can be taken. */
  const begin = createBatches({ atOnce: 2, most: 50 }, async (births: readonly Birth[]) => {
    const { written, caused } = await projecting.begin(db, supervisionItems, births);
    handOver(caused);
    return births.map(({ thing }) => written.includes(thing.id));
  });
  return {
    async createSupervisionItem(item, by, commandId) {
      const id = uuidOf(`supervision_item/${commandId}`);
      const before = await startOf(db, id);
      if (before?.started_at != null) return { id };
      const starting =
        before === undefined ? await begunAnew(door, begin, id, item, by) : await startingOf(door, before);
      if (isRefusal(starting)) return starting;
      await start(door, starting);
      return { id };
    },

    async command(thing, envelope, commandId) {
      const first = await client.command(thing, envelope, commandId);
      const looksFurther = isRefusal(first) && first.refusal === 'calendar_not_loaded';
      const result =
        looksFurther && (await giveCalendar(door, thing))
          ? await client.command(thing, envelope, commandId)
          : first;
      if (!('no_answer' in result)) return result;
      if (result.no_answer === 'no_process' && (await hasEnded(db, thing)))
        return refuse('process_ended', '事项已结束，不能再办理。');
      throw noWorker();
    },

    catchUp(thing) {
      // Who asked has their answer. If this fails too, the reconciler finds the difference.
      client.reproject(thing).catch(() => undefined);
    },

    async replan(thing, asked, by, commandId) {
      let result = await client.replan(thing, asked, by, commandId);
      // Written, and not started yet: it begins with the calendar that holds now, and with deadlines of before.
      if ('no_answer' in result && result.no_answer === 'no_process') {
        const lost = await unbegun(db, await door.clock.now(), thing);
        if (lost !== null) {
          await start(door, startingFrom(lost, door.timeTravel));
          result = await client.replan(thing, asked, by, commandId);
        }
      }
      if (isRefusal(result)) return result;
      if ('no_answer' in result && !(result.no_answer === 'no_process' && (await hasEnded(db, thing))))
        throw noWorker();
      return null;
    },

    async runCadence(name, date, commandId) {
      try {
        return await client.runCadence(name, date, commandId);
      } catch (error) {
        if (serverDeclined(error)) throw noWorker();
        throw error;
      }
    },

    releaseList: (release, by) => client.releaseList(release, by),
    async turnRelease(release, to) {
      // Its process may have been lost, which only whoever turns it would notice.
      await client.releaseList(release, release.released_by);
      await client.turnRelease(release, to);
    },
    seen: (thing, by, chains) => client.seen(thing, by, chains),
    release: (personId) => client.release(personId),
    receiptCame: (personId, messageId) => client.receiptCame(personId, messageId),
    handOver,

    /** Makes good what a crash between row and workflow left undone. @returns how many were started. */
    async startLost() {
      const lost = await neverBegun(db, await door.clock.now());
      for (const one of lost) await startOne(client, startingFrom(one, door.timeTravel));
      await markBegun(db, lost);
      for (const { released_by, ...release } of await releasesUnderWay(db))
        await client.releaseList(release, released_by);
      return lost.length;
    },
  };
}

/**
 * A process keeps the calendar that it was last given, and nobody tells all of them of a year that was added at
 * New Year: one is given it when it is asked to look that far. Once for each calendar; a repeat does nothing.
 * @returns whether it now has what there is.
 */
async function giveCalendar({ db, clock, client }: Door, thing: Thing): Promise<boolean> {
  const calendar = await calendarToTell(db, await clock.now());
  const commandId = `calendar-${calendar.version}-${thing.id}`;
  const given = await client.replan(thing, { calendar }, system, commandId);
  if ('no_answer' in given && given.no_answer !== 'no_process') throw noWorker();
  return !isRefusal(given);
}

/** The rows are there: the same request again, or the next start of the system, goes on from them. */
async function start({ db, client }: Door, one: Starting): Promise<void> {
  await startOne(client, one);
  await markBegun(db, [one]);
}

const startOne = (client: Client, one: Starting): Promise<void> =>
  client.start(one).catch(() => {
    throw noWorker();
  });

/** The row's own state is what the workflow begins with. */
async function startingOf({ db, clock, timeTravel }: Door, row: StartRow): Promise<Starting> {
  const calendar = await loadCalendar(db, { fromYear: yearOf(localDateOf(row.created_at)) });
  return startingFrom(itemBegins(row, calendar, await clock.now()), timeTravel);
}

type BeginningOf = (
  door: Door,
  begin: (birth: Birth) => Promise<boolean>,
  id: string,
  item: NewSupervisionItem,
  by: Actor,
) => Promise<Starting | Refusal>;

/** A calendar that is published meanwhile holds for what is listed meanwhile. */
const begunAnew: BeginningOf = async (...item) => {
  for (;;) {
    try {
      return await beginning(...item);
    } catch (error) {
      if (!(error instanceof projecting.CalendarHasMoved)) throw error;
    }
  }
};

/** The row with its first events, written once. */
const beginning: BeginningOf = async (door, begin, id, item, by) => {
  const { db, clock, timeTravel } = door;
  const at = await clock.now();
  const year = yearOf(localDateOf(at));
  const { policy, number: given, assign, ...facts } = item;
  const [calendar, policies, frozen] = await Promise.all([
    loadCalendar(db, { fromYear: year }),
    currentPolicies(db),
    currentRules(db),
  ]);
  const chosen = itemPolicies(policies, facts.item_class, policy);
  if (chosen === null)
    return refuse('unknown_policy', '没有这个预警策略，请从 /warning-policies 中选取。', '/warning_policy');
  const decided = (number: string): readonly Event[] | Refusal => {
    const created = create(
      { facts: { ...facts, number }, rules: frozen, policies: chosen },
      { by, at, calendar },
    );
    if (isRefusal(created) || !assign) return isRefusal(created) ? created : [created];
    const assigned = rules.decide(rules.evolve(null, created), { command: 'assign' }, { by, at, calendar });
    return isRefusal(assigned) ? assigned : [created, ...assigned];
  };
  // Before a number is drawn for it.
  const possible = decided(given ?? '');
  if (isRefusal(possible)) return possible;
  for (;;) {
    const number = given ?? (await nextNumber(db, year));
    const events = decided(number);
    if (isRefusal(events)) return events;
    const state = evolveAll(null, events);
    const written = await begin({
      thing: { kind: 'supervision_item', id },
      events: events.map((event, index) => ({ version: index + 1, event, command_id: null })),
      state,
      card: cardShown(state),
      next: rules.next(state),
      office: {
        officer_id: by.kind === 'person' ? by.person_id : null,
        office_unit_id: by.kind === 'person' ? by.unit_id : null,
      },
      number,
      created_at: at,
    });
    if (written) {
      const { stage } = state;
      // Read once the row is there: a notice that comes later finds it, one that came before is in it.
      const current = await loadCalendar(db, { fromYear: year });
      return startingFrom(
        { kind: 'supervision_item', id, number, stage, state, calendar: current, at },
        timeTravel,
      );
    }
    // The same request, at the same time, has written it.
    const before = await startOf(db, id);
    if (before !== undefined) return startingOf(door, before);
    // One item, one number: one that was given by hand is passed over.
    if (given !== null) return refuse('number_taken', `编号${number}已有事项使用。`, '/number');
  }
};
