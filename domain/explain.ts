/**
 * The life of a supervision item told from its events alone: what happened, why, and which deadlines
 * it set or cleared. Whoever disputes a card reads here by which rule it was given.
 */
import {
  explainCommon,
  named,
  told,
  withFiles,
  type Explanation,
  type Names,
  type Told,
} from './explain-common.ts';
import { explainDeadlines, explainWarning } from './explain-deadlines.ts';
import { cycleName } from './report-cycle.ts';
import { ratings, type Event, type ItemFacts } from './supervision-item.ts';
import { deadlineDate, officeTime } from './time.ts';
import { aspects, importances, itemClasses, sourceLevels, type ItemClass } from './vocabulary.ts';

export type { Explanation, Names } from './explain-common.ts';

export const explain = (event: Event, names: Names): Explanation => ({
  ...tell(event, names),
  deadlines: explainDeadlines(event),
});

function tell(event: Event, names: Names): Told {
  const units = (ids: readonly string[]) => ids.map((id) => names.unit(id)).join('、');
  switch (event.type) {
    case 'created':
      return told(`列入督查清单：${event.facts.title}`, ...describe(event.facts, names));
    case 'edited':
      return told(
        '修改事项内容',
        ...describe(event.changes, names),
        event.item_policy !== undefined &&
          `预警策略改为${event.item_policy.name}第${event.item_policy.version}版`,
      );
    case 'assigned':
      return told(
        `交办给${names.unit(event.lead_unit_id)}`,
        event.assisting_unit_ids.length > 0 && `协办单位：${units(event.assisting_unit_ids)}`,
        `${itemClasses[event.item_class]}，${event.assigned_on}交办${countsFromToday(event.item_class)}，${deadlineDate(event.due)}前办结`,
      );
    case 'acknowledged':
      return told(event.late ? '逾期签收' : '签收', named(event.people, names) || '责任人按单位岗位名册');
    case 'disputed':
      return told('提出异议', event.reason);
    case 'dispute_rejected':
      return told('异议不采纳，维持交办', event.reason);
    case 'progress_reported':
      return told(
        `汇报进度${event.percent}%`,
        event.text,
        withFiles(event.evidence_ids),
        event.answers_until !== null &&
          `${event.late ? '逾期补报，' : ''}本次汇报答复截至${event.answers_until}的汇报周期`,
      );
    case 'share_reported':
      return told(
        `${names.unit(event.unit_id)}汇报协办进度${event.percent}%`,
        event.text,
        withFiles(event.evidence_ids),
      );
    case 'extension_requested':
      return told(`申请延期至${event.new_due_on}`, event.reason);
    case 'extension_granted':
      return told(`同意延期至${deadlineDate(event.due)}`, event.reason, `原期限${deadlineDate(event.from)}`);
    case 'extension_rejected':
      return told('不同意延期', event.reason);
    case 'paused':
      return told(`自${event.on}起暂停`, event.reason);
    case 'resumed':
      return told('恢复办理', event.reason, `暂停${event.days}天，期限顺延至${deadlineDate(event.due)}`);
    case 'close_requested':
      return told(
        '申请办结',
        event.result,
        withFiles(event.evidence_ids),
        event.missing_shares.length > 0 && `尚未汇报协办情况：${units(event.missing_shares)}`,
        event.lapsed_extension !== null && `此前申请延期至${event.lapsed_extension}尚未审批，随之作废`,
      );
    case 'returned':
      return told(event.rating === null ? '退回' : `评定为${ratings[event.rating]}，退回`, event.reasons);
    case 'closed':
      return told(
        `办结销号，评定为${ratings[event.rating]}`,
        event.opinion,
        `应于${officeTime(event.due)}前办结，${officeTime(event.requested_at)}申请办结，${event.on_time ? '按期' : '逾期'}`,
      );
    case 'urged':
    case 'withdrawal_requested':
    case 'withdrawal_rejected':
    case 'withdrawn':
    case 'person_reassigned':
    case 'commented':
    case 'replanned':
      return explainCommon(event, names, '事项');
    case 'warning_given':
    case 'red_card_climbed':
    case 'red_card_seen':
    case 'accountability_proposed':
      return explainWarning(event);
  }
}

/** seven days and one month count the day of deployment; a date and the end of the year count nothing. */
const countsFromToday = (itemClass: ItemClass): string =>
  itemClass === 'ordinary_item' || itemClass === 'complex_item' ? '（当日为第1天）' : '';

/** What the list says, field by field; of a change only what changed. */
function describe(facts: Partial<ItemFacts>, names: Names): readonly string[] {
  const lines: (string | null | undefined | false)[] = [
    facts.title !== undefined && `事项：${facts.title}`,
    facts.aspect && `督查方面：${aspects[facts.aspect].zh}`,
    facts.sub_aspect !== undefined &&
      `子类：${facts.sub_aspect === null ? '无' : subAspectName(facts.sub_aspect)}`,
    facts.source && `来源：${sourceName(facts.source)}`,
    facts.item_class && `事项类别：${itemClasses[facts.item_class]}`,
    facts.due_on !== undefined && `办结日期：${facts.due_on ?? '由制度规定'}`,
    facts.lead_unit_id !== undefined &&
      `牵头单位：${facts.lead_unit_id === null ? '未定' : names.unit(facts.lead_unit_id)}`,
    facts.assisting_unit_ids &&
      `协办单位：${facts.assisting_unit_ids.map((id) => names.unit(id)).join('、') || '无'}`,
    facts.report_cycle && `汇报周期：${cycleName(facts.report_cycle)}`,
    facts.importance && `重要程度：${importances[facts.importance]}`,
  ];
  return lines.filter((line) => typeof line === 'string');
}

const sourceName = ({ level, document, instructed_by }: ItemFacts['source']): string =>
  [sourceLevels[level], document ?? '', instructed_by === null ? '' : `${instructed_by}批示`]
    .filter((part) => part !== '')
    .join('，');

function subAspectName(id: NonNullable<ItemFacts['sub_aspect']>): string {
  for (const { subs } of Object.values(aspects)) {
    const name = (subs as Readonly<Record<string, string>>)[id];
    if (name !== undefined) return name;
  }
  return id;
}
