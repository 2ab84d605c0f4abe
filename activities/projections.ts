/** What processes' decisions do to the tables, and who is told of it afterwards. */
import { createBatches } from '../db/batches.ts';
import type { Db } from '../db/client.ts';
import type { HandOver } from '../db/hand-overs.ts';
import { project, type Projector, type Projection, type Standing } from '../db/projecting.ts';
import * as tasks from '../db/indicator-task.ts';
import * as items from '../db/supervision-item.ts';
import type { EventFrame } from '../domain/process.ts';

export type Projections = {
  /**
   * Idempotent: rows conflict and do nothing, a notification is known by its id.
   * @returns null when it is written, else what stands instead.
   */
  projectSupervisionItem(projection: items.Projection): Promise<items.Standing | null>;
  projectIndicatorTask(projection: tasks.Projection): Promise<tasks.Standing | null>;
};

type Surroundings = {
  readonly db: Db;
  /** Called after the commit, so that the recipient finds what it is told of. */
  readonly handOver: (notifications: readonly HandOver[]) => void;
};

/** Two transactions at a time: while one waits for the disk the other computes [D]. */
const BATCHES = { atOnce: 2, most: 50 };

export const createProjections = (around: Surroundings): Projections => ({
  projectSupervisionItem: projecting(around, items.supervisionItems),
  projectIndicatorTask: projecting(around, tasks.indicatorTasks),
});

function projecting<
  State extends { readonly version: number },
  Event extends EventFrame & { readonly type: string },
>(
  { db, handOver }: Surroundings,
  projector: Projector<State, Event>,
): (projection: Projection<State, Event>) => Promise<Standing<State> | null> {
  return createBatches(BATCHES, async (projections: readonly Projection<State, Event>[]) => {
    const { caused, standing } = await project(db, projector, projections);
    handOver(caused);
    return standing;
  });
}
