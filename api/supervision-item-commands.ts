/** The commands of a supervision item: one route each, made from the process's own table. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type, type TSchema } from 'typebox';
import type { Db } from '../db/client.ts';
import { attachEvidence } from '../db/evidence.ts';
import { hasAnswered } from '../db/process-event.ts';
import { currentPolicies, policyFor } from '../db/policies.ts';
import { findItem } from '../db/supervision-items.ts';
import { roleFor } from '../domain/permissions.ts';
import type { Actor } from '../domain/process.ts';
import { isRefusal, refuse, type Refusal } from '../domain/refusal.ts';
import {
  commandNames,
  commandTable,
  type Command,
  type CommandName,
  type SupervisionItem,
} from '../domain/supervision-item.ts';
import { postRoles } from '../domain/vocabulary.ts';
import { viewerOf } from './authentication.ts';
import { checkIfMatch, EtagHeader, setEtag } from './concurrency.ts';
import { unknownPerson } from './constraints.ts';
import type { AppDeps } from './deps.ts';
import { forbidden, replyRefusal } from './problem.ts';
import { answer, closed, DateOnly, IdParams, named, nullable, oneOf, ref, text, Uuid } from './schemas.ts';
import { checkSubAspect, checkUnits } from './supervision-items.ts';
import { factFields, Item, itemView, pathOf, schemaNameOf, visible } from './supervision-item-view.ts';

const long = text(2_000);
const Evidence = Type.Optional(Type.Array(Uuid, { maxItems: 50, uniqueItems: true }));
const assignable = {
  lead_unit_id: Type.Optional(Uuid),
  assisting_unit_ids: Type.Optional(factFields.assisting_unit_ids),
};

/** What is filled in for each command. */
const bodies: Readonly<Record<CommandName, TSchema>> = {
  edit: Type.Partial(closed({ ...factFields, warning_policy: nullable(text(60)) }), {
    additionalProperties: false,
    minProperties: 1,
  }),
  assign: closed(assignable),
  acknowledge: closed({
    reporter: Type.Optional(Uuid),
    direct_lead: Type.Optional(Uuid),
    contact_person: Type.Optional(Uuid),
    deputy_leader: Type.Optional(Uuid),
  }),
  dispute: closed({ reason: long }),
  uphold: closed({ reason: long }),
  report_progress: closed({
    percent: Type.Number({ minimum: 0, maximum: 100 }),
    text: long,
    evidence_ids: Evidence,
  }),
  request_extension: closed({ new_due_on: DateOnly, reason: long }),
  decide_extension: closed({ granted: Type.Boolean(), reason: long }),
  pause: closed({ reason: long }),
  resume: closed({ reason: Type.Optional(long) }),
  request_close: closed({ result: long, evidence_ids: Evidence }),
  approve: closed({
    rating: oneOf(['excellent', 'good', 'qualified', 'unqualified']),
    opinion: Type.Optional(long),
  }),
  return: closed({ reasons: long }),
  urge: closed({ text: Type.Optional(long) }),
  withdraw: closed({ reason: long }),
  confirm_withdrawal: closed({}),
  reject_withdrawal: closed({ reason: long }),
  reassign_person: closed({ role: oneOf(postRoles), person_id: Uuid }),
  comment: closed({ text: long }),
};

export const supervisionItemCommands =
  ({ db, processes }: Pick<AppDeps, 'db' | 'processes'>): FastifyPluginAsyncTypebox =>
  async (app) => {
    for (const name of commandNames) {
      const Body = named(schemaNameOf(name), bodies[name]);
      app.addSchema(Body);
      app.post(
        `/supervision-items/:id/commands/${pathOf(name)}`,
        {
          config: { right: 'process' },
          schema: {
            operationId: `${schemaNameOf(name).charAt(0).toLowerCase()}${schemaNameOf(name).slice(1)}`,
            summary: commandTable[name].zh,
            tags: ['supervision-items'],
            params: IdParams,
            body: ref(Body),
            response: { 200: answer('办理后的事项', ref(Item), EtagHeader) },
          },
        },
        async (request, reply) => {
          const viewer = viewerOf(request);
          const thing = { kind: 'supervision_item', id: request.params.id } as const;
          const [found, before] = await Promise.all([
            findItem(db, thing.id),
            hasAnswered(db, thing, request.commandId),
          ]);
          const row = visible(found, viewer);
          const role = roleFor(viewer, commandTable[name].who, row.state.facts);
          if (role === null) throw forbidden();
          // Its answer was lost on the way: the work is done, and nothing is asked or checked again.
          if (before) {
            setEtag(reply, row.version);
            return itemView(row, viewer);
          }
          checkIfMatch(request, row.version);
          const by: Actor = { kind: 'person', person_id: viewer.person_id, unit_id: viewer.unit_id, role };
          const given = { ...(request.body as object), command: name } as Command;
          const command = await prepare(db, row.id, row.state, given, by);
          if (isRefusal(command)) return replyRefusal(reply, command);
          const result = await processes.command(thing, command, by, request.commandId);
          if (isRefusal(result)) return replyRefusal(reply, result);
          const after = visible(await findItem(db, row.id), viewer);
          setEtag(reply, after.version);
          return itemView(after, viewer);
        },
      );
    }
  };

/** What only the tables can tell: that named units, people, policies and files exist and belong here. */
async function prepare(
  db: Db,
  id: string,
  state: SupervisionItem,
  command: Command,
  by: Actor & { kind: 'person' },
): Promise<Command | Refusal> {
  switch (command.command) {
    case 'edit':
      checkSubAspect(
        command.aspect ?? state.facts.aspect,
        command.sub_aspect === undefined ? state.facts.sub_aspect : command.sub_aspect,
      );
      await checkUnits(db, command);
      return withPolicy(db, state, command);
    case 'assign':
      await checkUnits(db, command);
      return command;
    case 'acknowledge': {
      const { command: _, ...people } = command;
      for (const [role, person] of Object.entries(people))
        await checkColleague(db, state, person, `/${role}`);
      return command;
    }
    case 'reassign_person':
      await checkColleague(db, state, command.person_id, '/person_id');
      return command;
    case 'report_progress':
    case 'request_close': {
      const unusable = await attachEvidence(
        db,
        { kind: 'supervision_item', id },
        command.evidence_ids ?? [],
        by,
      );
      return unusable.length === 0
        ? command
        : refuse(
            'evidence_unusable',
            `这些印证资料不存在或不属于本单位：${unusable.join('、')}。请先上传。`,
            '/evidence_ids',
          );
    }
    default:
      return command;
  }
}

async function checkColleague(
  db: Db,
  state: SupervisionItem,
  person: string,
  pointer: string,
): Promise<void> {
  const row = await db.selectFrom('person').select('unit_id').where('id', '=', person).executeTakeFirst();
  const { lead_unit_id } = state.facts;
  const held =
    lead_unit_id === null
      ? undefined
      : await db
          .selectFrom('post')
          .select('id')
          .where('person_id', '=', person)
          .where('unit_id', '=', lead_unit_id)
          .executeTakeFirst();
  if (row === undefined || (row.unit_id !== lead_unit_id && held === undefined))
    throw unknownPerson(pointer)();
}

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
