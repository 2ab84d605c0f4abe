/** The commands of a process: one route each, made from the process's own table. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { TSchema } from 'typebox';
import { hasAnswered } from '../db/process-event.ts';
import { roleFor, type Grant } from '../domain/permissions.ts';
import { isRefusal, type Refusal } from '../domain/refusal.ts';
import type { Command } from '../workflows/client.ts';
import { actingAs, actingOn, type ActingPerson } from './acting.ts';
import { viewerOf } from './authentication.ts';
import { checkIfMatch, EtagHeader, setEtag } from './concurrency.ts';
import type { AppDeps } from './deps.ts';
import { redCardSeen } from './opening.ts';
import { forbidden, replyRefusal } from './problem.ts';
import { pathOf, schemaNameOf, visible, type ProcessRow, type ShownKind } from './process-kind.ts';
import { answer, IdParams, named, ref, type Named } from './schemas.ts';

export type Commanded<Given extends Command, Row> = {
  readonly table: Readonly<Record<Given['command'], { readonly zh: string; readonly who: readonly Grant[] }>>;
  /** What is filled in for each command that people give: each one here has its route. */
  readonly bodies: Readonly<Partial<Record<Given['command'], TSchema>>>;
  /** What only the tables can tell: that named units, people, policies and files exist and belong here. */
  readonly prepare: (row: Row, command: Given, by: ActingPerson) => Promise<Given | Refusal>;
};

export const processCommands =
  <Row extends ProcessRow, View extends Named, Given extends Command>(
    shown: ShownKind<Row, View>,
    { table, bodies, prepare }: Commanded<Given, Row>,
    deps: Pick<AppDeps, 'db' | 'processes'>,
  ): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { db, processes } = deps;
    const view: Named = shown.view;
    for (const [name, body] of Object.entries(bodies) as [Given['command'], TSchema][]) {
      const { zh, who } = table[name];
      const schemaName = schemaNameOf(view, name);
      const Body = named(schemaName, body);
      app.addSchema(Body);
      app.post(
        `/${shown.path}/:id/commands/${pathOf(name)}`,
        {
          config: { right: 'process' },
          schema: {
            operationId: `${schemaName.charAt(0).toLowerCase()}${schemaName.slice(1)}`,
            summary: zh,
            tags: [shown.path],
            params: IdParams,
            body: ref(Body),
            response: { 200: answer(`办理后的${shown.zh}`, ref(view), EtagHeader) },
          },
        },
        async (request, reply) => {
          const viewer = viewerOf(request);
          const thing = { kind: shown.kind, id: request.params.id };
          const [row, before] = await Promise.all([
            visible(shown, thing.id, viewer),
            hasAnswered(db, thing, request.commandId),
          ]);
          const owners = shown.ownersOf(row);
          const role = roleFor(viewer, who, owners);
          if (role === null) throw forbidden();
          const answerWith = async (found: Row) => {
            const now = await redCardSeen(shown, found, request, deps);
            setEtag(reply, now.version);
            return shown.show(now, viewer);
          };
          // Its answer was lost on the way: the work is done, and nothing is asked or checked again.
          if (before) {
            processes.catchUp(thing);
            return answerWith(row);
          }
          checkIfMatch(request, row.version);
          const given = { ...(request.body as object), command: name } as unknown as Given;
          const command = await prepare(row, given, actingAs(role, viewer));
          if (isRefusal(command)) return replyRefusal(reply, command);
          const result = await processes.command(
            thing,
            { command, by: actingOn(owners, role, viewer), read: row.version },
            request.commandId,
          );
          if (isRefusal(result)) return replyRefusal(reply, result);
          return answerWith(await visible(shown, row.id, viewer));
        },
      );
    }
  };
