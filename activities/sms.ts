/**
 * The one irreversible effect of the system. Each call is made once; what to do when it brings no
 * answer is for the recipient's workflow to decide, never for a retry policy.
 */
import type { AskResult, SendResult } from '../domain/message-life.ts';
import { possibleSendDates } from '../domain/message-in-flight.ts';
import type { Db } from '../db/client.ts';
import type { Clock } from '../db/clock.ts';
import { accepted, submitting, toSend } from '../db/messages.ts';
import type { Gateway } from '../sms/gateway.ts';
import type { PhoneCipher } from '../sms/phone-cipher.ts';

export type Sms = {
  send(message_id: string): Promise<SendResult>;
  ask(message_id: string): Promise<AskResult>;
};

/**
 * A send that was held up this long before it reached the provider is not made: by then the workflow
 * may take it for lost, ask, and send again.
 */
const TOO_LATE_MS = 4_000;

export type SmsSurroundings = {
  readonly db: Db;
  readonly gateway: Gateway;
  readonly phones: PhoneCipher;
  /** The wall's, as the provider has it too; in a demonstration both go along with the story. */
  readonly clock: Clock;
};

export const createSms = ({ db, gateway, phones, clock }: SmsSurroundings): Sms => ({
  async send(message_id) {
    const begun = performance.now();
    const message = await toSend(db, message_id);
    if (message.biz_id !== null) return { outcome: 'accepted' };
    // A fact about the world, not judged by a rule: under which of its days the provider files the message.
    const sealed = await submitting(db, message_id, await clock.now());
    if (sealed === null) return { outcome: 'rejected', code: 'isv.MOBILE_NUMBER_ILLEGAL' };
    if (performance.now() - begun > TOO_LATE_MS) return { outcome: 'unknown', reason: 'held_up' };
    const outcome = await gateway.send({
      messageId: message_id,
      phone: phones.decrypt(sealed),
      params: message.params,
      templateCode: message.template,
    });
    if (outcome.outcome === 'accepted') await accepted(db, message_id, outcome.bizId);
    return outcome;
  },

  async ask(message_id) {
    const message = await toSend(db, message_id);
    // Claimed and never submitted: the worker ended in between, and the provider knows nothing of it.
    if (message.phone_cipher === null || message.submitted_at === null) return { found: false };
    const phone = phones.decrypt(message.phone_cipher);
    let answer: AskResult = { found: false };
    for (const sentOn of possibleSendDates(message.submitted_at)) {
      answer = await gateway.ask({ messageId: message_id, phone, sentOn });
      if (!('found' in answer) || answer.found) break;
    }
    // It gave us its number for it once: taken in, whatever it knows or does not know of it now.
    if (message.biz_id !== null && !('found' in answer && answer.found))
      return { found: true, status: 'waiting', errCode: null };
    return answer;
  },
});
