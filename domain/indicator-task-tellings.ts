/** Who is told of what happens to an indicator task. */
import type { Event, IndicatorTask } from './indicator-task.ts';
import { commonTellings, notice, type Telling } from './telling.ts';

export function tellings(event: Event, { version }: IndicatorTask): readonly Telling[] {
  switch (event.type) {
    case 'created':
    case 'report_returned':
    case 'adjustment_granted':
    case 'adjustment_rejected':
    case 'weight_changed':
    case 'promoted':
    case 'returned':
    case 'assessed':
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
