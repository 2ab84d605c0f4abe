/** What a recipient's workflow does to the rows of its messages: idempotent writes. */
import type { Calendar } from '../domain/calendar.ts';
import type { Treatment } from '../domain/message-life.ts';
import type { RecipientRules } from '../domain/recipient.ts';
import { localDateOf, yearOf, type Instant } from '../domain/time.ts';
import { loadCalendar } from '../db/calendar.ts';
import type { Db } from '../db/client.ts';
import { openMessage, type Opened, type Opening } from '../db/message-opening.ts';
import { circuitUntil } from '../db/sms-stopped.ts';
import { leaveUnconfirmed, treat } from '../db/messages.ts';
import type { HandOver } from '../db/hand-overs.ts';
import { currentRecipientRules } from '../db/recipient-rules.ts';

export type Messages = {
  /** The calendar and the rules as they are now: read again with each batch, never older than that. */
  readCircumstances(at: Instant): Promise<{ calendar: Calendar; rules: RecipientRules }>;
  openMessage(opening: Omit<Opening, 'template'>, rules: RecipientRules): Promise<Opened>;
  /** For what was opened some time ago: when it may be tried again, or null: now. */
  circuitUntil(at: Instant, rules: RecipientRules): Promise<Instant | null>;
  /** @returns whether the message has ended with it, or had ended before. */
  treatAnswer(message_id: string, treated: Treatment, at: Instant): Promise<boolean>;
  leaveUnconfirmed(message_id: string, at: Instant): Promise<void>;
};

export const createMessages = ({
  db,
  templateCode,
  handOver,
}: {
  db: Db;
  templateCode: string;
  handOver: (notifications: readonly HandOver[]) => void;
}): Messages => ({
  async readCircumstances(at) {
    const calendar = await loadCalendar(db, { fromYear: yearOf(localDateOf(at)) });
    return { calendar, rules: await currentRecipientRules(db) };
  },
  async openMessage(opening, rules) {
    const { opened, elsewhere } = await openMessage(db, { ...opening, template: templateCode }, rules);
    handOver(elsewhere);
    return opened;
  },
  circuitUntil: (at, rules) => circuitUntil(db, at, rules),
  async treatAnswer(message_id, treated, at) {
    const { instead, ended } = await treat(db, message_id, treated, at);
    handOver(instead);
    return ended;
  },
  leaveUnconfirmed: (message_id, at) => leaveUnconfirmed(db, message_id, at),
});
