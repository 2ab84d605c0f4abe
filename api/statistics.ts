/** 统计: what boards show of a year, by unit, theme, level of origin and month; everybody sees what is theirs. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type, type TSchema } from 'typebox';
import type { Db } from '../db/client.ts';
import { byLevel, byMonth, byTheme, byUnit } from '../db/statistics.ts';
import type { Scope } from '../db/supervision-items.ts';
import { rfc3339, type Instant } from '../domain/time.ts';
import { sourceLevels } from '../domain/vocabulary.ts';
import { Year } from './annual-lists-view.ts';
import { viewerOf } from './authentication.ts';
import type { AppDeps } from './deps.ts';
import { keptFor } from './kept-answers.ts';
import { answer, closed, nullable, oneOf, Timestamp, Uuid, whole } from './schemas.ts';
import { scopeOf } from './viewer-scope.ts';

const Count = whole(0, 10_000_000);

const taskCounts = {
  tasks: Count,
  open: Count,
  bell: Count,
  yellow_card: Count,
  red_card: Count,
  completed: Count,
  not_completed: Count,
};

const UnitRow = closed({
  unit_id: Uuid,
  unit_name: Type.String(),
  ...taskCounts,
  items_assigned: Count,
  items_closed_on_time: Count,
  items_closed_late: Count,
  items_open_late: Count,
  extensions: Count,
});
const ThemeRow = closed({ theme: nullable(Type.String()), theme_name: Type.String(), ...taskCounts });
const LevelRow = closed({ source_level: oneOf(sourceLevels), ...taskCounts });
const MonthRow = closed({
  month: Type.String(),
  bell: Count,
  yellow_card: Count,
  red_card: Count,
  items_closed: Count,
  items_closed_on_time: Count,
});

/**
 * To count is to look at every task, and a board is looked at by many: an answer stands for so long [D], and
 * says as of when.
 */
const KEPT_MS = 5_000;

const route = <Row extends TSchema>(operationId: string, summary: string, row: Row) => ({
  config: { right: 'see_statistics' as const },
  schema: {
    operationId,
    summary,
    description: `数字按 as_of 的时刻统计，${KEPT_MS / 1000}秒内再问，得到同一份。`,
    tags: ['statistics'],
    querystring: closed({ year: Year }),
    response: { 200: answer(summary, closed({ as_of: Timestamp, items: Type.Array(row) })) },
  },
});

type Count<Row> = (db: Db, year: number, scope: Scope, at: Instant) => Promise<readonly Row[]>;

export const statistics =
  ({ db, clock }: Pick<AppDeps, 'db' | 'clock'>): FastifyPluginAsyncTypebox =>
  async (app) => {
    /** By year and by what the viewer may see. */
    function counting<Row>(count: Count<Row>) {
      const keep = keptFor<readonly Row[]>(KEPT_MS, clock);
      return async (year: number, scope: Scope) => {
        const { as_of, found } = await keep(JSON.stringify([year, scope]), (at) =>
          count(db, year, scope, at),
        );
        return { as_of: rfc3339(as_of), items: [...found] };
      };
    }
    const ofUnits = counting(byUnit);
    const ofThemes = counting(byTheme);
    const ofLevels = counting(byLevel);
    const ofMonths = counting(byMonth);

    app.get(
      '/statistics/units',
      route('statisticsByUnit', '各单位的任务、预警与督查事项', UnitRow),
      (request) => ofUnits(request.query.year, scopeOf(viewerOf(request))),
    );
    app.get('/statistics/themes', route('statisticsByTheme', '各主题的任务与预警', ThemeRow), (request) =>
      ofThemes(request.query.year, scopeOf(viewerOf(request))),
    );
    app.get('/statistics/levels', route('statisticsByLevel', '各来源级别的任务与预警', LevelRow), (request) =>
      ofLevels(request.query.year, scopeOf(viewerOf(request))),
    );
    app.get(
      '/statistics/months',
      route('statisticsByMonth', '各月发出的预警与办结的事项', MonthRow),
      (request) => ofMonths(request.query.year, scopeOf(viewerOf(request))),
    );
  };
