/** RESULTS.md: the tables of the last full run, and what was compared with what. */
import { processesSettings } from '../activities/worker.ts';
import type { GreatStorm } from './great-storm.ts';
import type { Surroundings } from './report.ts';
import type { Sizes } from './sizes.ts';

export type Run = Surroundings & {
  readonly tables: string;
  readonly loadBefore: string;
  readonly loadAfter: string;
  readonly seconds: number;
  readonly sizes: Sizes;
  readonly great: GreatStorm;
};

export const resultsText = ({ sizes, great, ...run }: Run): string => `# Dukao measured

Written by \`npm run bench\` (${run.seconds.toFixed(0)} s). Machine: ${run.machine}. ${run.versions}.
Load average (1, 5, 15 minutes): ${run.loadBefore} before, ${run.loadAfter} after.

${run.tables}

A ratio is the second figure divided by the first. Against bare Temporal each figure is the median of ${sizes.rounds}
rounds (${sizes.deadlines} deadlines at one instant: of ${sizes.storms}; ${sizes.manyDeadlines} deadlines, release and peers: of one; idle deadline: of ${sizes.idle}
samples), bare and ours in turn within each round.

## What is compared

Everything runs at once on one machine: one PostgreSQL with \`fsync\` on, one Temporal server on it (time
skipping off), one Node process with Dukao's HTTP server and workers as \`npm start\` has them, the bare
worker with the same settings beside them, and the senders of both. Growth, memory, the watch and reads begin
on an empty stack of their own in the same run, with Dukao's workers in a process of their own.

- **Creation**, ${sizes.created} a round, ${sizes.atOnce} in flight; the next one begins when a timer stands in Temporal's tables. Bare: a
  workflow with one 90-day timer is started. Ours: \`POST /supervision-items\` with \`assign: true\`,
  answered when it can be read: sign-in, rights, idempotency key, the item with its events, to-dos and notices in
  one transaction, then its workflow, which arms the deadlines. The second line is the same without assigning.
- **Command**: \`POST …/commands/report-progress\`, with sign-in, rights, idempotency key and the whole item in the
  answer, against a bare Update over gRPC that counts. ${sizes.alone} a round one at a time; ${sizes.together} a round with ${sizes.atOnce} in flight,
  each on an item (a workflow) of its own.
- **Deadlines at one instant**: items of 60 units whose red card falls at one instant, until every card, warning
  and notification (three a card) is committed; the people's workflows are told as it calms down, after ten seconds at most. Bare: as many
  workflows with one timer to one instant and one regular activity that inserts one row.
- **The cap**: in the ${sizes.manyDeadlines} deadlines phones ring, at the stand-in provider. By its record ${great.messages} messages went to
  ${great.phones} phones (what had waited since the run began is among them), at most ${great.mostOnOnePhone} to one: the cap is ${great.cap}. More would have failed
  the run. In all other figures phones are silent (quiet hours all day).
- **Idle deadline**: from the instant to the committed card with its three notifications. Bare: the same timer with
  one regular activity and one row; and a timer alone, until its client knows that the workflow has ended.
- **Release**: \`list_release\` writes and starts ${sizes.released} tasks of twelve monthly periods, 20 starts under way, and
  tells every reporter. Bare: as many starts of a workflow with one timer, as many under way.
- **Growth**: a list is released to ${sizes.open.few} tasks, then in the same system to ${sizes.open.many}, and both times ${sizes.grown} requests of each kind are
  sent one at a time over HTTP. A task that nobody has touched is drawn at random and acknowledged: beyond the ${processesSettings.maxCachedWorkflows}
  workflows that a worker keeps at hand its process is first read from its history. Twenty tasks in use take reports of
  progress again and again. Pages and numbers of a board are read after every task has got a card: those cards are
  written by SQL, because their own deadlines are days away, and taken away again.
- **Memory** of the one worker process that has done all this, the threads of its workflows counted in.
- **Reads**: ten connections for ${sizes.readSeconds} s from a thread of their own, ${sizes.readRounds} rounds in turn. Bare: a Fastify route without sign-in, rights
  or schemas that sends the very statement which Dukao's query module makes, through the same driver, and answers its rows.
- **Where the time goes**: processor time of the last round, from /proc, by process and by the database that a
  connection of PostgreSQL serves. A command of ours is two activations of its workflow where a bare Update is one:
  the second takes in that the local activity has written the rows. Each costs the SDK about 1.5 ms (it exchanges the
  globals of the workflow's sandbox and notes a stack for every promise), more than the rules themselves.
- **The daily watch**: one run of the auditor and one of the reconciler; each has to find nothing amiss.

${peersText}
`;

const peersText = `## The peers

The same three-step ladder (bell, yellow card, red card; three people told of each; an extension makes what stood
stale; everything in a history) in [pg-boss](peers/pg-boss.ts) and in [a plain table that is polled](peers/polled-table.ts), each looked at every
500 ms when idle, on the same PostgreSQL. First each has to walk the ladder with an extension in between. They are
functions in the bench's process: no HTTP, no sign-in, no rights. Their command writes a report and a line of
history; their creation ends when the step that comes next stands in a table.

**Where they are faster.** Wherever a deadline is a row, creation, commands and storms are a matter of one small
transaction: they create and report many times faster than anything on Temporal does, bare or not, and give the
cards of a storm several times faster. Whoever needs no more than a ladder of reminders should take one of them.
**Where they are not.** An idle deadline waits for the next look, half the interval on average; looking more often
costs the database that much more when nothing is due.

| what it does not do | pg-boss | polled table | Dukao |
| --- | --- | --- | --- |
| rules as code that can be read as one story, over months | no: each step is a job of its own, what comes between them is in tables and conventions | no: one statement moves everything, each new stage makes it longer | a workflow for each thing |
| a running year goes on when its code changes | by hand: waiting jobs meet whatever code is deployed | by hand, with a migration of the rows | recorded histories are replayed against the new code |
| a command finds everything due before it already decided | no: a late job may give a card after the report that should have prevented it, unless each command checks | no, the same | decided in the order of the instants, also after an outage |
| calendars, working days, quiet hours, replans | not here | not here | policies, frozen for each deadline |
| SMS: bundled, within the cap of a number, once only after a crash between provider and commit | not here; a job that failed after the send sends again | not here | one process for each person |
| idempotent commands, answered alike when sent twice | not here | not here | idempotency keys |
| time travel of one thing through a whole year | no | no: now() is the database's | the server skips time |
| a watch that proves nothing is missed | a dead-letter queue and counts | not here | auditor and reconciler |
| exactly one card for a step, in one transaction with its rows | yes (transactional workers) | yes | yes |
| one system to run, restore and understand | yes: PostgreSQL alone | yes: PostgreSQL alone | no: a Temporal server beside it; two databases to be reconciled after a restore |`;
