/** What a process says of itself to Temporal's own searches. */
import { upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { Card } from '../domain/warning-policy.ts';
import type { Carried } from './messages.ts';
import { cardAttribute, stageAttribute } from './search-attributes.ts';

/** Written only when something has changed: each write costs Temporal's database as much as a deadline does. */
export function attributesShown(version: Carried<never, never>['schema_version']) {
  const told = workflowInfo().typedSearchAttributes;
  let stageShown = told.get(stageAttribute);
  let cardToldOf = told.get(cardAttribute);

  return {
    show(stage: string, card: Card): void {
      if (version === 1) {
        if (stage === stageShown && card === cardToldOf) return;
        cardToldOf = card;
        upsertSearchAttributes([
          { key: stageAttribute, value: stage },
          { key: cardAttribute, value: card },
        ]);
      } else {
        if (stage === stageShown && cardToldOf === undefined) return;
        upsertSearchAttributes([
          { key: stageAttribute, value: stage },
          // Left over from the run before: nobody would keep it true.
          ...(cardToldOf === undefined ? [] : [{ key: cardAttribute, value: null }]),
        ]);
        cardToldOf = undefined;
      }
      stageShown = stage;
    },
  };
}
