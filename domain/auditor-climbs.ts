/**
 * Which red cards must have climbed by now, computed from the events alone and independently of the processes:
 * every one that lay unopened until its time while its deadline was watched.
 */
import type { Chain, DeadlineKind } from './deadline.ts';
import type { EventFrame } from './process.ts';
import type { Instant } from './time.ts';
import type { PostRole } from './vocabulary.ts';
import { chainOf } from './watching.ts';

export type Climb = {
  readonly deadline_kind: DeadlineKind;
  readonly deadline_version: number;
  readonly repeat: number;
  readonly to: PostRole;
  readonly moment: Instant;
};

/** An event as it is stored; of what it says only what lets a card climb, or keeps it from climbing. */
export type CardEvent = EventFrame & {
  readonly type: string;
  readonly deadline?: { readonly kind: DeadlineKind; readonly version: number; readonly chain?: Chain };
  readonly repeat?: number;
  readonly climbs?: { readonly at: Instant; readonly to: PostRole };
  readonly to?: PostRole;
  readonly chains?: readonly Chain[];
};

type Unseen = { readonly climb: Climb; readonly chain: Chain };

export function expectedClimbs(events: readonly CardEvent[], at: Instant): readonly Climb[] {
  const expected: Climb[] = [];
  let unseen: readonly Unseen[] = [];
  for (const event of events) {
    const isEnded = endedBy(event);
    // Whatever ends it finds everything due before it already decided: what came due up to it was owed.
    expected.push(...dueBy(event.as_of ?? event.at, unseen.filter(isEnded)));
    unseen = [...unseen.filter((one) => !isEnded(one)), ...unseenFrom(event)];
  }
  return [...expected, ...dueBy(at, unseen)];
}

export const climbsMade = (events: readonly CardEvent[]): readonly Climb[] =>
  events.flatMap(({ type, deadline, repeat, to, at }) =>
    type === 'red_card_climbed' && deadline !== undefined && repeat !== undefined && to !== undefined
      ? [{ deadline_kind: deadline.kind, deadline_version: deadline.version, repeat, to, moment: at }]
      : [],
  );

export const climbKey = ({ deadline_kind, deadline_version, repeat, to }: Climb): string =>
  `${deadline_kind}/${deadline_version}/red_card/${repeat} to ${to}`;

const dueBy = (at: Instant, unseen: readonly Unseen[]): readonly Climb[] =>
  unseen.flatMap(({ climb }) => (climb.moment <= at ? [climb] : []));

/** Its deadline is watched no longer, or somebody who was told has opened the thing. */
function endedBy({ type, clears = [], arms = [], chains }: CardEvent): (one: Unseen) => boolean {
  const ends = new Set([...clears, ...arms.map(({ kind }) => kind)]);
  return ({ climb, chain }) =>
    ends.has(climb.deadline_kind) || (type === 'red_card_seen' && (chains?.includes(chain) ?? true));
}

function unseenFrom({ type, deadline, repeat, climbs }: CardEvent): readonly Unseen[] {
  if (type !== 'warning_given' || deadline === undefined || repeat === undefined || climbs === undefined)
    return [];
  const { kind: deadline_kind, version: deadline_version } = deadline;
  const climb = { deadline_kind, deadline_version, repeat, to: climbs.to, moment: climbs.at };
  return [{ climb, chain: chainOf(deadline) }];
}
