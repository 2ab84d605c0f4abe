/** The settings of processes and messages, as clients send and read them. */
import { Type } from 'typebox';
import type { Decimal } from '../domain/decimal.ts';
import { closed, named, oneOf, Timestamp, Version, whole } from './schemas.ts';

const Clock = Type.String({ pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$', description: 'HH:MM' });
const WorkingDays = whole(1, 60, { description: '工作日数' });
const DAY = 86_400_000;
const Ms = (from: number, to: number, description: string) =>
  whole(from, to, { description: `${description}，毫秒` });

const common = {
  urge_cooldown_hours: whole(0, 720, { description: '两次催办之间至少隔多少小时' }),
  red_unseen_working_days: WorkingDays,
  review_red_unseen_working_days: WorkingDays,
};

const process = {
  ...common,
  ordinary_item_days: oneOf(['calendar_day', 'working_day']),
  extension_cutoff: Clock,
  acknowledgement_working_days: WorkingDays,
  dispute_working_days: WorkingDays,
  review_working_days: WorkingDays,
};

const indicator = {
  ...common,
  acknowledgement_working_days: WorkingDays,
  report_working_days: WorkingDays,
  report_review_working_days: WorkingDays,
  returned_report_working_days: WorkingDays,
  close_review_working_days: WorkingDays,
  adjustment_cutoff: Clock,
  completed_from: Type.Unsafe<Decimal>(
    Type.String({
      pattern: '^(100(\\.0{1,2})?|[0-9]{1,2}(\\.[0-9]{1,2})?)$',
      description: '完成率达到百分之几为完成',
    }),
  ),
};

const recipient = {
  bundle_ms: Ms(0, 3_600_000, '合并等候'),
  quiet: closed({ from: Clock, to: Clock, resume_at: Clock, red_on_non_working_days: Type.Boolean() }),
  budget: closed({
    cap: whole(1, 50, { description: '运营商 24 小时上限' }),
    plan: whole(1, 50, { description: '本系统自定上限' }),
    individual_up_to: whole(0, 50, { description: '此数以内逐条，其后只发汇总' }),
    window_ms: Ms(DAY, 7 * DAY, '上限的计数时段'),
    digest_gap_ms: Ms(0, DAY, '两条汇总之间'),
  }),
  sending: closed({
    ask_after_ms: Ms(1_000, 3_600_000, '发送无应答后多久查询'),
    retry_first_ms: Ms(1_000, DAY, '首次重试间隔'),
    retry_factor: Type.Number({ minimum: 1, maximum: 10, description: '间隔逐次放大的倍数' }),
    retry_longest_ms: Ms(1_000, DAY, '最长重试间隔'),
    give_up_after_ms: Ms(60_000, 7 * DAY, '首次尝试后多久放弃'),
    limit_wait_ms: Ms(60_000, DAY, '被运营商限流后等候'),
    probe_every_ms: Ms(10_000, DAY, '停发期间探测间隔'),
    receipt_checks_ms: Type.Array(Ms(10_000, 3 * DAY, '无回执时查询'), { minItems: 1, maxItems: 10 }),
  }),
};

const versioned = {
  version: Version,
  created_at: Type.Union([Timestamp, Type.Null()], { description: 'null：随系统提供，未改过' }),
};

export const NewProcessRules = closed(process);
export const NewIndicatorRules = closed(indicator);
export const NewRecipientRules = closed(recipient);
export const ProcessRulesShown = named('ProcessRules', closed({ ...process, ...versioned }));
export const IndicatorRulesShown = named('IndicatorRules', closed({ ...indicator, ...versioned }));
export const RecipientRulesShown = named('RecipientRules', closed({ ...recipient, ...versioned }));
