/** Warnings and deadlines in plain words: what was due when, what had not been done, by which policy. */
import {
  levelNames,
  nameOf,
  periodOf,
  titleOf,
  type Deadline,
  type DeadlineKind,
  type DeadlineName,
} from './deadline.ts';
import { periodName } from './period.ts';
import type { EventFrame } from './process.ts';
import { outlooks, type Judgement } from './progress-policy.ts';
import { MINUTE, officeTime, type Instant } from './time.ts';
import { postRoles, type PostRole } from './vocabulary.ts';
import type { WarningEvent } from './warnings.ts';

type Duty = { readonly duty: string; readonly missing: string; readonly missingStill: string };

/** What has to be done by a deadline, and what is missing up to it and after it. */
const duties: Readonly<Record<Exclude<DeadlineName, 'progress'>, Duty>> = {
  acknowledgement: { duty: '签收', missing: '签收', missingStill: '签收' },
  dispute: { duty: '裁定异议', missing: '裁定', missingStill: '裁定' },
  report: { duty: '汇报进度', missing: '汇报', missingStill: '汇报' },
  // After the deadline a request may have been made and returned: only the end itself is still missing.
  item: { duty: '办结', missing: '申请办结', missingStill: '办结' },
  review: { duty: '审核评定', missing: '评定', missingStill: '评定' },
  year_end: { duty: '办结', missing: '申请办结', missingStill: '办结' },
};

const ofReport: Duty = { duty: '审核进度汇报', missing: '审核', missingStill: '审核' };

export function explainWarning(event: WarningEvent): { title: string; why: string } {
  switch (event.type) {
    case 'warning_given':
      return {
        title: `${titleOf(event.deadline.kind)}${again(event.repeat)}${wordFor(event)}`,
        why: whyWarned(event),
      };
    case 'red_card_climbed':
      return {
        title: `红牌升级告知${postRoles[event.to]}`,
        why: `${titleOf(event.deadline.kind)}${again(event.repeat)}红牌在规定时间内无人阅知`,
      };
    case 'red_card_seen':
      return { title: '红牌已阅知', why: '被告知的人已打开事项，红牌不再升级' };
    case 'accountability_proposed':
      return {
        title: '建议研究追责',
        why: `${titleOf(event.deadline.kind)}红牌已重复提醒到规定次数，仍未办理`,
      };
  }
}

type Told = EventFrame & {
  readonly was?: Readonly<Partial<Record<DeadlineKind, Instant>>>;
  readonly climbs?: { readonly at: Instant; readonly to: PostRole };
};

/** Which deadlines an event set, with every warning that is to come, and which it cleared. */
export function explainDeadlines(event: Told): string[] {
  const was = event.was ?? {};
  const lines = (event.arms ?? []).map((deadline) => armed(deadline, was[deadline.kind]));
  for (const kind of event.clears ?? []) {
    const replaced = (event.arms ?? []).some((deadline) => deadline.kind === kind);
    if (!replaced) lines.push(`不再计${titleOf(kind)}期限`);
  }
  if (event.climbs !== undefined) {
    lines.push(`到${officeTime(event.climbs.at)}仍无人阅知的，红牌升级告知${postRoles[event.climbs.to]}`);
  }
  return lines;
}

function whyWarned(event: Extract<WarningEvent, { type: 'warning_given' }>): string {
  const { deadline, repeat, moment, at, recipients } = event;
  const policy = `按预警策略${deadline.policy.name}第${deadline.policy.version}版`;
  const gives = repeat === 0 ? `给予${wordFor(event)}` : `第${repeat}次重复提醒${wordFor(event)}`;
  // In the office that must decide, whoever handles the matter stands where a unit's reporter does.
  const officeRoles = { ...postRoles, reporter: '经办人' };
  const whom = recipients
    .map((role) => (deadline.chain === 'reviewing' ? officeRoles : postRoles)[role])
    .join('、');
  return [
    `${deadline.judgement === undefined ? lacking(deadline, moment) : judged(deadline.judgement)}，${policy}${gives}${toMakeUp(deadline, moment)}`,
    ...(whom === '' ? [] : [`告知${whom}`]),
    // An outage delays a card and never loses it; the reader must not take the delay for arbitrariness.
    ...(at - moment >= MINUTE
      ? [`应于${officeTime(moment)}给予，系统恢复运行后于${officeTime(at)}补记`]
      : []),
  ].join('；');
}

function lacking({ kind, due }: Pick<Deadline, 'kind' | 'due'>, moment: Instant): string {
  const name = nameOf(kind);
  const ofTask = name === 'progress' ? duties.report : duties[name];
  const { duty, missing, missingStill } = name === 'review' && periodOf(kind) !== null ? ofReport : ofTask;
  const missed = moment > due ? `仍未${missingStill}` : `${moment < due ? '尚未' : '未'}${missing}`;
  return `应于${officeTime(due)}前${duty}，${missed}`;
}

/** The day by which arrears are to be made up, where the policy names one. */
const toMakeUp = ({ judgement, due }: Pick<Deadline, 'judgement' | 'due'>, found: Instant): string =>
  judgement === undefined || judgement.returned === true || due <= found
    ? ''
    : `，须于${officeTime(due)}前补齐`;

/** What was found of a period: the plan, what was accepted, and how many points lie between them. */
export function judged({ period, planned, accepted, behind, outlook, praised, returned }: Judgement): string {
  if (returned === true) return `${periodName(period)}进度汇报质量不合要求被退回`;
  const ahead = behind.startsWith('-');
  const distance =
    behind === '0' ? '与计划一致' : ahead ? `超前${behind.slice(1)}个百分点` : `落后${behind}个百分点`;
  const parts = [
    `${periodName(period)}计划${planned}，已认定${accepted}，${distance}`,
    ...(outlook === undefined ? [] : [outlooks[outlook]]),
    ...(praised === true ? ['按策略给予表扬'] : []),
  ];
  return parts.join('，');
}

const wordFor = ({ level, deadline }: Extract<WarningEvent, { type: 'warning_given' }>): string =>
  deadline.policy.words?.[level] ?? levelNames[level];

function armed(deadline: Deadline, before: Instant | undefined): string {
  const { kind, due, steps, policy, armed_at, judgement, turn } = deadline;
  if (judgement !== undefined && turn === undefined)
    return `${titleOf(kind)}：${judged(judgement)}${toMakeUp(deadline, armed_at)}；进度预警策略${policy.name}第${policy.version}版`;
  const moved = before === undefined || before === due ? '' : `（原为${officeTime(before)}）`;
  const warnings = steps.map(
    ({ level, repeat, at }) =>
      `${again(repeat)}${policy.words?.[level] ?? levelNames[level]}${officeTime(at)}`,
  );
  const passed = due <= armed_at ? '，已过期' : '';
  const by = `预警策略${policy.name}第${policy.version}版`;
  if (turn === 'checkpoint')
    return `${titleOf(kind)}${officeTime(due)}${moved}；进度${by}${warnings.length === 0 ? '' : `：${warnings.join('，')}`}`;
  return `${titleOf(kind)}期限${officeTime(due)}${moved}${passed}；${by}：${warnings.join('，') || '不再预警'}`;
}

const again = (repeat: number): string => (repeat === 0 ? '' : `第${repeat}次重复`);
