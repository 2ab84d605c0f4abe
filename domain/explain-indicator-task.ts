/** The life of an indicator task told from its events alone: what happened, why, which deadlines it set or cleared. */
import {
  explainCommon,
  named,
  told,
  withFiles,
  type Explanation,
  type Names,
  type Told,
} from './explain-common.ts';
import { explainDeadlines, explainWarning, judged } from './explain-deadlines.ts';
import type { Adjustment, Event, IndicatorFacts } from './indicator-task.ts';
import { periodName, type PeriodId } from './period.ts';
import { levelNames } from './deadline.ts';
import type { Judgement } from './progress-policy.ts';
import { deadlineDate } from './time.ts';
import { sourceLevels } from './vocabulary.ts';

export const explainIndicatorTask = (event: Event, names: Names): Explanation => ({
  ...tell(event, names),
  deadlines: explainDeadlines(event),
});

function tell(event: Event, names: Names): Told {
  switch (event.type) {
    case 'created':
      return told(`下达指标任务：${event.facts.name}`, ...describe(event.facts, names));
    case 'acknowledged':
      return told(event.late ? '逾期签收' : '签收', named(event.people, names) || '责任人按清单所列');
    case 'progress_reported':
      return told(
        `${event.amends ? '更正填报' : '填报'}${periodName(event.period)}进度：${event.value}`,
        event.text,
        event.percent !== null && `按完成${event.percent}%折算`,
        withFiles(event.evidence_ids),
        event.late && '逾期补报，该期记为补报',
      );
    case 'report_accepted':
      return told(
        `认定${periodName(event.period)}进度：${event.value}`,
        event.opinion,
        found(event.judgement),
      );
    case 'report_returned':
      return told(
        `退回${periodName(event.period)}进度汇报`,
        event.reasons,
        `请于${deadlineDate(event.due)}前重新填报`,
      );
    case 'checkpoint_passed':
      return told(
        `${periodName(event.period)}进度对比`,
        '到对比时点尚无填报，按已认定的进度对比',
        found(event.judgement),
      );
    case 'adjustment_requested':
      return told(`申请${adjustmentName(event.adjustment)}`, event.reason);
    case 'adjustment_granted':
      return told(
        `同意${adjustmentName(event.adjustment)}`,
        event.reason,
        event.was_target !== null && `原目标值${event.was_target.value}`,
        planOf(event.adjustment),
        event.was_due !== null && `原期限${deadlineDate(event.was_due)}`,
      );
    case 'adjustment_rejected':
      return told('不同意调整', event.reason);
    case 'weight_proposed':
      return told(`提出自${event.effective_from}起分值调整为${event.points}，待另一人确认`, event.reason);
    case 'weight_changed':
      return told(`经另一人确认，自${event.effective_from}起分值为${event.points}`, event.reason);
    case 'weight_rejected':
      return told('不同意分值调整', event.reason);
    case 'promoted':
      return told(`经另一人确认，转为共性指标，主题：${names.theme(event.theme)}`, event.reason);
    case 'close_requested':
      return told('申请办结', event.result, withFiles(event.evidence_ids), ...leftOpen(event));
    case 'year_ended':
      return told('年度结束，按现状转入审核评定', ...leftOpen(event));
    case 'returned':
      return told('退回', event.reasons);
    case 'assessed':
      return told(
        `评定完成率${event.completion}%，${event.outcome === 'completed' ? '已完成' : '未完成'}`,
        event.reasons,
        event.on_time ? '年度结束前申请办结' : '年度结束时尚未申请办结',
      );
    case 'urged':
    case 'withdrawal_requested':
    case 'withdrawal_rejected':
    case 'withdrawn':
    case 'person_reassigned':
    case 'commented':
    case 'replanned':
      return explainCommon(event, names, '指标任务');
    case 'warning_given':
    case 'red_card_climbed':
    case 'red_card_seen':
    case 'accountability_proposed':
      return explainWarning(event);
  }
}

const found = (judgement: Judgement): string =>
  `${judged(judgement)}${judgement.level === 'none' ? '' : `，达到${levelNames[judgement.level]}标准`}`;

function leftOpen(event: {
  readonly open_periods: readonly PeriodId[];
  readonly lapsed_adjustment: Adjustment['kind'] | null;
}): readonly (string | false)[] {
  const { open_periods, lapsed_adjustment } = event;
  return [
    open_periods.length > 0 && `尚未认定：${open_periods.map(periodName).join('、')}`,
    lapsed_adjustment !== null && '此前的调整申请尚未审批，随之作废',
  ];
}

const adjustmentName = (adjustment: Adjustment): string =>
  adjustment.kind === 'target'
    ? `将目标值调整为${adjustment.value}`
    : `将${periodName(adjustment.period)}填报期限调整至${adjustment.due_on}`;

const planOf = (adjustment: Adjustment): string | false => {
  const planned = adjustment.kind === 'target' ? Object.entries(adjustment.planned ?? {}) : [];
  return (
    planned.length > 0 && `计划：${planned.map(([id, value]) => `${periodName(id)}${value}`).join('，')}`
  );
};

function describe(facts: IndicatorFacts, names: Names): readonly (string | false)[] {
  const { target, baseline, source, periods, people } = facts;
  const { measure } = target;
  return [
    `编号${facts.number}，${facts.kind === 'common' ? '共性' : '个性'}指标，${facts.year}年度`,
    `承办单位：${names.unit(facts.unit_id)}，责任科室：${facts.responsible_office}`,
    named(people, names),
    `来源：${[sourceLevels[source.level], source.document ?? ''].filter((part) => part !== '').join('，')}`,
    `分值${facts.points}`,
    `目标值${target.value}${measure}（${target.direction === 'higher_better' ? '越高越好' : '越低越好'}）`,
    baseline !== null && `上年基数${baseline}${measure}`,
    facts.effective_from !== null && `自${facts.effective_from}起生效`,
    `计划：${periods.map(({ id, planned }) => `${periodName(id)}${planned}`).join('，')}`,
  ];
}
