/** 工作日历: one year day by day, and what day a deadline falls on. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { calendarYear, loadCalendar } from '../db/calendar.ts';
import { addWorkingDays, type Calendar } from '../domain/calendar.ts';
import { isRefusal, type Refusal } from '../domain/refusal.ts';
import { dueOf, type ItemClass } from '../domain/rule-710.ts';
import { addDays, parseLocalDate, type LocalDate } from '../domain/time.ts';
import { EtagHeader, setEtag } from './concurrency.ts';
import type { AppDeps } from './deps.ts';
import { ApiProblem, notFound, replyRefusal, problemAnswer } from './problem.ts';
import { answer, closed, DateOnly, named, oneOf, ref, text, whole } from './schemas.ts';

export const CalendarDay = closed({
  date: DateOnly,
  working: Type.Boolean(),
  name: Type.Optional(text(40, { description: '节日名称；调休补班日写所补的节日' })),
  local: Type.Optional(Type.Literal(true, { description: '本地放假或补班，盖在国家安排之上' })),
});

/** As far as notices may be published. */
const Year = whole(2000, 2199);

const CalendarYear = named(
  'CalendarYear',
  closed({
    year: Year,
    status: oneOf(['official', 'provisional']),
    version: whole(1, 2_147_483_647, { description: '日历版本，与 ETag 相同' }),
    days: Type.Array(CalendarDay, { minItems: 365, maxItems: 366 }),
  }),
);

/** Ten years either way: more is a slip of the pen. */
const FARTHEST = 3_660;
const classes: readonly ItemClass[] = ['ordinary_item', 'complex_item', 'year_end_clear'];

const Deadline = closed({
  from: DateOnly,
  working_days: Type.Optional(whole(-FARTHEST, FARTHEST, { description: '起算日不计入；负数往前推' })),
  calendar_days: Type.Optional(whole(-FARTHEST, FARTHEST, { description: '自然日，起算日不计入' })),
  class: Type.Optional(oneOf(classes)),
});

export const calendar =
  ({ db }: Pick<AppDeps, 'db'>): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.addSchema(CalendarYear);

    app.get(
      '/calendar/:year',
      {
        config: { right: 'see_calendar' },
        schema: {
          operationId: 'getCalendarYear',
          summary: '某年的工作日历',
          tags: ['calendar'],
          params: closed({ year: Year }),
          response: { 200: answer('逐日列出', ref(CalendarYear), EtagHeader) },
        },
      },
      async ({ params: { year } }, reply) => {
        const view = await calendarYear(db, year);
        if (view === null) throw notFound(`日历中没有${year}年的数据，请先发布该年度放假通知。`);
        setEtag(reply, view.version);
        return { ...view, days: [...view.days] };
      },
    );

    app.get(
      '/calendar/deadline',
      {
        config: { right: 'see_calendar' },
        schema: {
          operationId: 'getDeadline',
          summary: '计算期限',
          description:
            'working_days、calendar_days、class 三者只给其一。事项类别按“710”制度，交办当日为第一日。',
          tags: ['calendar'],
          querystring: Deadline,
          response: {
            200: answer(
              '期限的最后一日',
              closed({ due: DateOnly, calendar_version: whole(0, 2_147_483_647) }),
            ),
            422: problemAnswer('用到的年份没有日历'),
          },
        },
      },
      async ({ query }, reply) => {
        const from = parseLocalDate(query.from);
        if (from === null) throw new ApiProblem('value_out_of_range', '起算日不存在。');
        const loaded = await loadCalendar(db);
        const due = lastDay(loaded, from, query);
        if (isRefusal(due)) return replyRefusal(reply, due);
        if (parseLocalDate(due) === null)
          throw new ApiProblem('value_out_of_range', '期限超出公历可表示的范围。');
        return { due, calendar_version: loaded.version };
      },
    );
  };

type Asked = {
  readonly working_days?: number | undefined;
  readonly calendar_days?: number | undefined;
  readonly class?: ItemClass | undefined;
};

function lastDay(known: Calendar, from: LocalDate, asked: Asked): LocalDate | Refusal {
  const { working_days, calendar_days, class: itemClass } = asked;
  if ([working_days, calendar_days, itemClass].filter((one) => one !== undefined).length !== 1) {
    throw new ApiProblem('invalid_request', '请在 working_days、calendar_days、class 中只给一个。', {
      errors: [{ pointer: '', detail: '三者须有且只有一个。', in: 'query' }],
    });
  }
  if (working_days !== undefined) return addWorkingDays(known, from, working_days);
  if (calendar_days !== undefined) return addDays(from, calendar_days);
  return dueOf(itemClass ?? 'ordinary_item', from);
}
