/** 预演: what another day, another policy or another calendar would move, before it is done. Nothing is changed. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type, type Static } from 'typebox';
import { loadCalendar } from '../db/calendar.ts';
import type { Db } from '../db/client.ts';
import { findTask, listTasks } from '../db/indicator-tasks.ts';
import { findItem, listItems } from '../db/supervision-items.ts';
import { indicatorTask, stages as taskStages, type IndicatorTask } from '../domain/indicator-task.ts';
import { stages as itemStages, supervisionItem, type SupervisionItem } from '../domain/supervision-item.ts';
import { rfc3339, type Instant } from '../domain/time.ts';
import { refuse } from '../domain/refusal.ts';
import { mayHave } from '../domain/what-if-deadlines.ts';
import { whatIfAll, type Prospect } from '../domain/what-if.ts';
import { actingUnder } from './acting.ts';
import { viewerOf } from './authentication.ts';
import type { AppDeps } from './deps.ts';
import { notFound, problemAnswer, replyRefusal } from './problem.ts';
import { answer, closed, named, nullable, oneOf, ref, text, Timestamp, Uuid, whole } from './schemas.ts';
import { cards } from './process-view.ts';
import { changeFrom, ChangeAsked, Kind } from './what-if-change.ts';

const Asked = Type.Union([
  closed({ kind: oneOf(['supervision_item', 'indicator_task']), id: Uuid }),
  closed({
    kind: oneOf(['supervision_item']),
    lead_unit_id: Type.Optional(Uuid),
    stage: Type.Optional(oneOf(itemStages)),
    card: Type.Optional(oneOf(cards)),
  }),
  closed({
    kind: oneOf(['indicator_task']),
    year: Type.Optional(whole(2000, 2199)),
    unit_id: Type.Optional(Uuid),
    theme: Type.Optional(text(60)),
    stage: Type.Optional(oneOf(taskStages)),
    card: Type.Optional(oneOf(cards)),
  }),
]);

const Question = closed({
  things: Asked,
  change: ChangeAsked,
});

const Moment = closed({
  deadline: Kind,
  what: oneOf(['due', 'bell', 'yellow_card', 'red_card']),
  repeat: whole(0, 366),
  at: Timestamp,
});

const Answer = named(
  'WhatIf',
  closed({
    checked: whole(0, 2_147_483_647, { description: '逐一推算的在办数' }),
    moving: whole(0, 2_147_483_647, { description: '其中期限、预警或牌会变动的' }),
    things: Type.Array(
      closed({
        id: Uuid,
        number: Type.String(),
        card: oneOf(cards),
        card_after: oneOf(cards),
        before: Type.Array(Moment),
        after: Type.Array(Moment),
        moves: Type.Array(
          closed({
            deadline: Kind,
            what: oneOf(['due', 'bell', 'yellow_card', 'red_card']),
            repeat: whole(0, 366),
            old_at: nullable(Timestamp),
            new_at: nullable(Timestamp),
          }),
        ),
      }),
      { description: '按编号排列；过多时只列前面一部分' },
    ),
    cannot: whole(0, 2_147_483_647, { description: '无法推算的（年度日历未发布）' }),
    cannot_move: Type.Array(closed({ id: Uuid, number: Type.String(), detail: Type.String() })),
  }),
);

/** A page that anybody reads to the end; `moving` and `cannot` count all. */
const SHOWN = 200;
/** So many states are held at once. */
const PAGE = 500;

