/**
 * The colours of a period, as they were: green on time, the card while its report is missing, and for
 * ever yellow where it was made up late (domain.md 3). How far behind the plan it was found colours it too.
 */
import type { Colour, Life, PeriodState } from './indicator-task-events.ts';
import type { Instant } from './time.ts';
import { higher, type Card } from './warning-policy.ts';

/** What a period shows now; null while nothing can be said of it. */
export function colourOf({ policies }: Pick<Life, 'policies'>, period: PeriodState): Colour | null {
  const { late, card, judgement, filed, accepted } = period;
  const here = filed !== null || accepted !== null;
  const byTime: Card = higher(
    late ? (policies.report?.made_up ?? 'yellow_card') : 'none',
    here ? 'none' : card,
  );
  const shown = higher(byTime, judgement?.level ?? 'none');
  if (shown !== 'none') return shown;
  return here ? 'green' : null;
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
