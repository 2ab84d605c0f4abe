/** One thing, whatever its kind, as the people of a story handle it. */
import { expect } from 'vitest';
import type { Db } from '../../db/client.ts';
import type { Thing } from '../../db/process-event.ts';
import type { RunningServer } from '../../server-assembly.ts';
import { workflowIdOf } from '../../workflows/client.ts';
import type { Answer } from './api.ts';
import type { Someone } from './world.ts';

export type Handled = { readonly db: Db; readonly server: Pick<RunningServer, 'client'> };

export function handled({ db, server }: Handled, { kind, id }: Thing) {
  const path = `/${kind.replaceAll('_', '-')}s/${id}`;
  const send = (who: Someone, command: string, body: unknown, asked = {}): Promise<Answer> =>
    who.client.post(`${path}/commands/${command}`, body, asked);
  const workflowId = workflowIdOf(kind, id);
  return {
    id,
    path,
    workflowId,
    /** @returns the thing as the command left it. */
    async gives(who: Someone, command: string, body: unknown = {}) {
      const answer = await send(who, command, body);
      expect(answer, `${command}: ${JSON.stringify(answer.body)}`).toMatchObject({ status: 200 });
      return answer.body;
    },
    /** @returns the code of the refusal. */
    async refuses(who: Someone, command: string, body: unknown = {}): Promise<string> {
      const answer = await send(who, command, body);
      expect(answer.status, `${command}: ${JSON.stringify(answer.body)}`).toBeGreaterThanOrEqual(400);
      return answer.body.code as string;
    },
    send,
    async openedBy(who: Someone) {
      const answer = await who.client.get(path);
      expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 200 });
      return answer.body;
    },
    async runId(): Promise<string> {
      const { runId } = await server.client.workflow.getHandle(workflowId).describe();
      return runId;
    },
    /** Which cards were given, in their order: `item/1 bell`, and `item/1 red_card+1` for a repeat. */
    async warnings(): Promise<string[]> {
      const rows = await db
        .selectFrom('warning')
        .selectAll()
        .where('thing_id', '=', id)
        .orderBy('event_version')
        .execute();
      return rows.map(
        ({ deadline_kind, deadline_version, level, repeat }) =>
          `${deadline_kind}/${deadline_version} ${level}${repeat === 0 ? '' : `+${repeat}`}`,
      );
    },
    async events(): Promise<string[]> {
      const rows = await db
        .selectFrom('process_event')
        .select('type')
        .where('thing_id', '=', id)
        .orderBy('version')
        .execute();
      return rows.map(({ type }) => type);
    },
  };
}
