/** The content of policies by time and by progress, as clients send and read them. */
import { Type } from 'typebox';
import type { Decimal } from '../domain/decimal.ts';
import { effectMeasures } from '../domain/policy-effects.ts';
import { outlooks } from '../domain/progress-policy.ts';
import { closed, named, nullable, oneOf, text, Timestamp, Version, whole } from './schemas.ts';

const levels = ['bell', 'yellow_card', 'red_card'] as const;
const chainRoles = ['reporter', 'deputy_leader', 'principal_leader'] as const;

const Moment = closed({
  amount: whole(-366, 366, { description: '期限前为负，期限当日为0，期限后为正' }),
  unit: oneOf(['working_day', 'calendar_day', 'working_hour', 'calendar_month', 'month_end']),
  at: Type.String({ maxLength: 5, description: 'HH:MM，24:00 为当日终了' }),
});
const Told = Type.Array(oneOf(chainRoles), { maxItems: 3 });
const Recipients = closed({ bell: Told, yellow_card: Told, red_card: Told });
const Word = text(20);

const Decimals = Type.Unsafe<Decimal>(
  Type.String({ pattern: '^(0|-?(0\\.\\d{0,5}[1-9]|[1-9]\\d{0,8}(\\.\\d{0,5}[1-9])?))$' }),
);

/** What a place says instead of the levels' names, and what its cards lead to. */
const inPlaces = {
  words: Type.Optional(
    closed(
      {
        bell: Type.Optional(Word),
        yellow_card: Type.Optional(Word),
        red_card: Type.Optional(Word),
        praise: Type.Optional(Word),
      },
      { description: '本地对各级的叫法，如蓝牌' },
    ),
  ),
  effects: Type.Optional(
    closed(
      {
        each: Type.Array(
          closed({
            on: oneOf(levels),
            times: whole(1, 366),
            in_succession: Type.Boolean(),
            measure: nullable(oneOf(effectMeasures)),
            points: Decimals,
          }),
          { maxItems: 20 },
        ),
        least: nullable(Decimals),
      },
      { description: '预警累计的后果：随规则保存并显示；系统尚不据此计数、提出或扣分，由人办理' },
    ),
  ),
};

export const PolicyName = Type.String({
  pattern: '^[a-z][a-z0-9_]{0,62}$',
  description: '规则代码，如 standard',
});

const warning = {
  name: PolicyName,
  levels: Type.Array(closed({ level: oneOf(levels), moment: Moment }), { maxItems: 3 }),
  repeat: nullable(
    closed({
      every: Moment,
      times: whole(1, 366),
      // oxlint-disable-next-line unicorn/no-thenable -- a word, not a function: nothing can await it
      then: oneOf(['accountability_proposal', 'nothing']),
    }),
  ),
  recipients: Recipients,
  without: Type.Optional(Type.Array(oneOf(levels), { maxItems: 3, description: '有意不设的级别' })),
  made_up: Type.Optional(oneOf(levels)),
  ...inPlaces,
};

const Band = closed({
  level: oneOf(levels),
  behind: closed({
    points: Decimals,
    included: Type.Boolean({ description: '起点本身是否算在内' }),
  }),
  outlook: Type.Optional(oneOf(outlooks)),
});

const progress = {
  name: PolicyName,
  bands: Type.Array(Band, { maxItems: 6, description: '落后计划的百分点，由轻到重' }),
  at_quarter_end: Type.Optional(Type.Array(Band, { maxItems: 6, description: '季末改用的各级' })),
  on_return: Type.Optional(oneOf(levels)),
  praise: Type.Optional(closed({ points: Decimals, included: Type.Boolean() })),
  // What a period shows at most once a later report has reached its plan.
  made_up: Type.Optional(oneOf(levels)),
  make_up_by: Type.Optional(
    closed(
      {
        amount: whole(0, 366),
        unit: oneOf(['calendar_day', 'calendar_month', 'month_end']),
      },
      { description: '欠账须补齐的期限，自认定之日起算；0 month_end 为当月月底' },
    ),
  ),
  places: whole(0, 6, { description: '百分点保留的小数位数' }),
  recipients: Recipients,
  ...inPlaces,
};

const versioned = { version: Version, created_at: Timestamp };

export const NewPolicy = closed(warning);
export const Policy = named('WarningPolicy', closed({ ...warning, ...versioned }));
export const NewProgressPolicy = closed(progress);
export const ProgressPolicyShown = named('ProgressPolicy', closed({ ...progress, ...versioned }));
