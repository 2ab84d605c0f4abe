/**
 * Who is told of what. An act of the system or of a person that others must know of becomes
 * tellings; who holds the post then, and which number they have, is looked up when it is sent.
 */
import type { Chain, DeadlineKind } from './deadline.ts';
import type { MessageLevel } from './recipient.ts';
import type { Event, SupervisionItem } from './supervision-item.ts';
import type { PostRole } from './vocabulary.ts';

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

/** a warning goes up the chain by its level; an act that sets a deadline tells the reporter of it. */
export function tellings(event: Event, state: SupervisionItem): readonly Telling[] {
  const notice = (role: PostRole, unit_id?: string): Telling => ({
    level: 'notice',
    chain: 'undertaking',
    role,
    key: `${event.type}/${state.version}`,
    ...(unit_id === undefined ? {} : { unit_id }),
  });
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
          chain: 'undertaking',
          role: event.to,
          key: `${event.deadline.kind}/${event.deadline.version}/climbed/${event.repeat}`,
        },
      ];
    case 'assigned':
      return [notice('reporter'), ...event.assisting_unit_ids.map((unit_id) => notice('reporter', unit_id))];
    case 'dispute_rejected':
    case 'extension_granted':
    case 'extension_rejected':
    case 'resumed':
    case 'returned':
    case 'urged':
      return [notice('reporter')];
    case 'replanned':
      return event.arms?.some(({ kind, chain, due }) => chain === 'undertaking' && event.was[kind] !== due)
        ? [notice('reporter')]
        : [];
    default:
      return [];
  }
}

export { nextInChain } from './chain.ts';
