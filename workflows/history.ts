/** What the server remembers of a process, in plain words: for the administrators who inspect it. */
import { isGrpcServiceError, type Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import proto, { type temporal } from '@temporalio/proto';
import { commandTable as taskCommands } from '../domain/indicator-task.ts';
import { commandTable as itemCommands } from '../domain/supervision-item.ts';
import { lookSignal, pauseRelease, resumeRelease } from './list-release.ts';
import { replanPolicyUpdate, replanUpdate, reprojectSignal, seenSignal } from './messages.ts';
import { receiptSignal, releaseSignal, tellSignal } from './recipient.ts';

export type ToldEvent = {
  readonly run: number;
  readonly id: number;
  readonly at: number;
  readonly type: string;
  readonly what: string;
};

export type ProcessHistory = {
  readonly run_id: string;
  readonly told: readonly ToldEvent[];
  readonly raw: readonly unknown[];
};

type History = temporal.api.history.v1.IHistory;

const { EventType } = proto.temporal.api.enums.v1;
const { History: RawHistory } = proto.temporal.api.history.v1;

/** Chinese, for people; a type that is not listed is shown under its own name. */
const words: Readonly<Record<string, string>> = {
  WORKFLOW_EXECUTION_STARTED: '流程开始',
  WORKFLOW_EXECUTION_COMPLETED: '流程结束',
  WORKFLOW_EXECUTION_CONTINUED_AS_NEW: '历史已满一卷，另起一卷继续',
  WORKFLOW_EXECUTION_SIGNALED: '收到信号',
  WORKFLOW_EXECUTION_UPDATE_ACCEPTED: '受理办理',
  WORKFLOW_EXECUTION_UPDATE_COMPLETED: '办理完成',
  WORKFLOW_TASK_SCHEDULED: '等待处理',
  WORKFLOW_TASK_STARTED: '开始处理',
  WORKFLOW_TASK_COMPLETED: '处理完成',
  WORKFLOW_TASK_TIMED_OUT: '处理超时，将重新处理',
  WORKFLOW_TASK_FAILED: '处理失败，将重新处理',
  TIMER_STARTED: '设定定时',
  TIMER_FIRED: '定时到点',
  TIMER_CANCELED: '取消定时',
  MARKER_RECORDED: '写入数据库',
  ACTIVITY_TASK_SCHEDULED: '安排动作',
  ACTIVITY_TASK_STARTED: '动作开始',
  ACTIVITY_TASK_COMPLETED: '动作完成',
  ACTIVITY_TASK_FAILED: '动作失败',
  ACTIVITY_TASK_TIMED_OUT: '动作超时',
  UPSERT_WORKFLOW_SEARCH_ATTRIBUTES: '更新检索属性',
  WORKFLOW_EXECUTION_OPTIONS_UPDATED: '调整流程选项（时间旅行）',
  WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED: '跳过一段时间（时间旅行）',
};

const called = (commands: Readonly<Record<string, { readonly zh: string }>>) =>
  Object.fromEntries(Object.entries(commands).map(([name, { zh }]) => [name, zh]));

const ofAnything = {
  [replanUpdate.name]: '按新日历重排期限',
  [replanPolicyUpdate.name]: '按新预警策略重排期限',
  [reprojectSignal.name]: '与数据库核对',
  [seenSignal.name]: '红牌已阅',
};

/** By kind of process: what is asked of it, and what it has done for it. What is not listed is shown under its own name. */
const names: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  supervision_item: { ...called(itemCommands), ...ofAnything },
  indicator_task: { ...called(taskCommands), ...ofAnything },
  list_release: {
    [pauseRelease.name]: '暂停下达',
    [resumeRelease.name]: '继续下达',
    [lookSignal.name]: '核对清单',
    releaseBatch: '下达一批任务',
    tellWeights: '告知分值调整',
    setStage: '记录下达状态',
    end: '完成下达',
  },
  recipient: {
    [tellSignal.name]: '有待发通知',
    [receiptSignal.name]: '收到短信回执',
    [releaseSignal.name]: '恢复发送',
    send: '提交短信',
    ask: '查询短信结果',
  },
};

