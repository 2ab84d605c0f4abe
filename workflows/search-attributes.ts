/** The search attributes that every process carries; registered when a namespace is made. */
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

export const kindAttribute = defineSearchAttributeKey('DukaoKind', SearchAttributeType.KEYWORD);
export const stageAttribute = defineSearchAttributeKey('DukaoStage', SearchAttributeType.KEYWORD);
/** Of runs that were begun by 0.2.0 and before. Who has which card is read from Postgres. */
export const cardAttribute = defineSearchAttributeKey('DukaoCard', SearchAttributeType.KEYWORD);
export const numberAttribute = defineSearchAttributeKey('DukaoNumber', SearchAttributeType.KEYWORD);
