/** 统计: what boards show of a year, by unit, theme, level of origin and month; everybody sees what is theirs. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type, type TSchema } from 'typebox';
import { byLevel, byMonth, byTheme, byUnit } from '../db/statistics.ts';
import { sourceLevels } from '../domain/vocabulary.ts';
import { Year } from './annual-lists-view.ts';
import { viewerOf } from './authentication.ts';
import type { AppDeps } from './deps.ts';
import { answer, closed, nullable, oneOf, Uuid, whole } from './schemas.ts';
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

const route = <Row extends TSchema>(operationId: string, summary: string, row: Row) => ({
  config: { right: 'see_statistics' as const },
  schema: {
    operationId,
    summary,
    tags: ['statistics'],
    querystring: closed({ year: Year }),
    response: { 200: answer(summary, closed({ items: Type.Array(row) })) },
  },
});

export const statistics =
  ({ db, clock }: Pick<AppDeps, 'db' | 'clock'>): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/statistics/units',
      route('statisticsByUnit', '各单位的任务、预警与督查事项', UnitRow),
      async (request) => {
        const scope = scopeOf(viewerOf(request));
        return { items: [...(await byUnit(db, request.query.year, scope, await clock.now()))] };
      },
    );
    app.get(
      '/statistics/themes',
      route('statisticsByTheme', '各主题的任务与预警', ThemeRow),
      async (request) => ({
        items: [...(await byTheme(db, request.query.year, scopeOf(viewerOf(request))))],
      }),
    );
    app.get(
      '/statistics/levels',
      route('statisticsByLevel', '各来源级别的任务与预警', LevelRow),
      async (request) => ({
        items: [...(await byLevel(db, request.query.year, scopeOf(viewerOf(request))))],
      }),
    );
    app.get(
      '/statistics/months',
      route('statisticsByMonth', '各月发出的预警与办结的事项', MonthRow),
      async (request) => ({
        items: [...(await byMonth(db, request.query.year, scopeOf(viewerOf(request))))],
      }),
    );
  };
