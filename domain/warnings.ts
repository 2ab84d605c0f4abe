/**
 * What time alone does to a watched process: the warnings that its deadlines give, the red card that
 * climbs when nobody has opened it, and the proposal when red cards have not helped.
 */
import { addWorkingDays, type Calendar } from './calendar.ts';
import { afterFirstStep, deadlineNames, earliest, levelNames, type Deadline } from './deadline.ts';
import { system, type Circumstances, type EventFrame, type NextDeadline } from './process.ts';
import { isRefusal } from './refusal.ts';
import { DAY, instantOn, later, localDateOf, minuteOfDay, MINUTE, type Instant } from './time.ts';
import type { ChainRole, WarningLevel } from './warning-policy.ts';
import { evolveFrame, type Watched } from './watching.ts';

export type WarningEvent = EventFrame &
  (
    | {
        readonly type: 'warning_given';
        readonly deadline: Pick<Deadline, 'kind' | 'version' | 'due' | 'policy' | 'chain'>;
        readonly level: WarningLevel;
        readonly repeat: number;
        /** When the warning was due; `at` is when the process decided it (later after an outage). */
        readonly moment: Instant;
        readonly recipients: readonly ChainRole[];
        /** Set for a red card of the unit: when it climbs if nobody has opened it. */
        readonly climb_at?: Instant;
      }
    | { readonly type: 'red_card_climbed'; readonly deadline: Pick<Deadline, 'kind' | 'version'> }
    | { readonly type: 'red_card_seen' }
    | { readonly type: 'accountability_proposed'; readonly deadline: Pick<Deadline, 'kind' | 'version'> }
  );

export function evolveWarning<S extends Watched>(state: S, event: WarningEvent): S {
  switch (event.type) {
    case 'warning_given': {
      const { kind, version, chain } = event.deadline;
      return {
        ...state,
        deadlines: state.deadlines.map((deadline) =>
          deadline.kind === kind && deadline.version === version ? afterFirstStep(deadline) : deadline,
        ),
        cards:
          chain === 'undertaking'
            ? { ...state.cards, [event.level]: state.cards[event.level] + 1 }
            : state.cards,
        red_unseen:
          event.climb_at === undefined ? state.red_unseen : { kind, version, climb_at: event.climb_at },
      };
    }
    case 'red_card_climbed':
    case 'red_card_seen':
      return { ...state, red_unseen: null };
    case 'accountability_proposed':
      return { ...state, accountability_proposed: true };
  }
}

/** The same hour on the n-th working day after an instant; n days later where the calendar ends. */
function workingDaysLater(calendar: Calendar, at: Instant, days: number): Instant {
  const date = addWorkingDays(calendar, localDateOf(at), days);
  return isRefusal(date) ? later(at, days * DAY) : later(instantOn(date), minuteOfDay(at) * MINUTE);
}

/** The warnings that time alone brings by `at`, in the order of their moments: none is skipped after an outage. */
export function passWarnings(state: Watched, at: Instant, calendar: Calendar): readonly WarningEvent[] {
  const events: WarningEvent[] = [];
  let now = state;
  const add = (event: WarningEvent) => {
    events.push(event);
    now = evolveWarning(evolveFrame(now, event), event);
  };
  for (;;) {
    const due = earliest(now.deadlines);
    const unseen = now.red_unseen;
    const climbs =
      unseen !== null && unseen.climb_at <= at && (due === null || unseen.climb_at < due.step.at);
    if (climbs) {
      add({
        type: 'red_card_climbed',
        at,
        by: system,
        deadline: { kind: unseen.kind, version: unseen.version },
      });
    } else if (due !== null && due.step.at <= at) {
      const { deadline, step } = due;
      const policy = now.policies[deadline.kind];
      add({
        type: 'warning_given',
        at,
        by: system,
        deadline: {
          kind: deadline.kind,
          version: deadline.version,
          due: deadline.due,
          policy: deadline.policy,
          chain: deadline.chain,
        },
        level: step.level,
        repeat: step.repeat,
        moment: step.at,
        recipients: policy?.recipients[step.level] ?? [],
        ...(step.level === 'red_card' && deadline.chain === 'undertaking'
          ? { climb_at: workingDaysLater(calendar, at, state.rules.red_unseen_working_days) }
          : {}),
      });
      const repeat = policy?.repeat;
      const exhausted =
        repeat?.then === 'accountability_proposal' &&
        step.level === 'red_card' &&
        step.repeat === repeat.times;
      if (exhausted && !now.accountability_proposed) {
        add({
          type: 'accountability_proposed',
          at,
          by: system,
          deadline: { kind: deadline.kind, version: deadline.version },
        });
      }
    } else {
      return events;
    }
  }
}

/** The next thing that time alone will do. */
export function nextWarning(state: Watched): NextDeadline | null {
  const due = earliest(state.deadlines);
  const unseen = state.red_unseen;
  if (unseen !== null && (due === null || unseen.climb_at < due.step.at)) {
    return { at: unseen.climb_at, kind: 'red_unseen', what_happens: '红牌无人阅知，升级提醒分管市级领导' };
  }
  if (due === null) return null;
  const { deadline, step } = due;
  const again = step.repeat > 0 ? `第${step.repeat}次重复` : '';
  return {
    at: step.at,
    kind: deadline.kind,
    what_happens: `${deadlineNames[deadline.kind]}${again}${levelNames[step.level]}预警`,
  };
}

/** Somebody who was told of the red card has opened the thing. */
export const seenBy = (state: Watched, { by, at }: Circumstances): readonly WarningEvent[] =>
  state.red_unseen === null ? [] : [{ type: 'red_card_seen', at, by }];
