/** RESULTS.md: the table of the last full run, and what was compared with what. */
import { table, type Line, type Surroundings } from './report.ts';

export type Run = Surroundings & {
  readonly lines: readonly Line[];
  readonly loadBefore: string;
  readonly loadAfter: string;
  readonly seconds: number;
  readonly rounds: number;
  readonly atOnce: number;
  readonly sizes: Readonly<
    Record<'created' | 'alone' | 'together' | 'deadlines' | 'idle' | 'released', number>
  >;
};

export const resultsText = (run: Run): string => `# Dukao against bare Temporal

Written by \`npm run bench\` (${run.seconds.toFixed(0)} s). Machine: ${run.machine}. ${run.versions}.
Load average (1, 5, 15 minutes): ${run.loadBefore} before, ${run.loadAfter} after.

${table(run.lines)}

Each figure is the median of ${run.rounds} rounds (deadlines at one instant: of two; idle deadline: of ${run.sizes.idle} samples), bare and ours in turn
within each round. A ratio is ours divided by bare.

## What is compared

Everything runs at once on one machine: one PostgreSQL with \`fsync\` on, one Temporal server on it (time
skipping off), one Node process with Dukao's HTTP server and workers as \`npm start\` has them, the bare
worker with the same settings beside them, and the senders of both.

- **Creation**, ${run.sizes.created} a round, ${run.atOnce} in flight; the next one begins when a timer stands in Temporal's tables. Bare: a
  workflow with one 90-day timer is started. Ours: \`POST /supervision-items\` with \`assign: true\`,
  answered when it can be read: sign-in, rights, idempotency key, the item with its events, to-dos and notices in
  one transaction, then its workflow, which arms the deadlines. The second line is the same without assigning.
- **Command**: \`POST …/commands/report-progress\`, with sign-in, rights, idempotency key and the whole item in the
  answer, against a bare Update over gRPC that counts. ${run.sizes.alone} a round one at a time; ${run.sizes.together} a round with ${run.atOnce} in flight,
  each on an item (a workflow) of its own.
- **Deadlines at one instant**: ${run.sizes.deadlines} items of 60 units whose red card falls at one instant, until every card, warning
  and notification (three a card) is committed; the people's workflows are told as it calms down, after ten seconds at most. Bare: as many
  workflows with one timer to one instant and one regular activity that inserts one row.
- **Idle deadline**: from the instant to the committed card with its three notifications. Bare: the same timer with
  one regular activity and one row; and a timer alone, until its client knows that the workflow has ended.

- **Release**: \`list_release\` writes and starts ${run.sizes.released} tasks of twelve monthly periods, 20 starts under way, and
  tells every reporter. Bare: as many starts of a workflow with one timer, as many under way.

Phones are silent during a run (quiet hours all day): no message is sent in any figure.
`;
