/** Recipients against their notifications: who was restored knows too little, or knows what the tables have lost. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from '../db/cadence-runs.ts';
import type { Db } from '../db/client.ts';
import {
  concludeWithoutRecord,
  messagesUnderWay,
  tellAgain,
  unknownMessages,
  waitingByPerson,
} from '../db/reconciling.ts';
import type { RecipientState } from '../domain/recipient.ts';
import { recipientOf } from '../domain/recipient-restored.ts';
import type { Findings, Surroundings } from './auditing.ts';
import { inLanes, type Oversight } from './oversight.ts';

const LANES = 6;

export async function reconcileRecipients({ db, clock, oversight, goOn }: Surroundings): Promise<Findings> {
  const faults: Fault[] = [];
  const running = await oversight.running('recipient');
  const waiting = await waitingByPerson(db);
  const underWay = await messagesUnderWay(db);
  const people = new Set([...running, ...waiting.keys(), ...underWay.keys()]);
  await inLanes(LANES, people, async (person) => {
    goOn();
    const state = await oversight.recipientOf(person);
    const theirs = waiting.get(person) ?? [];
    if (state === null) {
      const messages = underWay.get(person) ?? [];
      if (messages.length > 0) {
        const at = await clock.now();
        await oversight.beginRecipient(person, at, recipientOf(messages, at));
        faults.push({ what: `收信人 ${person}：${messages.length}条在途短信无人跟踪，已接续`, mended: true });
      }
      const again = await tellAgain(db, theirs);
      if (again > 0)
        faults.push({ what: `收信人 ${person}：${again}条待发提醒未被知悉，已重新交办`, mended: true });
      return;
    }
    faults.push(...(await compare(db, oversight, person, state, theirs)));
  });
  return { faults, numbers: { recipients: running.size } };
}

async function compare(
  db: Db,
  oversight: Oversight,
  person: string,
  state: RecipientState,
  theirs: readonly string[],
): Promise<readonly Fault[]> {
  const faults: Fault[] = [];
  const lost = await unknownMessages(
    db,
    state.awaiting.map(({ messageId }) => messageId),
  );
  for (const message of lost) await oversight.concluded(person, message);
  if (lost.length > 0)
    faults.push({
      what: `收信人 ${person}：${lost.length}条已发短信的记录已丢失，不再等待回执`,
      mended: true,
    });
  const unknown = theirs.filter((id) => placeOf(state, id) === 'nowhere');
  const again = await tellAgain(db, unknown);
  if (again > 0)
    faults.push({ what: `收信人 ${person}：${again}条待发提醒未被知悉，已重新交办`, mended: true });
  if (!theirs.some((id) => placeOf(state, id) === 'told')) return faults;
  // Between two steps of a message both sides may differ for a moment.
  await pause(1_000);
  const now = await oversight.recipientOf(person);
  const told = now === null ? [] : theirs.filter((id) => placeOf(now, id) === 'told');
  const concluded = await concludeWithoutRecord(db, told);
  if (concluded > 0)
    faults.push({
      what: `收信人 ${person}：${concluded}条提醒此前已发出，记录已丢失，不再重发`,
      mended: true,
    });
  return faults;
}

/** What became of a notification, as the recipient remembers it. */
function placeOf({ waiting, inFlight, heard }: RecipientState, id: string): 'waiting' | 'told' | 'nowhere' {
  if (waiting.some(({ notificationId }) => notificationId === id)) return 'waiting';
  if (inFlight?.notifications.some(({ notificationId }) => notificationId === id) === true) return 'waiting';
  return heard.includes(id) ? 'told' : 'nowhere';
}
