/** What a process's decisions do to the tables, and whom they are handed to afterwards. */
import * as items from '../db/supervision-item.ts';
import type { Db } from '../db/client.ts';
import type { HandOver } from '../db/hand-overs.ts';

export type Projections = {
  /**
   * Idempotent in both halves: rows conflict and do nothing, a notification is known by its id.
   * @returns null when it is written, else what stands instead.
   */
  projectSupervisionItem(projection: items.Projection): Promise<items.Standing | null>;
};

export const createProjections = ({
  db,
  handOver,
}: {
  db: Db;
  /** Tells the recipient's workflow; called after the commit, so that it finds what it is told of. */
  handOver: (notifications: readonly HandOver[]) => Promise<void>;
}): Projections => ({
  async projectSupervisionItem(projection) {
    const { caused, standing } = await items.projectSupervisionItem(db, projection);
    await handOver(caused);
    return standing;
  },
});
