/** 清单下达: from a draft that has no faults to a running task for each indicator, with its progress. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type, type Static } from 'typebox';
import { lockList, markReleased } from '../db/annual-list.ts';
import { draftFaults } from '../db/annual-list-views.ts';
import { audit } from '../db/audit.ts';
import {
  beginRelease,
  birthsOf,
  refusedOf,
  releaseOf,
  type Refused,
  type Release,
} from '../db/list-release.ts';
import { etaOf } from '../domain/list-release.ts';
import { rfc3339, type Instant } from '../domain/time.ts';
import { actingUnder } from './acting.ts';
import { Year } from './annual-lists-view.ts';
import { done } from './audited.ts';
import { viewerOf } from './authentication.ts';
import type { AppDeps } from './deps.ts';
import { ApiProblem, notFound, noWorker } from './problem.ts';
import { answer, closed, named, nullable, oneOf, ref, Timestamp, Uuid, whole } from './schemas.ts';

const Count = whole(0, 10_000_000);

const ListReleaseView = named(
  'ListRelease',
  closed({
    year: Year,
    stage: oneOf({ releasing: '下达中', paused: '已暂停', released: '已下达' }),
    total: Count,
    written: Count,
    done: Count,
    refused: Type.Array(closed({ indicator_id: Uuid, number: Type.String(), why: Type.String() }), {
      description: '不能下达任务的指标及其原因，其余指标照常下达；过多时只列前面一部分',
    }),
    refused_total: Count,
    begun_at: Type.Unsafe<string>({ ...Timestamp, description: '本次下达何时开始；年度中补充下达的另计' }),
    ended_at: nullable(Timestamp),
    eta: nullable(
      Type.Unsafe<string>({
        ...Timestamp,
        description: '预计何时完成；尚无进度可推算，或不在下达中，为 null',
      }),
    ),
  }),
);

/** More would help nobody. `refused_total` counts all. */
const SHOWN_REFUSED = 100;

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
    const shown = async (year: number) =>
      releaseView(await known(year), await refusedOf(db, year, SHOWN_REFUSED), await clock.now());

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
          summary: '下达清单：为每项指标启动任务；已下达的再次办理，只补充尚未启动的；已暂停的仍为暂停',
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
            if (faults.length > 0) throw notReady(faults.length, '详见清单的 faults');
            const { refused } = await birthsOf(tx, year, { all: true }, { by, at });
            const [first] = refused;
            if (first !== undefined) throw notReady(refused.length, `例如${first.number}：${first.why}`);
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

const notReady = (count: number, which: string) =>
  new ApiProblem('list_faulty', `清单还有${count}处问题，不能下达；${which.replace(/。$/, '')}。`);

function releaseView(
  release: Release,
  refused: readonly Refused[],
  now: Instant,
): Static<typeof ListReleaseView> {
  const { year, stage, total, written, started, begun_at, ended_at } = release;
  const eta = etaOf(release, now);
  return {
    year,
    stage,
    total,
    written,
    done: started,
    refused: refused.map((one) => ({ ...one })),
    refused_total: release.refused,
    begun_at: rfc3339(begun_at),
    ended_at: ended_at === null ? null : rfc3339(ended_at),
    eta: eta === null ? null : rfc3339(eta),
  };
}
