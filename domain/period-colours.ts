/**
 * The colours of a period, as they were: green on time, the card while its report is missing, and for
 * ever yellow where it was made up late (domain.md 3). How far behind the plan it was found colours it too.
 */
import { compareDecimals, decimal } from './decimal.ts';
import type { Colour, Life, PeriodState } from './indicator-task-events.ts';
import { pointsBehind } from './plan-curve.ts';
import type { Instant } from './time.ts';
import { higher, lower, type Card } from './warning-policy.ts';

type Shown = Pick<Life, 'policies' | 'facts' | 'target' | 'periods'>;

/** What a period shows now; null while nothing can be said of it. */
export function colourOf(state: Shown, period: PeriodState): Colour | null {
  const { late, card, filed, accepted } = period;
  const here = filed !== null || accepted !== null;
  const byTime: Card = higher(
    late ? (state.policies.report?.made_up ?? 'yellow_card') : 'none',
    here ? 'none' : card,
  );
  const shown = higher(byTime, byProgress(state, period));
  if (shown !== 'none') return shown;
  return here ? 'green' : null;
}

/** What it was found to be; arrears that were made up are lowered, and never taken away. */
function byProgress(state: Shown, period: PeriodState): Card {
  const level = period.judgement?.level ?? 'none';
  const made_up = state.policies.progress?.made_up;
  return made_up !== undefined && isMadeUp(state, period) ? lower(level, made_up) : level;
}

/** A later report has reached what was planned for it. */
function isMadeUp({ policies, facts, target, periods }: Shown, { id, planned }: PeriodState): boolean {
  const index = periods.findIndex((period) => period.id === id);
  const way = { start_value: facts.start_value, target };
  const places = policies.progress?.places ?? 0;
  return periods
    .slice(index + 1)
    .some(
      ({ accepted }) =>
        accepted !== null &&
        compareDecimals(pointsBehind(way, planned, accepted.value, places), decimal('0')) <= 0,
    );
}

/** Remembers what has changed. */
export function keepColours<State extends Life>(state: State, at: Instant): State {
  const periods = state.periods.map((period) => {
    const colour = colourOf(state, period);
    const changed = colour !== null && colour !== period.colours.at(-1)?.colour;
    return changed ? { ...period, colours: [...period.colours, { at, colour }] } : period;
  });
  return periods.some((period, index) => period !== state.periods[index]) ? { ...state, periods } : state;
}
