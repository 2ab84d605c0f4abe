/** 放假通知: one person proposes a year's notice and sees what would move, another one applies it. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { audit } from '../db/audit.ts';
import { latestVersion } from '../db/calendar.ts';
import { propose, type Proposal } from '../db/calendar-proposals.ts';
import { done } from './audited.ts';
import { viewerOf } from './authentication.ts';
import { calendarReplans } from './calendar-applying.ts';
import { noticeFrom, Notice } from './calendar-notices.ts';
import { Publication, PublicationSummary, summaryOf, viewOf } from './calendar-publication-view.ts';
import { EtagHeader } from './concurrency.ts';
import { newIdFor } from './idempotency.ts';
import { longWork } from './long-work.ts';
import { LinkHeader, Paged, PageOf } from './paging.ts';
import {
  applyReplan,
  foundReplan,
  pageOfReplans,
  resumeReplans,
  showReplan,
  type ReplanDeps,
} from './replans.ts';
import { answer, closed, IdParams, ref } from './schemas.ts';

export const calendarPublications =
  (deps: ReplanDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { db, clock } = deps;
    const patiently = longWork(app);
    app.addSchema(Publication);
    app.addSchema(PublicationSummary);
    app.addHook('onListen', () => resumeReplans(deps, calendarReplans, patiently));

    const answerWith = (reply: FastifyReply, proposal: Proposal) =>
      showReplan(deps, calendarReplans, reply, proposal, (row, seen) => viewOf(db, row, seen));

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
      (request, reply) =>
        pageOfReplans(deps, calendarReplans, request, reply, (row) => summaryOf(row, viewerOf(request))),
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
      async ({ params }, reply) => answerWith(reply, await foundReplan(deps, calendarReplans, params.id)),
    );

    app.post(
      '/calendar-publications',
      {
        config: { right: 'publish_calendar' },
        schema: {
          operationId: 'proposeCalendarPublication',
          summary: '申报某年放假通知并预览；由另一人发布后才生效',
          description:
            'csv（通知原文各行）、days（逐日列出全年）、local_days（本地放假与补班）三者只给其一。local_days 盖在国家安排之上，全年一次给全：未列出的日子恢复国家安排；以后发布国家通知不影响本地日子。',
          tags: ['calendar'],
          body: Notice,
          response: { 201: answer('预览', ref(Publication), { ...EtagHeader, location: Type.String() }) },
        },
      },
      async (request, reply) => {
        const { year, source } = request.body;
        const { region, days } = await noticeFrom(db, request.body);
        const proposal = await db.transaction().execute(async (tx) => {
          const proposed = await propose(tx, {
            id: newIdFor(request),
            year,
            region,
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
      async (request, reply) =>
        answerWith(reply, await applyReplan(deps, calendarReplans, patiently, request, request.params.id)),
    );
  };
