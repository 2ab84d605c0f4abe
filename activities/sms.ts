/**
 * The one irreversible effect of the system. Each call is made once; what to do when it brings no
 * answer is for the recipient's workflow to decide, never for a retry policy.
 */
import type { AskResult, SendResult } from '../domain/message-life.ts';
import { possibleSendDates } from '../domain/message-in-flight.ts';
import { instant } from '../domain/time.ts';
import type { Db } from '../db/client.ts';
import { accepted, submitting, toSend } from '../db/messages.ts';
import type { Gateway } from '../sms/gateway.ts';
import type { PhoneCipher } from '../sms/phone-cipher.ts';

export type Sms = {
  send(message_id: string): Promise<SendResult>;
  ask(message_id: string): Promise<AskResult>;
};

export const createSms = ({ db, gateway, phones }: { db: Db; gateway: Gateway; phones: PhoneCipher }): Sms => ({
  async send(message_id) {
    const message = await toSend(db, message_id);
    if (message.phone_cipher === null) return { outcome: 'rejected', code: 'isv.MOBILE_NUMBER_ILLEGAL' };
    // A fact about the world, not judged by a rule: under which of its days the provider files the message.
    await submitting(db, message_id, instant(Date.now()));
    const outcome = await gateway.send({
      messageId: message_id,
      phone: phones.decrypt(message.phone_cipher),
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
      if (!('found' in answer) || answer.found) return answer;
    }
    return answer;
  },
});
