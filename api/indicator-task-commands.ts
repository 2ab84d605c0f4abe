/** What is filled in for the commands of an indicator task, and what is looked up before they are given. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type, type TSchema } from 'typebox';
import type { TaskRow } from '../db/indicator-tasks.ts';
import { decimal, type Decimal } from '../domain/decimal.ts';
import { commandTable, type Adjustment, type Command, type CommandName } from '../domain/indicator-task.ts';
import { outlooks } from '../domain/progress-policy.ts';
import type { Refusal } from '../domain/refusal.ts';
import type { ActingPerson } from './acting.ts';
import { Day, Points, Value } from './annual-lists-view.ts';
import type { AppDeps } from './deps.ts';
import { shownTasks } from './indicator-task-view.ts';
import {
  acknowledgeBody,
  checkColleague,
  checkPeople,
  commonBodies,
  EvidenceIds,
  long,
  withEvidence,
} from './process-command-parts.ts';
import { processCommands } from './process-commands.ts';
import { closed, oneOf, text } from './schemas.ts';

const Period = text(20, { description: '填报期，如 2026-03、2026-Q1、2026-05-15' });

const AdjustmentBody = Type.Union([
  closed({
    kind: Type.Literal('target'),
    value: Value,
    planned: Type.Optional(Type.Record(Type.String(), Value, { description: '尚未认定的填报期的计划值' })),
  }),
  closed({ kind: Type.Literal('report_date'), period: Period, due_on: Day }),
]);

/** Weights are not among them: they change in the annual list, a unit's all at once. */
const bodies = {
  ...commonBodies,
  acknowledge: acknowledgeBody,
  report_progress: closed({
    period: Period,
    value: Type.Optional(Value),
    percent: Type.Optional(Value),
    text: long,
    evidence_ids: EvidenceIds,
  }),
  accept_report: closed({
    period: Period,
    opinion: Type.Optional(long),
    outlook: Type.Optional(oneOf(outlooks)),
  }),
  return_report: closed({ period: Period, reasons: long }),
  request_adjustment: closed({ adjustment: AdjustmentBody, reason: long }),
  decide_adjustment: closed({ granted: Type.Boolean(), reason: long }),
  request_close: closed({ result: long, evidence_ids: EvidenceIds }),
  approve: closed({ completion: Points, reasons: long }),
  return: closed({ reasons: long }),
} as const satisfies Readonly<Partial<Record<CommandName, TSchema>>>;

export const indicatorTaskCommands = (
  deps: Pick<AppDeps, 'db' | 'clock' | 'processes'>,
): FastifyPluginAsyncTypebox =>
  processCommands(shownTasks(deps), { table: commandTable, bodies, prepare: preparing(deps) }, deps);

const preparing =
  (deps: Pick<AppDeps, 'db' | 'clock'>) =>
  async ({ id, state }: TaskRow, given: Command, by: ActingPerson): Promise<Command | Refusal> => {
    const command = canonical(given);
    switch (command.command) {
      case 'acknowledge':
        await checkPeople(deps, state.facts.unit_id, command);
        return command;
      case 'reassign_person':
        await checkColleague(deps, state.facts.unit_id, command.person_id, '/person_id');
        return command;
      case 'report_progress':
      case 'request_close':
        return withEvidence(deps.db, { kind: 'indicator_task', id }, command, by);
      default:
        return command;
    }
  };

/** Decimals in their one canonical form, whatever zeros were written. */
function canonical(command: Command): Command {
  switch (command.command) {
    case 'report_progress': {
      const { value, percent, ...rest } = command;
      return {
        ...rest,
        ...(value === undefined ? {} : { value: decimal(value) }),
        ...(percent === undefined ? {} : { percent: decimal(percent) }),
      };
    }
    case 'request_adjustment':
      return { ...command, adjustment: canonicalAdjustment(command.adjustment) };
    case 'approve':
      return { ...command, completion: decimal(command.completion) };
    default:
      return command;
  }
}

function canonicalAdjustment(adjustment: Adjustment): Adjustment {
  if (adjustment.kind === 'report_date') return adjustment;
  const { kind, value, planned = {} } = adjustment;
  const plan = Object.entries(planned).map(([period, one]) => [period, decimal(one)] as const);
  return { kind, value: decimal(value), planned: Object.fromEntries<Decimal>(plan) };
}
