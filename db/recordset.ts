/** Many rows in one statement whose text never changes: it is parsed and planned once, however many rows come. */
import { sql, type RawBuilder } from 'kysely';

/**
 * @param columns as in a column definition list: `id uuid, due_at timestamptz`; also what reads the rows' fields.
 * @example sql`insert into unit (id, name) select id, name from ${recordset(rows, 'id uuid, name text')}`
 */
export const recordset = (rows: readonly object[], columns: string): RawBuilder<unknown> =>
  sql`jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as new(${sql.raw(columns)})`;
