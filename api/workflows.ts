/** For administrators: what the engine remembers of a process, in plain words and as it is. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { eventsOf } from '../db/process-event.ts';
import { instant, rfc3339 } from '../domain/time.ts';
import { workflowIdOf } from '../workflows/client.ts';
import type { AppDeps } from './deps.ts';
import { notFound } from './problem.ts';
import { explained, ProcessEvent } from './process-history.ts';
import { answer, closed, nullable, oneOf, ref, Timestamp, Uuid } from './schemas.ts';

const History = closed({
  workflow_id: Type.String(),
  run_id: nullable(Type.String({ description: '最近一段运行' })),
  temporal_ui: nullable(Type.String({ description: '在 Temporal 界面中查看' })),
  note: nullable(Type.String({ description: '引擎不再保存运行记录时的说明' })),
  events: Type.Array(ref(ProcessEvent), { description: '业务经过' }),
  steps: Type.Array(
    closed({
      run: Type.Integer(),
      id: Type.Integer(),
      at: Timestamp,
      type: Type.String(),
      what: Type.String(),
    }),
    {
      description: '引擎的每一步',
    },
  ),
  raw: Type.Array(Type.Unknown(), { description: '每一卷的原始事件' }),
});

const NOT_KEPT = '引擎中没有这个流程的运行记录：结束并过了保留期的不再保存。业务经过完整无缺，以事件为准。';

export const workflows =
  ({ db, engine }: Pick<AppDeps, 'db' | 'engine'>): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/workflows/:kind/:id/history',
      {
        config: { right: 'see_workflow_history' },
        schema: {
          operationId: 'getWorkflowHistory',
          summary: '一个流程的全部历史',
          tags: ['workflows'],
          params: closed({
            kind: oneOf(['supervision_item', 'indicator_task', 'list_release', 'recipient']),
            id: Uuid,
          }),
          response: { 200: answer('历史', History) },
        },
      },
      async (request) => {
        const { kind } = request.params;
        // The engine knows ids as they were written.
        const id = request.params.id.toLowerCase();
        const workflow_id = workflowIdOf(kind, id);
        const history = await engine.historyOf(workflow_id);
        const isThing = kind === 'supervision_item' || kind === 'indicator_task';
        const events = isThing ? await explained(db, await eventsOf(db, { kind, id })) : [];
        if (history === null && events.length === 0) throw notFound('没有这个流程。');
        return {
          workflow_id,
          run_id: history?.run_id ?? null,
          temporal_ui: history === null ? null : engine.uiUrlOf(workflow_id, history.run_id),
          note: history === null ? NOT_KEPT : null,
          events,
          steps: (history?.told ?? []).map(({ at, ...step }) => ({ ...step, at: rfc3339(instant(at)) })),
          raw: [...(history?.raw ?? [])],
        };
      },
    );
  };
