/** 周期工作: what runs by the calendar, how it went, and one more run for a day that was missed. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { audit } from '../db/audit.ts';
import { lastRuns, runsOf } from '../db/cadence-runs.ts';
import { cadences as all, timesInWords, type Cadence, type CadenceName } from '../domain/cadence.ts';
import { done } from './audited.ts';
import { CadenceRun, dayOf, run, RunAsked, runView } from './cadence-view.ts';
import type { AppDeps } from './deps.ts';
import { LinkHeader, Paged, PageOf, pageQuery, turnPage } from './paging.ts';
import { answer, closed, named, nullable, oneOf, ref } from './schemas.ts';

const CadenceView = named(
  'Cadence',
  closed({
    name: oneOf(all),
    title: Type.String(),
    what: Type.String({ description: '做什么' }),
    when: Type.String({ description: '何时（北京时间）' }),
    last_run: nullable(ref(CadenceRun)),
  }),
);

export const cadences =
  ({ db, clock, processes }: Pick<AppDeps, 'db' | 'clock' | 'processes'>): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.addSchema(CadenceRun);
    app.addSchema(CadenceView);
    const params = closed({ name: oneOf(all) });

    app.get(
      '/cadences',
      {
        config: { right: 'see_cadences' },
        schema: {
          operationId: 'listCadences',
          summary: '周期工作及其最近一次运行',
          tags: ['cadences'],
          response: { 200: answer('周期工作', closed({ items: Type.Array(ref(CadenceView)) })) },
        },
      },
      async () => {
        const last = await lastRuns(db);
        return {
          items: (Object.entries(all) as [CadenceName, Cadence][]).map(([name, { title, what, when }]) => {
            const latest = last.get(name);
            return {
              name,
              title,
              what,
              when: timesInWords(when),
              last_run: latest === undefined ? null : runView(latest),
            };
          }),
        };
      },
    );

    app.get(
      '/cadences/:name/runs',
      {
        config: { right: 'see_cadences' },
        schema: {
          operationId: 'listCadenceRuns',
          summary: '一项周期工作的历次运行，新的在前',
          tags: ['cadences'],
          params,
          querystring: Paged({}),
          response: { 200: answer('一页', PageOf(ref(CadenceRun)), LinkHeader) },
        },
      },
      async (request, reply) => {
        const page = pageQuery(request.query, 2);
        const rows = await runsOf(db, request.params.name, { limit: page.limit + 1, before: page.after });
        const turned = turnPage(request, reply, page, rows, ({ started_at, id }) => [String(started_at), id]);
        return { ...turned, items: turned.items.map(runView) };
      },
    );

    app.post(
      '/cadences/:name/commands/run',
      {
        config: { right: 'run_cadence' },
        schema: {
          operationId: 'runCadence',
          summary: '为某一天再运行一次；已做过的不会重复',
          tags: ['cadences'],
          params,
          body: RunAsked,
          response: { 200: answer('这次运行', ref(CadenceRun)) },
        },
      },
      async (request) => {
        const { name } = request.params;
        const date = await dayOf({ clock }, request.body);
        await db.transaction().execute((tx) => audit(tx, done(request, `cadence/${name}`, { for: date })));
        return runView(await run({ db, processes }, name, date, request.commandId));
      },
    );
  };
