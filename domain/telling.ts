/**
 * Who is told of what. An act of the system or of a person that others must know of becomes
 * tellings; who holds the post then, and which number they have, is looked up when it is sent.
 */
import type { CommonEvent } from './common-commands.ts';
import type { Chain, DeadlineKind } from './deadline.ts';
import type { MessageLevel } from './recipient.ts';
import type { Event, SupervisionItem } from './supervision-item.ts';
import type { PostRole } from './vocabulary.ts';
import type { WarningEvent } from './warnings.ts';
import { chainOf } from './watching.ts';

export type Telling = {
  readonly level: MessageLevel;
  readonly chain: Chain;
  readonly role: PostRole;
  /** Unit whose people are meant, when it is not the lead unit (an assisting unit). */
  readonly unit_id?: string;
  /** What makes two tellings the same, together with the thing and the person. */
  readonly key: string;
  readonly warning?: {
    readonly deadline_kind: DeadlineKind;
    readonly deadline_version: number;
    readonly repeat: number;
  };
};

/** What a supervision item tells besides what every process does. */
export function tellings(event: Event, { version }: SupervisionItem): readonly Telling[] {
  switch (event.type) {
    case 'assigned':
      return [
        notice(event, version),
        ...event.assisting_unit_ids.map((unit_id) => notice(event, version, unit_id)),
      ];
    case 'dispute_rejected':
    case 'extension_granted':
    case 'extension_rejected':
    case 'resumed':
    case 'returned':
      return [notice(event, version)];
    case 'warning_given':
    case 'red_card_climbed':
    case 'urged':
    case 'replanned':
      return commonTellings(event, version);
    default:
      return [];
  }
}

/** An act that the reporter must know of; `version` is the thing's after it. */
export const notice = (event: { readonly type: string }, version: number, unit_id?: string): Telling => ({
  level: 'notice',
  chain: 'undertaking',
  role: 'reporter',
  key: `${event.type}/${version}`,
  ...(unit_id === undefined ? {} : { unit_id }),
});

/** a warning goes up the chain by its level; an act that sets a deadline tells the reporter of it. */
export function commonTellings(event: CommonEvent | WarningEvent, version: number): readonly Telling[] {
  switch (event.type) {
    case 'warning_given': {
      const { kind, version, chain } = event.deadline;
      return event.recipients.map((role) => ({
        level: event.level,
        chain,
        role,
        key: `${kind}/${version}/${event.level}/${event.repeat}`,
        warning: { deadline_kind: kind, deadline_version: version, repeat: event.repeat },
      }));
    }
    case 'red_card_climbed':
      return [
        {
          level: 'red_card',
          chain: chainOf(event),
          role: event.to,
          key: `${event.deadline.kind}/${event.deadline.version}/climbed/${event.repeat}`,
        },
      ];
    case 'urged':
      return [notice(event, version)];
    case 'replanned':
      return event.arms?.some(({ kind, chain, due }) => chain === 'undertaking' && event.was[kind] !== due)
        ? [notice(event, version)]
        : [];
    default:
      return [];
  }
}

/** Whether it tells of a red card that nobody has opened. */
export const isClimb = ({ key }: Pick<Telling, 'key'>): boolean => redCard.exec(key)?.[2] === 'climbed';

/**
 * The other key under which somebody may have been told of the same red card: when it was given, in the place
 * of somebody who could not be reached, and when it climbed. Null of what is told once only.
 */
export function otherKeyOf({ key }: Pick<Telling, 'key'>): string | null {
  const found = redCard.exec(key);
  return found === null ? null : `${found[1]}/${isClimb({ key }) ? 'red_card' : 'climbed'}/${found[3]}`;
}

const redCard = /^(.+)\/(red_card|climbed)\/(\d+)$/;

export { nextInChain } from './chain.ts';
