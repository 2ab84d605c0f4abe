import type { Calendar } from '../../domain/calendar.ts';
import { instant, type Instant } from '../../domain/time.ts';
import { ladder } from '../../domain/warning-ladder.ts';
import type { WarningPolicy } from '../../domain/warning-policy.ts';

/** Every step of a deadline: as if it had been armed long ago. */
export const allSteps = (policy: WarningPolicy, due: Instant, calendar: Calendar) =>
  ladder(policy, due, calendar, instant(0));
