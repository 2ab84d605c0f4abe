/** Warnings and deadlines in plain words: what was due when, what had not been done, by which policy. */
import { deadlineNames, levelNames, type Deadline, type DeadlineKind } from './deadline.ts';
import type { Event } from './supervision-item.ts';
import { MINUTE, officeTime, type Instant } from './time.ts';
import { postRoles } from './vocabulary.ts';
import type { WarningEvent } from './warnings.ts';

type Duty = { readonly duty: string; readonly missing: string; readonly missingStill: string };

/** What has to be done by a deadline, and what is missing up to it and after it. */
const duties: Readonly<Record<DeadlineKind, Duty>> = {
  acknowledgement: { duty: '签收', missing: '签收', missingStill: '签收' },
  dispute: { duty: '裁定异议', missing: '裁定', missingStill: '裁定' },
  report: { duty: '汇报进度', missing: '汇报', missingStill: '汇报' },
  // After the deadline a request may have been made and returned: only the end itself is still missing.
  item: { duty: '办结', missing: '申请办结', missingStill: '办结' },
  review: { duty: '审核评定', missing: '评定', missingStill: '评定' },
};

export function explainWarning(event: WarningEvent): { title: string; why: string } {
  switch (event.type) {
    case 'warning_given':
      return {
        title: `${deadlineNames[event.deadline.kind]}${again(event.repeat)}${levelNames[event.level]}`,
        why: whyWarned(event),
      };
    case 'red_card_climbed':
      return {
        title: `红牌升级告知${postRoles[event.to]}`,
        why: `${deadlineNames[event.deadline.kind]}${again(event.repeat)}红牌在规定时间内无人阅知`,
      };
    case 'red_card_seen':
      return { title: '红牌已阅知', why: '被告知的人已打开事项，红牌不再升级' };
    case 'accountability_proposed':
      return {
        title: '建议研究追责',
        why: `${deadlineNames[event.deadline.kind]}红牌已重复提醒到规定次数，仍未办理`,
      };
  }
}

/** Which deadlines an event set, with every warning that is to come, and which it cleared. */
export function explainDeadlines(event: Event): string[] {
  const was = event.type === 'replanned' ? event.was : {};
  const lines = (event.arms ?? []).map((deadline) => armed(deadline, was[deadline.kind]));
  for (const kind of event.clears ?? []) {
    const replaced = (event.arms ?? []).some((deadline) => deadline.kind === kind);
    if (!replaced) lines.push(`不再计${deadlineNames[kind]}期限`);
  }
  if (event.type === 'warning_given' && event.climbs !== undefined) {
    lines.push(`到${officeTime(event.climbs.at)}仍无人阅知的，红牌升级告知${postRoles[event.climbs.to]}`);
  }
  return lines;
}

function whyWarned(event: Extract<WarningEvent, { type: 'warning_given' }>): string {
  const { deadline, level, repeat, moment, at, recipients } = event;
  const { duty, missing, missingStill } = duties[deadline.kind];
  const lacking =
    moment > deadline.due ? `仍未${missingStill}` : `${moment < deadline.due ? '尚未' : '未'}${missing}`;
  const policy = `按预警策略${deadline.policy.name}第${deadline.policy.version}版`;
  const gives = repeat === 0 ? `给予${levelNames[level]}` : `第${repeat}次重复提醒${levelNames[level]}`;
  // In the office that must decide, whoever handles the matter stands where a unit's reporter does.
  const officeRoles = { ...postRoles, reporter: '经办人' };
  const whom = recipients
    .map((role) => (deadline.chain === 'reviewing' ? officeRoles : postRoles)[role])
    .join('、');
  return [
    `应于${officeTime(deadline.due)}前${duty}，${lacking}，${policy}${gives}`,
    ...(whom === '' ? [] : [`告知${whom}`]),
    // An outage delays a card and never loses it; the reader must not take the delay for arbitrariness.
    ...(at - moment >= MINUTE
      ? [`应于${officeTime(moment)}给予，系统恢复运行后于${officeTime(at)}补记`]
      : []),
  ].join('；');
}

function armed({ kind, due, steps, policy, armed_at }: Deadline, before: Instant | undefined): string {
  const moved = before === undefined || before === due ? '' : `（原为${officeTime(before)}）`;
  const warnings = steps.map(
    ({ level, repeat, at }) => `${again(repeat)}${levelNames[level]}${officeTime(at)}`,
  );
  const passed = due <= armed_at ? '，已过期' : '';
  const by = `预警策略${policy.name}第${policy.version}版`;
  return `${deadlineNames[kind]}期限${officeTime(due)}${moved}${passed}；${by}：${warnings.join('，') || '不再预警'}`;
}

const again = (repeat: number): string => (repeat === 0 ? '' : `第${repeat}次重复`);
