/** What is filled in for the commands of a supervision item, and what is looked up before they are given. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type, type TSchema } from 'typebox';
import type { Db } from '../db/client.ts';
import { currentPolicies, policyFor } from '../db/policies.ts';
import { refuse, type Refusal } from '../domain/refusal.ts';
import {
  commandTable,
  type Command,
  type CommandName,
  type SupervisionItem,
} from '../domain/supervision-item.ts';
import type { ActingPerson } from './acting.ts';
import type { AppDeps } from './deps.ts';
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
import { closed, DateOnly, nullable, oneOf, text, Uuid } from './schemas.ts';
import { checkSubAspect, checkUnits } from './supervision-items.ts';
import { factFields, shownItems, type ShownItem } from './supervision-item-view.ts';

const assignable = {
  lead_unit_id: Type.Optional(Uuid),
  assisting_unit_ids: Type.Optional(factFields.assisting_unit_ids),
};

const bodies: Readonly<Record<CommandName, TSchema>> = {
  ...commonBodies,
  edit: Type.Partial(closed({ ...factFields, warning_policy: nullable(text(60)) }), {
    additionalProperties: false,
    minProperties: 1,
  }),
  assign: closed(assignable),
  acknowledge: acknowledgeBody,
  dispute: closed({ reason: long }),
  uphold: closed({ reason: long }),
  report_progress: closed({
    percent: Type.Number({ minimum: 0, maximum: 100 }),
    text: long,
    evidence_ids: EvidenceIds,
  }),
  request_extension: closed({ new_due_on: DateOnly, reason: long }),
  decide_extension: closed({ granted: Type.Boolean(), reason: long }),
  pause: closed({ reason: long }),
  resume: closed({ reason: Type.Optional(long) }),
  request_close: closed({ result: long, evidence_ids: EvidenceIds }),
  approve: closed({
    rating: oneOf(['excellent', 'good', 'qualified', 'unqualified']),
    opinion: Type.Optional(long),
  }),
  return: closed({ reasons: long }),
};

export const supervisionItemCommands = (
  deps: Pick<AppDeps, 'db' | 'clock' | 'processes'>,
): FastifyPluginAsyncTypebox =>
  processCommands(shownItems(deps), { table: commandTable, bodies, prepare: preparing(deps) }, deps);

const preparing =
  (deps: Pick<AppDeps, 'db' | 'clock'>) =>
  async ({ id, state }: ShownItem, command: Command, by: ActingPerson): Promise<Command | Refusal> => {
    switch (command.command) {
      case 'edit':
        checkSubAspect(
          command.aspect ?? state.facts.aspect,
          command.sub_aspect === undefined ? state.facts.sub_aspect : command.sub_aspect,
        );
        await checkUnits(deps.db, command);
        return withPolicy(deps.db, state, command);
      case 'assign':
        await checkUnits(deps.db, command);
        return command;
      case 'acknowledge':
        await checkPeople(deps, state.facts.lead_unit_id, command);
        return command;
      case 'reassign_person':
        await checkColleague(deps, state.facts.lead_unit_id, command.person_id, '/person_id');
        return command;
      case 'report_progress':
      case 'request_close':
        return withEvidence(deps.db, { kind: 'supervision_item', id }, command, by);
      default:
        return command;
    }
  };

type Edit = Extract<Command, { command: 'edit' }> & { readonly warning_policy?: string | null };

/** Another class brings its own policy, unless one is named. */
async function withPolicy(db: Db, state: SupervisionItem, edit: Edit): Promise<Command | Refusal> {
  const { warning_policy, ...command } = edit;
  const item_class = command.item_class ?? state.facts.item_class;
  if (warning_policy === undefined && item_class === state.facts.item_class) return command;
  const item_policy = policyFor(await currentPolicies(db), item_class, warning_policy ?? null);
  if (item_policy === null) {
    return refuse('unknown_policy', '没有这个预警策略，请从 /warning-policies 中选取。', '/warning_policy');
  }
  return { ...command, item_policy };
}
