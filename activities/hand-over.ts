/**
 * Tells recipients what waits for them. What is committed is told as soon as it can be, and what was not told,
 * because a process died or Temporal was away, stays marked in the table and is told by whoever looks next: a
 * recipient knows every notification by its id, so telling it twice does nothing.
 */
import type { HandOver } from '../db/hand-overs.ts';

export type HandOverOptions = {
  /** What is committed and not handed over, oldest first. */
  readonly left: () => Promise<readonly HandOver[]>;
  readonly mark: (ids: readonly string[]) => Promise<void>;
  readonly tell: (person_id: string, told: readonly HandOver[]) => Promise<void>;
  readonly onFault: (error: unknown) => void;
  /**
   * When hundreds of deadlines fall at one instant, a leader is told of many things at once: as long as more
   * comes, it is gathered, but not for longer than this.
   */
  readonly gather: { readonly quietMs: number; readonly mostMs: number };
  /** Null: somebody else looks for what was left behind. */
  readonly sweepEveryMs: number | null;
};

/** A story is told in leaps: nobody waits there [D]. */
export const deskTimes = (timeTravel: boolean) =>
  timeTravel
    ? { gather: { quietMs: 0, mostMs: 0 }, sweepEveryMs: 500 }
    : { gather: { quietMs: 2_000, mostMs: 10_000 }, sweepEveryMs: 15_000 };

/**
 * How many people are told at a time. Telling one costs the server as much as a deadline does: in a rush the
 * deadlines go first, and who is told later is told of more at once.
 */
const UNDER_WAY = 2;

export type Desk = {
  readonly handOver: (notifications: readonly HandOver[]) => void;
  /** Everything that was handed in has been told, or has failed and stays marked. */
  readonly settled: () => Promise<void>;
  /** Tells what others have left behind. @returns how many. */
  readonly sweep: () => Promise<number>;
  readonly close: () => Promise<void>;
};

export function createDesk({
  left,
  mark,
  tell,
  onFault,
  gather: times,
  sweepEveryMs,
}: HandOverOptions): Desk {
  /** Waits for the rush to be over, by person. */
  const gathered: ByPerson = new Map();
  /** To be told now. Apart from the others: who is told in a rush must not pull along what is being gathered. */
  const ready: ByPerson = new Map();
  /** One message at a time for each person, so that they come in order. */
  const underWay = new Map<string, Promise<void>>();
  let gathering: { readonly since: number; timer: ReturnType<typeof setTimeout> } | null = null;
  /** Left behind in the sweep before: only then it is not just on its way with somebody else. None yet: all are. */
  let seenBefore: Set<string> | null = null;

  function next(): void {
    for (const [person_id, told] of ready) {
      if (underWay.size >= UNDER_WAY) return;
      if (underWay.has(person_id)) continue;
      ready.delete(person_id);
      const telling = tellOne(person_id, told).finally(() => {
        underWay.delete(person_id);
        next();
      });
      underWay.set(person_id, telling);
    }
  }

  async function tellOne(person_id: string, told: readonly HandOver[]): Promise<void> {
    try {
      await tell(person_id, told);
      await mark(told.map(({ id }) => id));
    } catch (error) {
      for (const { id } of told) seenBefore?.add(id);
      onFault(error);
    }
  }

  function handOver(notifications: readonly HandOver[]): void {
    if (notifications.length === 0) return;
    put(gathered, notifications);
    const since = gathering?.since ?? performance.now();
    if (gathering !== null) clearTimeout(gathering.timer);
    const rest = Math.max(0, since + times.mostMs - performance.now());
    gathering = { since, timer: setTimeout(tellGathered, Math.min(times.quietMs, rest)) };
  }

  function tellGathered(): void {
    if (gathering !== null) clearTimeout(gathering.timer);
    gathering = null;
    for (const told of gathered.values()) put(ready, told);
    gathered.clear();
    next();
  }

  async function sweep(): Promise<number> {
    const behind = await left();
    const here = new Set([...gathered.values()].flat().map(({ id }) => id));
    const known = behind.filter(({ id }) => !here.has(id) && (seenBefore === null || seenBefore.has(id)));
    seenBefore = new Set(behind.map(({ id }) => id));
    put(ready, known);
    next();
    return known.length;
  }

  const sweeping =
    sweepEveryMs === null ? undefined : setInterval(() => void sweep().catch(onFault), sweepEveryMs);
  sweeping?.unref();

  async function settled(): Promise<void> {
    tellGathered();
    while (underWay.size > 0) await Promise.all(underWay.values());
  }

  return {
    handOver,
    settled,
    sweep,
    async close() {
      clearInterval(sweeping);
      await settled();
    },
  };
}

type ByPerson = Map<string, HandOver[]>;

function put(to: ByPerson, notifications: readonly HandOver[]): void {
  for (const one of notifications) {
    const theirs = to.get(one.person_id);
    if (theirs === undefined) to.set(one.person_id, [one]);
    else theirs.push(one);
  }
}
