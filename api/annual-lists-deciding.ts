/** The second person: what was proposed for a released list holds from its day on, or does not. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply } from 'fastify';
import { lockList } from '../db/annual-list.ts';
import { confirmChange, lockChange, rejectChange, type WeightChange } from '../db/annual-list-changes.ts';
import { audit } from '../db/audit.ts';
import { beginRelease, releaseOf } from '../db/list-release.ts';
import { localDateOf } from '../domain/time.ts';
import { actingUnder } from './acting.ts';
import { changeRevision, changeView, ChangeView } from './annual-lists-change-view.ts';
import { sameThing } from './annual-lists-faults.ts';
import { checkOnce, requireReleased } from './annual-lists-proposing.ts';
import { ChangeParams } from './annual-lists-view.ts';
import { done } from './audited.ts';
import { viewerOf } from './authentication.ts';
import { checkIfMatch, EtagHeader, setEtag } from './concurrency.ts';
import { orProblem } from './constraints.ts';
import type { AppDeps } from './deps.ts';
import { ApiProblem, notFound } from './problem.ts';
import { answer, closed, ref, text } from './schemas.ts';

export const annualListDecisions =
  ({ db, clock, processes }: Pick<AppDeps, 'db' | 'clock' | 'processes'>): FastifyPluginAsyncTypebox =>
  async (app) => {
    const answerWith = async (reply: FastifyReply, change: WeightChange) => {
      setEtag(reply, changeRevision(change));
      return changeView(db, change, viewerOf(reply.request));
    };

    app.post(
      '/annual-lists/:year/weight-changes/:id/commands/confirm',
      {
        config: { right: 'edit_annual_list' },
        schema: {
          operationId: 'confirmWeightChange',
          summary: '确认：由提出人以外的另一人办理；自起始日期起生效',
          tags: ['annual-lists'],
          params: ChangeParams,
          body: closed({}),
          response: { 200: answer('已确认', ref(ChangeView), EtagHeader) },
        },
      },
      async (request, reply) => {
        const { year, id } = request.params;
        const { account_id } = viewerOf(request);
        const at = await clock.now();
        const change = await orProblem(sameThing, () =>
          db.transaction().execute(async (tx) => {
            requireReleased(await lockList(tx, year));
            const proposed = await lockChange(tx, id);
            if (proposed === null || proposed.year !== year) throw notFound();
            checkIfMatch(request, changeRevision(proposed));
            if (proposed.state === 'confirmed') return proposed;
            if (proposed.state === 'rejected') throw rejectedBefore();
            if (proposed.proposed_by === account_id) {
              throw new ApiProblem('same_person', '须由提出人以外的另一人确认。');
            }
            await checkOnce(tx, proposed, localDateOf(at));
            const confirmed = await confirmChange(tx, proposed, { account_id, at });
            await audit(tx, done(request, `weight_change/${id}`, { year, kind: confirmed.kind }));
            // New indicators get their tasks, running ones learn their weights: by the list's own process.
            await beginRelease(tx, year, { by: actingUnder(viewerOf(request), 'edit_annual_list'), at });
            return confirmed;
          }),
        );
        const release = await releaseOf(db, year);
        if (release !== null)
          await processes
            .releaseList(release, actingUnder(viewerOf(request), 'edit_annual_list'))
            .catch((err: unknown) => request.log.warn({ err }, 'the tasks hear of the change later'));
        return answerWith(reply, change);
      },
    );

    app.post(
      '/annual-lists/:year/weight-changes/:id/commands/reject',
      {
        config: { right: 'edit_annual_list' },
        schema: {
          operationId: 'rejectWeightChange',
          summary: '驳回；提出人也可由此收回',
          tags: ['annual-lists'],
          params: ChangeParams,
          body: closed({ reason: text(500) }),
          response: { 200: answer('已驳回', ref(ChangeView), EtagHeader) },
        },
      },
      async (request, reply) => {
        const { year, id } = request.params;
        const { reason } = request.body;
        const at = await clock.now();
        const change = await db.transaction().execute(async (tx) => {
          await lockList(tx, year);
          const proposed = await lockChange(tx, id);
          if (proposed === null || proposed.year !== year) throw notFound();
          checkIfMatch(request, changeRevision(proposed));
          if (proposed.state === 'rejected') return proposed;
          if (proposed.state === 'confirmed')
            throw new ApiProblem('nothing_changed', '这项调整已确认生效；如要改回，请另行提出。');
          await audit(tx, done(request, `weight_change/${id}`, { year, reason }));
          return rejectChange(tx, proposed, { reason, at });
        });
        return answerWith(reply, change);
      },
    );
  };

const rejectedBefore = () => new ApiProblem('nothing_changed', '这项调整已被驳回；如仍需要，请重新提出。');
