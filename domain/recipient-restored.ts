/** A recipient whose workflow is lost, put together again from the rows of the messages that were on their way. */
import { quietRecipient, type RecipientState, type Waiting } from './recipient.ts';
import type { Instant } from './time.ts';

export type MessageUnderWay = {
  readonly id: string;
  readonly accepted: boolean;
  readonly digest: boolean;
  readonly claimed_at: Instant;
  readonly carries: readonly Waiting[];
};

/** Whether it was sent nobody remembers: the provider is asked first. */
export function recipientOf(messages: readonly MessageUnderWay[], at: Instant): RecipientState {
  const inFlight = messages.findLast(({ accepted }) => !accepted);
  return {
    ...quietRecipient,
    submissions: messages.map(({ claimed_at }) => claimed_at),
    awaiting: messages
      .filter((message) => message !== inFlight)
      .map(({ id, carries, claimed_at }) => ({
        messageId: id,
        notificationIds: carries.map(({ notificationId }) => notificationId),
        acceptedAt: claimed_at,
        checksDone: 0,
      })),
    inFlight:
      inFlight === undefined
        ? null
        : {
            messageId: inFlight.id,
            notifications: inFlight.carries,
            digest: inFlight.digest,
            tries: 1,
            firstAt: inFlight.claimed_at,
            next: { do: 'ask', at },
          },
  };
}
