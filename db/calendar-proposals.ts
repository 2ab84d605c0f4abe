/** Notices of holidays that wait for a second person; how they are applied is in replans.ts. */
import { sql } from 'kysely';
import type { PublishedDay } from '../domain/calendar-proposal.ts';
import type { Region } from './calendar.ts';
import { when, type Db, type Tx } from './client.ts';
import { replanOf, type Replanning } from './replans.ts';

export type Proposal = Replanning & {
  readonly year: number;
  /** `local`: the year's local days off, all of them; what is not among them is as the nation has it. */
  readonly region: Region;
  readonly source: string;
  readonly days: readonly PublishedDay[];
  readonly base_version: number;
  /** The calendar that it became. */
  readonly version: number | null;
};

export async function propose(
  tx: Tx,
  proposal: Pick<
    Proposal,
    'id' | 'year' | 'region' | 'source' | 'days' | 'base_version' | 'proposed_by' | 'proposed_at'
  >,
): Promise<Proposal> {
  const { id, year, region, source, days, base_version, proposed_by, proposed_at } = proposal;
  // A request that is asked again after a crash makes the same proposal.
  await sql`
    insert into calendar_proposal
      (id, year, region, source, days, base_version, proposed_by, proposed_at, state)
    values (${id}, ${year}, ${region}, ${source}, ${JSON.stringify(days)}::jsonb, ${base_version},
            ${proposed_by}, ${when(proposed_at)}, 'proposed')
    on conflict (id) do nothing`.execute(tx);
  const proposed = await proposalOf(tx, id);
  if (proposed === null) throw new Error(`calendar proposal ${id} was not stored`);
  return proposed;
}

export const proposalOf = (db: Db | Tx, id: string): Promise<Proposal | null> =>
  replanOf<Proposal>(db, 'calendar_proposal', id);

/** Under which version of the calendar it holds. */
export async function becameVersion(tx: Tx, id: string, version: number): Promise<void> {
  await sql`update calendar_proposal set version = ${version} where id = ${id}`.execute(tx);
}
