/** 清单下达: from a draft that has no faults to a running task for each indicator, with its progress. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { lockList, markReleased } from '../db/annual-list.ts';
import { draftFaults } from '../db/annual-list-views.ts';
import { audit } from '../db/audit.ts';
import { beginRelease, birthsOf, releaseOf, type Release } from '../db/list-release.ts';
import { rfc3339, type Instant } from '../domain/time.ts';
import { actingUnder } from './acting.ts';
import { Year } from './annual-lists-view.ts';
import { done } from './audited.ts';
import { viewerOf } from './authentication.ts';
import type { AppDeps } from './deps.ts';
import { ApiProblem, notFound, noWorker } from './problem.ts';
import { answer, closed, named, nullable, oneOf, ref, Timestamp, whole } from './schemas.ts';

const Count = whole(0, 10_000_000);

const ListReleaseView = named(
  'ListRelease',
  closed({
    year: Year,
    stage: oneOf({ releasing: '下达中', paused: '已暂停', released: '已下达' }),
    total: Count,
    written: Count,
    done: Count,
    begun_at: Timestamp,
    ended_at: nullable(Timestamp),
    eta: nullable(Timestamp),
  }),
);

export const listReleases =
  ({ db, clock, processes }: Pick<AppDeps, 'db' | 'clock' | 'processes'>): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.addSchema(ListReleaseView);
    const params = closed({ year: Year });
    const response = { 200: answer('下达进度', ref(ListReleaseView)) };

    async function known(year: number): Promise<Release> {
      const release = await releaseOf(db, year);
      if (release === null) throw notFound('该年度的清单尚未下达。');
      return release;
    }
    const shown = async (year: number) => releaseView(await known(year), await clock.now());

    app.get(
      '/annual-lists/:year/release',
      {
        config: { right: 'see_annual_list' },
        schema: {
          operationId: 'getListRelease',
          summary: '清单下达的进度',
          tags: ['annual-lists'],
          params,
          response,
        },
      },
      ({ params: { year } }) => shown(year),
    );

    app.post(
      '/annual-lists/:year/commands/release',
      {
        config: { right: 'edit_annual_list' },
        schema: {
          operationId: 'releaseAnnualList',
          summary: '下达清单：为每项指标启动任务；已下达的再次办理，只补充尚未启动的',
          tags: ['annual-lists'],
          params,
          body: closed({}),
          response,
        },
      },
      async (request) => {
        const { year } = request.params;
        const viewer = viewerOf(request);
        const by = actingUnder(viewer, 'edit_annual_list');
        const at = await clock.now();
        await db.transaction().execute(async (tx) => {
          const list = await lockList(tx, year);
          if (list === null) throw notFound('没有该年度的清单。');
          if (list.stage === 'draft') {
            const faults = await draftFaults(tx, year);
            if (faults.length > 0) throw notReady(faults.length);
            const { refused } = await birthsOf(tx, year, { all: true }, { by, at });
            if (refused.length > 0) throw notReady(refused.length, refused[0]);
            await markReleased(tx, year, { account_id: viewer.account_id, at });
            await audit(tx, done(request, 'annual_list.released', { year }));
          }
          await beginRelease(tx, year, { by, at });
        });
        await answered(processes.releaseList(await known(year), by));
        return shown(year);
      },
    );

    for (const [command, summary] of [
      ['pause', '暂停下达；已启动的任务照常'],
      ['resume', '继续下达'],
    ] as const) {
      app.post(
        `/annual-lists/:year/commands/${command}-release`,
        {
          config: { right: 'edit_annual_list' },
          schema: {
            operationId: `${command}ListRelease`,
            summary,
            tags: ['annual-lists'],
            params,
            body: closed({}),
            response,
          },
        },
        async (request) => {
          const { year } = request.params;
          const release = await known(year);
          if (release.stage !== 'released') await answered(processes.turnRelease(release, command));
          return shown(year);
        },
      );
    }
  };

async function answered(asked: Promise<void>): Promise<void> {
  await asked.catch(() => {
    throw noWorker();
  });
}

const notReady = (count: number, first?: { readonly number: string; readonly detail: string }) =>
  new ApiProblem(
    'list_faulty',
    `清单还有${count}处问题，不能下达${first === undefined ? '' : `，例如${first.number}：${first.detail}`}；详见清单的 faults。`,
  );

/** By the rate so far. */
function releaseView({ stage, total, written, started, begun_at, ended_at, year }: Release, now: Instant) {
  const perTask = started === 0 ? null : (now - begun_at) / started;
  const eta = stage !== 'releasing' || perTask === null ? null : now + perTask * (total - started);
  return {
    year,
    stage,
    total,
    written,
    done: started,
    begun_at: rfc3339(begun_at),
    ended_at: ended_at === null ? null : rfc3339(ended_at),
    eta: eta === null ? null : rfc3339(Math.round(eta) as Instant),
  };
}