export const whatIf =
  ({ db, clock }: Pick<AppDeps, 'db' | 'clock'>): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.addSchema(Answer);

    app.post(
      '/what-if',
      {
        // Asking twice does no harm.
        config: { right: 'ask_what_if', idempotency: false },
        schema: {
          operationId: 'askWhatIf',
          summary: '预演：期限、预警规则或日历变动后，哪些期限与预警会移动；不作任何改动',
          description:
            'things 指一项（kind、id）或一批（kind 与筛选条件）。推算在办的：已起算的期限，以及指标任务本年度尚未起算的填报期限（如一月间问 report/2026-08）；已过的期限不再移动。',
          tags: ['what-if'],
          body: Question,
          response: {
            200: answer('推算结果', ref(Answer)),
            404: problemAnswer('没有这一项，或没有这份放假通知'),
          },
        },
      },
      async (request, reply) => {
        const at = await clock.now();
        const by = actingUnder(viewerOf(request), 'ask_what_if');
        const calendar = await loadCalendar(db);
        const change = await changeFrom(db, request.body, calendar);
        const result = { checked: 0, moving: 0, cannot: 0 };
        let known = change.due === undefined;
        const things: Static<typeof Answer>['things'] = [];
        const cannot_move: Static<typeof Answer>['cannot_move'] = [];
        for await (const page of openOnes(db, request.body.things)) {
          const found = whatIfAll(page, change, { by, at, calendar });
          const { due } = change;
          known ||= due !== undefined && page.some(({ state }) => mayHave(state, due.deadline));
          result.checked += found.checked;
          result.moving += found.moving.length;
          result.cannot += found.cannot.length;
          things.push(...found.moving.slice(0, SHOWN - things.length).map(shown));
          for (const { thing, refusal } of found.cannot.slice(0, SHOWN - cannot_move.length)) {
            // The same for all of them: nobody has to look for it in a list.
            if (refusal.refusal !== 'calendar_not_loaded') return replyRefusal(reply, refusal);
            cannot_move.push({ id: thing.id, number: thing.number, detail: refusal.detail });
          }
        }
        // An answer that nothing moves would be taken for one.
        if (!known && result.checked > 0) return replyRefusal(reply, noSuchPeriod);
        return { ...result, things, cannot_move };
      },
    );
  };

const noSuchPeriod = refuse('period_unknown', '所问的指标任务都没有这一填报期。', '/change/due/deadline');

type Thing = {
  readonly id: string;
  readonly number: string;
  readonly state: SupervisionItem | IndicatorTask;
};

/** In pages, in the order of their numbers. */
async function* openOnes(db: Db, asked: Static<typeof Asked>): AsyncGenerator<readonly Thing[]> {
  if ('id' in asked) {
    const found =
      asked.kind === 'supervision_item' ? await findItem(db, asked.id) : await findTask(db, asked.id);
    if (found === undefined) throw notFound();
    yield openOf([found]);
    return;
  }
  for (let after: readonly string[] | null = null; ;) {
    const turn = { order: 'number', limit: PAGE, after } as const;
    const rows = await pageOf(db, asked, turn);
    yield openOf(rows);
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    after = [last.sort_key, last.id];
  }
}

function pageOf(
  db: Db,
  asked: Exclude<Static<typeof Asked>, { id: string }>,
  turn: { readonly order: 'number'; readonly limit: number; readonly after: readonly string[] | null },
) {
  const everything = { all: true } as const;
  if (asked.kind === 'supervision_item') {
    const { kind: _, ...filters } = asked;
    return listItems(db, everything, given(filters), turn);
  }
  const { kind: _, ...filters } = asked;
  return listTasks(db, everything, given(filters), turn);
}

type Given<T> = { [K in keyof T]: Exclude<T[K], undefined> };

const given = <T extends object>(filters: T): Given<T> =>
  Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined)) as Given<T>;

/** A list that is being put together has no deadline yet, and what has ended never moves. */
const openOf = (
  rows: readonly { id: string; number: string; state: SupervisionItem | IndicatorTask | null }[],
): readonly Thing[] =>
  rows.flatMap(({ id, number, state }) => {
    if (state === null) return [];
    const ended = 'periods' in state ? indicatorTask.ended(state) : supervisionItem.ended(state);
    return ended ? [] : [{ id, number, state }];
  });

const shown = ({
  thing: { id, number },
  before,
  after,
  moves,
  card,
  card_after,
}: Prospect & { readonly thing: Thing }): Static<typeof Answer>['things'][number] => ({
  id,
  number,
  card,
  card_after,
  before: before.map(momentView),
  after: after.map(momentView),
  moves: moves.map(({ kind, what, repeat, from, to }) => ({
    deadline: kind,
    what,
    repeat,
    old_at: timeOrNull(from),
    new_at: timeOrNull(to),
  })),
});

const momentView = ({ kind, what, repeat, at }: Prospect['before'][number]): Static<typeof Moment> => ({
  deadline: kind,
  what,
  repeat,
  at: rfc3339(at),
});

const timeOrNull = (at: Instant | null): string | null => (at === null ? null : rfc3339(at));
