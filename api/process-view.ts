/** What of every process is shown in the same way: when it acts next, its card, what can be done with it. */
import { Type } from 'typebox';
import { rfc3339, type Instant } from '../domain/time.ts';
import type { Watched } from '../domain/watching.ts';
import { schemaNameOf } from './process-kind.ts';
import { closed, nullable, oneOf, Timestamp, Uuid, Version, whole, type Named } from './schemas.ts';

export const cards = ['none', 'bell', 'yellow_card', 'red_card'] as const;

export const Count = whole(0, 1_000_000);

export const commonFields = {
  id: Uuid,
  number: Type.String(),
  workflow_id: Type.String(),
  card: oneOf(cards),
  due_at: nullable(Timestamp),
  next_deadline: nullable(closed({ at: Timestamp, kind: Type.String(), what_happens: Type.String() })),
  version: Version,
  created_at: Timestamp,
  withdrawal: nullable(closed({ at: Timestamp, reason: Type.String() })),
  allowed_commands: Type.Array(closed({ name: Type.String(), schema: Type.String() })),
};

export const instantView = (instant: Instant | null | undefined) =>
  instant === null || instant === undefined ? null : rfc3339(instant);

export const nextDeadlineView = ({
  next_at,
  next_kind,
  next_what,
}: {
  readonly next_at: Instant | null;
  readonly next_kind: string | null;
  readonly next_what: string | null;
}) =>
  next_at === null ? null : { at: rfc3339(next_at), kind: next_kind ?? '', what_happens: next_what ?? '' };

export const withdrawalView = ({ withdrawal }: Pick<Watched, 'withdrawal'>) =>
  withdrawal === null ? null : { at: rfc3339(withdrawal.at), reason: withdrawal.reason };

export const commandsView = (view: Named, names: readonly string[]) =>
  names.map((name) => ({ name, schema: schemaNameOf(view, name) }));
