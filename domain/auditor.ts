/**
 * What must have been warned of by now, computed from the events alone and independently of the
 * processes: every step of every deadline that came while the deadline was watched.
 */
import type { Deadline, DeadlineKind } from './deadline.ts';
import type { EventFrame } from './process.ts';
import type { Instant } from './time.ts';
import type { Step } from './warning-ladder.ts';
import type { WarningLevel } from './warning-policy.ts';

export type ExpectedWarning = {
  readonly deadline_kind: DeadlineKind;
  readonly deadline_version: number;
  readonly level: WarningLevel;
  readonly repeat: number;
  readonly moment: Instant;
};

/** A deadline that was passed and did not do what passing it does: a checkpoint, or the end of the year. */
export type MissedTurn = Pick<ExpectedWarning, 'deadline_kind' | 'deadline_version' | 'moment'>;

/** Every such deadline that outlived its day: time has to turn it before anybody's act can clear it. */
export function missedTurns(events: readonly EventFrame[], at: Instant): readonly MissedTurn[] {
  const standing = new Map<DeadlineKind, Deadline>();
  const missed: Deadline[] = [];
  const isDue = ({ turn, due }: Deadline, by: Instant) => turn !== undefined && due <= by;
  for (const { at: then, by, clears = [], arms = [] } of events) {
    for (const kind of [...clears, ...arms.map((deadline) => deadline.kind)]) {
      const ended = standing.get(kind);
      if (ended !== undefined && by.kind === 'person' && isDue(ended, then)) missed.push(ended);
      standing.delete(kind);
    }
    for (const deadline of arms) standing.set(deadline.kind, deadline);
  }
  return [...missed, ...[...standing.values()].filter((deadline) => isDue(deadline, at))].map(
    ({ kind, version, due }) => ({ deadline_kind: kind, deadline_version: version, moment: due }),
  );
}

type Watch = { readonly kind: DeadlineKind; readonly version: number; readonly steps: readonly Step[] };

export function expectedWarnings(events: readonly EventFrame[], at: Instant): readonly ExpectedWarning[] {
  const expected: ExpectedWarning[] = [];
  const watched = new Map<DeadlineKind, Watch>();
  const cameDue = ({ kind, version, steps }: Watch, until: Instant) => {
    for (const { level, repeat, at: moment } of steps) {
      if (moment <= until)
        expected.push({ deadline_kind: kind, deadline_version: version, level, repeat, moment });
    }
  };
  for (const event of events) {
    const ends = new Set([...(event.clears ?? []), ...(event.arms ?? []).map(({ kind }) => kind)]);
    for (const kind of ends) {
      const watch = watched.get(kind);
      // A command finds everything due before it already decided: what came due up to it was owed.
      if (watch !== undefined) cameDue(watch, event.as_of ?? event.at);
      watched.delete(kind);
    }
    for (const { kind, version, steps } of event.arms ?? []) watched.set(kind, { kind, version, steps });
  }
  for (const watch of watched.values()) cameDue(watch, at);
  return expected;
}

export const warningKey = ({
  deadline_kind,
  deadline_version,
  level,
  repeat,
}: Omit<ExpectedWarning, 'moment'>): string => `${deadline_kind}/${deadline_version}/${level}/${repeat}`;

/** Where the hash chains ended when an audit looked: whoever keeps its report can tell later whether they still do. */
export type Anchor = {
  /** Of all events up to this number of theirs: how many things, and one digest of where each one's chain ends. */
  readonly events: { readonly seq: number; readonly things: number; readonly digest: string };
  /** The last line; null while nothing has been logged. */
  readonly audit_log: { readonly id: string; readonly hash: string } | null;
};
