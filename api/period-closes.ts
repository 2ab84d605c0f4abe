/** 月度结转: how each unit stood when a month ended, as it was recorded then; everybody sees what is theirs. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { periodCloses as closesOf, type PeriodClose } from '../db/period-close.ts';
import { rfc3339 } from '../domain/time.ts';
import { viewerOf } from './authentication.ts';
import type { AppDeps } from './deps.ts';
import { LinkHeader, Paged, PageOf, pageQuery, turnPage } from './paging.ts';
import { answer, closed, named, ref, Timestamp, Uuid, whole } from './schemas.ts';
import { scopeOf } from './viewer-scope.ts';

const Month = Type.String({ pattern: '^[2-9]\\d{3}-(0[1-9]|1[0-2])$', description: '年月，例如 2026-08' });
const Count = whole(0, 10_000_000);
const cards = { bell: Count, yellow_card: Count, red_card: Count };
const Colours = closed({ green: Count, ...cards }, { description: '月末未办结的，按所示颜色' });

const PeriodCloseView = named(
  'PeriodClose',
  closed({
    month: Month,
    unit_id: Uuid,
    unit_name: Type.String(),
    as_of: Timestamp,
    taken_at: Timestamp,
    tasks: Colours,
    items: Colours,
    warnings: closed(cards, { description: '当月发给该单位的牌；重复提醒和审核方的逾期不计' }),
  }),
);

export const periodCloses =
  ({ db }: Pick<AppDeps, 'db'>): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.addSchema(PeriodCloseView);

    app.get(
      '/period-closes',
      {
        config: { right: 'see_statistics' },
        schema: {
          operationId: 'listPeriodCloses',
          summary: '某月的月度结转，按单位；尚未结转的月份为空',
          description: '月末记录一次，不再改动：此后办结的，仍按月末的样子。',
          tags: ['statistics'],
          querystring: Paged({ month: Month }),
          response: { 200: answer('一页', PageOf(ref(PeriodCloseView)), LinkHeader) },
        },
      },
      async (request, reply) => {
        const page = pageQuery(request.query, 1);
        const rows = await closesOf(db, request.query.month, scopeOf(viewerOf(request)), {
          limit: page.limit + 1,
          after: page.after?.[0] ?? null,
        });
        const turned = turnPage(request, reply, page, rows, ({ code }) => [code]);
        return { ...turned, items: turned.items.map(viewOf) };
      },
    );
  };

const noCards = { bell: 0, yellow_card: 0, red_card: 0 };

/** What there was none of is not in the record. */
const viewOf = ({ code: _, as_of, taken_at, tasks, items, warnings, ...row }: PeriodClose) => ({
  ...row,
  as_of: rfc3339(as_of),
  taken_at: rfc3339(taken_at),
  tasks: { green: 0, ...noCards, ...tasks },
  items: { green: 0, ...noCards, ...items },
  warnings: { ...noCards, ...warnings },
});