/** A process lives in runs, one after the other; more than this many are not read at once. */
const MOST_RUNS = 50;

/**
 * The runs of a process that the server still keeps, the first one first: each is removed when it has ended for
 * as long as the namespace retains it. Where the first ones are missing, the first step says so.
 * @returns null where the server keeps nothing of it.
 */
export async function historyOf(
  client: Client,
  workflowId: string,
  { mostRuns = MOST_RUNS } = {},
): Promise<ProcessHistory | null> {
  const latest = await orNull(client.workflow.getHandle(workflowId).describe());
  if (latest === null) return null;
  const [kind = ''] = workflowId.split('/');
  const runs: History[] = [];
  let earlier: string | null = latest.runId;
  let removed = false;
  while (earlier !== null && !removed && runs.length < mostRuns) {
    const history: History | null = await orNull(
      client.workflow.getHandle(workflowId, earlier).fetchHistory(),
    );
    if (history === null) removed = true;
    else {
      runs.unshift(history);
      earlier = runBefore(history);
    }
  }
  const [first] = runs;
  if (first === undefined) return null;
  return {
    run_id: latest.runId,
    told: [
      ...(earlier === null ? [] : [missingBefore(first, removed ? 'removed' : runs.length)]),
      ...runs.flatMap((history, run) =>
        (history.events ?? []).map((event) => tell(event, run + 1, names[kind] ?? {})),
      ),
    ],
    raw: runs.map((history) =>
      RawHistory.toObject(RawHistory.fromObject(history), { longs: String, enums: String, bytes: String }),
    ),
  };
}

const runBefore = ({ events }: History): string | null =>
  events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId || null;

/** Stands before the first run that is told of, at the moment in which that one began. */
function missingBefore({ events }: History, why: 'removed' | number): ToldEvent {
  return {
    run: 0,
    id: 0,
    at: timeOf(events?.[0]),
    ...(why === 'removed'
      ? { type: 'EARLIER_RUNS_REMOVED', what: '更早的各段运行记录已过保留期，引擎不再保存；业务经过完整无缺' }
      : { type: 'EARLIER_RUNS_NOT_READ', what: `运行记录分段很多，只读取最近${why}段；业务经过完整无缺` }),
  };
}

/** gRPC's number for it. */
const NOT_FOUND = 5;

async function orNull<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    // Histories are asked of the service itself, which has a fault of its own for what it does not know.
    if (error instanceof WorkflowNotFoundError || (isGrpcServiceError(error) && error.code === NOT_FOUND))
      return null;
    throw error;
  }
}

type Named = Readonly<Record<string, string>>;

function tell(event: temporal.api.history.v1.IHistoryEvent, run: number, named: Named): ToldEvent {
  const type = (EventType[event.eventType ?? 0] ?? 'UNKNOWN').replace('EVENT_TYPE_', '');
  return {
    run,
    id: Number(event.eventId),
    at: timeOf(event),
    type,
    what: [words[type] ?? type, detailOf(event, named)].filter((part) => part !== '').join('：'),
  };
}

const timeOf = (event: temporal.api.history.v1.IHistoryEvent | undefined): number =>
  Number(event?.eventTime?.seconds ?? 0) * 1000 + Math.floor((event?.eventTime?.nanos ?? 0) / 1e6);

function detailOf(event: temporal.api.history.v1.IHistoryEvent, named: Named): string {
  const summary = event.userMetadata?.summary?.data;
  if (summary !== undefined && summary !== null)
    return String(JSON.parse(Buffer.from(summary).toString('utf8')));
  const name =
    event.workflowExecutionSignaledEventAttributes?.signalName ??
    event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input?.name ??
    event.activityTaskScheduledEventAttributes?.activityType?.name ??
    '';
  return named[name] ?? name;
}
