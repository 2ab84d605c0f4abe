/** What arrives on each person's phone, by the rules by which the recipient's workflow bundles, waits and saves. */
import type { Calendar } from '../domain/calendar.ts';
import { claim, concluded, settle, tried } from '../domain/message-in-flight.ts';
import {
  defaultRecipientRules,
  forget,
  hear,
  plan,
  quietRecipient,
  type MessageLevel,
  type RecipientRules,
} from '../domain/recipient.ts';
import type { Instant } from '../domain/time.ts';

export type Notification = {
  readonly person_id: string;
  /** Same thing, same key, same person: told once. */
  readonly id: string;
  readonly thing: string;
  readonly level: MessageLevel;
  readonly at: Instant;
  /** The thing's, after the event that is told of. */
  readonly version: number;
};

export type Ending = { readonly at: Instant; readonly version: number };

export type Sms = {
  readonly person_id: string;
  readonly at: Instant;
  readonly digest: boolean;
  readonly carries: number;
};

/** @param ended when each thing ended: from then on nobody is told of it any more, except that it has ended. */
export function deliver(
  notifications: readonly Notification[],
  ended: ReadonlyMap<string, Ending>,
  calendar: Calendar,
  rules: RecipientRules = defaultRecipientRules,
): readonly Sms[] {
  const byPerson = Map.groupBy(notifications, ({ person_id }) => person_id);
  return [...byPerson].flatMap(([person_id, theirs]) =>
    toOne(
      person_id,
      theirs.toSorted((a, b) => a.at - b.at),
      { ended, calendar, rules },
    ),
  );
}

type Given = {
  readonly ended: ReadonlyMap<string, Ending>;
  readonly calendar: Calendar;
  readonly rules: RecipientRules;
};

function toOne(
  person_id: string,
  theirs: readonly Notification[],
  { ended, calendar, rules }: Given,
): readonly Sms[] {
  const byId = new Map(theirs.map((one) => [one.id, one]));
  const sent: Sms[] = [];
  let state = quietRecipient;
  let now = theirs[0]?.at;
  for (let heard = 0; now !== undefined;) {
    const next = plan(state, now, rules, calendar);
    if (next.do === 'send') {
      const at = now;
      const over = next.notificationIds.filter((id) => {
        const waiting = byId.get(id);
        const end = ended.get(waiting?.thing ?? '');
        return end !== undefined && end.at <= at && (waiting?.version ?? 0) < end.version;
      });
      state = forget(state, over);
      if (state.waiting.length === 0) continue;
      const message = `${person_id}/${sent.length}`;
      sent.push({ person_id, at, digest: next.digest, carries: state.waiting.length });
      state = tried(claim(state, next, message, at), 'send', at, rules);
      state = concluded(settle(state, { do: 'await_receipt' }, at, rules, calendar), message);
      continue;
    }
    const coming = theirs[heard];
    if (coming !== undefined && (next.do === 'sleep' || coming.at <= next.until)) {
      now = coming.at > now ? coming.at : now;
      state = hear(state, { notificationId: coming.id, level: coming.level, at: coming.at }, now, rules);
      heard += 1;
    } else now = next.do === 'wait' ? next.until : undefined;
  }
  return sent;
}
