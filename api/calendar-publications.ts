/** 放假通知: one person proposes a year's notice and sees what would move, another one applies it. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { audit } from '../db/audit.ts';
import { latestVersion } from '../db/calendar.ts';
import {
  interruptedProposals,
  lockProposal,
  proposalOf,
  proposals,
  propose,
  type Proposal,
} from '../db/calendar-proposals.ts';
import type { Actor } from '../domain/process.ts';
import { instant } from '../domain/time.ts';
import { actingUnder } from './acting.ts';
import { done } from './audited.ts';
import { begin, tellProcesses } from './calendar-applying.ts';
import { daysFrom, Notice } from './calendar-notices.ts';
import {
  PublicationSummary,
  summaryOf,
  Publication,
  viewOf,
  revisionOf,
} from './calendar-publication-view.ts';
import { checkIfMatch, EtagHeader, setEtag } from './concurrency.ts';
import type { AppDeps } from './deps.ts';
import { newIdFor } from './idempotency.ts';
import { longWork } from './long-work.ts';
import { LinkHeader, Paged, PageOf, pageQuery, turnPage } from './paging.ts';
import { notFound } from './problem.ts';
import { answer, closed, IdParams, ref } from './schemas.ts';
import { viewerOf } from './authentication.ts';

export const calendarPublications =
  (deps: Pick<AppDeps, 'db' | 'clock' | 'processes'>): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { db, clock } = deps;
    const patiently = longWork(app);
    app.addSchema(Publication);
    app.addSchema(PublicationSummary);

    const tell = (id: string, by: Actor) =>
      patiently(`calendar_publication/${id}`, (isStopping) => tellProcesses(deps, id, by, isStopping));
    // What a crash interrupted goes on with the next start, behind everything else.
    app.addHook('onListen', async () => {
      for (const { id, ...person } of await interruptedProposals(db)) {
        tell(id, { kind: 'person', ...person, role: 'assessment_admin' }).catch(() => undefined);
      }
    });

    const answerWith = async (reply: FastifyReply, proposal: Proposal) => {
      const viewer = viewerOf(reply.request);
      setEtag(reply, revisionOf(proposal));
      return viewOf(db, proposal, {
        viewer,
        by: actingUnder(viewer, 'publish_calendar'),
        at: await clock.now(),
      });
    };

    app.get(
      '/calendar-publications',
      {
        config: { right: 'publish_calendar' },
        schema: {
          operationId: 'listCalendarPublications',
          summary: '放假通知的申报与发布，新的在前',
          tags: ['calendar'],
          querystring: Paged({}),
          response: { 200: answer('一页', PageOf(ref(PublicationSummary)), LinkHeader) },
        },
      },
      async (request, reply) => {
        const page = pageQuery(request.query, 2);
        const [at = '', id = ''] = page.after ?? [];
        const before = page.after === null ? undefined : { proposed_at: instant(Number(at)), id };
        const rows = await proposals(db, { limit: page.limit + 1, before });
        const viewer = viewerOf(request);
        const turned = turnPage(request, reply, page, rows, (row) => [String(row.proposed_at), row.id]);
        return { ...turned, items: turned.items.map((row) => summaryOf(row, viewer)) };
      },
    );

    app.get(
      '/calendar-publications/:id',
      {
        config: { right: 'publish_calendar' },
        schema: {
          operationId: 'getCalendarPublication',
          summary: '一份放假通知：改动的日期，以及哪些事项的期限会移动',
          tags: ['calendar'],
          params: IdParams,
          response: { 200: answer('通知', ref(Publication), EtagHeader) },
        },
      },
      async ({ params }, reply) => {
        const proposal = await proposalOf(db, params.id);
        if (proposal === null) throw notFound();
        return answerWith(reply, proposal);
      },
    );

    app.post(
      '/calendar-publications',
      {
        config: { right: 'publish_calendar' },
        schema: {
          operationId: 'proposeCalendarPublication',
          summary: '申报某年放假通知并预览；由另一人发布后才生效',
          description: 'csv（通知原文各行）与 days（逐日列出全年）二者只给其一。',
          tags: ['calendar'],
          body: Notice,
          response: { 201: answer('预览', ref(Publication), { ...EtagHeader, location: Type.String() }) },
        },
      },
      async (request, reply) => {
        const { year, source } = request.body;
        const days = await daysFrom(db, request.body);
        const proposal = await db.transaction().execute(async (tx) => {
          const proposed = await propose(tx, {
            id: newIdFor(request),
            year,
            source,
            days,
            base_version: await latestVersion(tx),
            proposed_by: viewerOf(request).account_id,
            proposed_at: await clock.now(),
          });
          await audit(tx, done(request, `calendar_publication/${proposed.id}`, { year, source }));
          return proposed;
        });
        reply.code(201).header('location', `/api/v1/calendar-publications/${proposal.id}`);
        return answerWith(reply, proposal);
      },
    );

    app.post(
      '/calendar-publications/:id/commands/apply',
      {
        config: { right: 'publish_calendar' },
        schema: {
          operationId: 'applyCalendarPublication',
          summary: '发布：由申报人以外的另一人办理；中断后可重复，不会重复移动',
          tags: ['calendar'],
          params: IdParams,
          body: closed({}),
          response: { 200: answer('现状', ref(Publication), EtagHeader) },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const viewer = viewerOf(request);
        const by = actingUnder(viewer, 'publish_calendar');
        const at = await clock.now();
        const stage = await db.transaction().execute(async (tx) => {
          const proposal = await lockProposal(tx, id);
          if (proposal === null) throw notFound();
          checkIfMatch(request, revisionOf(proposal));
          if (proposal.state !== 'proposed') return proposal.state;
          const { version, moves } = await begin(tx, proposal, { account_id: viewer.account_id, by, at });
          await audit(
            tx,
            done(request, `calendar_publication/${id}`, {
              version,
              moved: moves.filter((move) => !('cannot' in move)).length,
            }),
          );
          return 'applying' as const;
        });
        if (stage === 'applying') {
          await tell(id, by);
        }
        const now = await proposalOf(db, id);
        if (now === null) throw notFound();
        return answerWith(reply, now);
      },
    );
  };
