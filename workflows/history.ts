/** What the server remembers of a process, in plain words: for the administrators who inspect it. */
import type { Client } from '@temporalio/client';
import proto, { type temporal } from '@temporalio/proto';

export type ToldEvent = {
  readonly run: number;
  readonly id: number;
  readonly at: number;
  readonly type: string;
  readonly what: string;
};

const { EventType } = proto.temporal.api.enums.v1;
const { History } = proto.temporal.api.history.v1;

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

/** A process lives in runs, one after the other; more than this many are not read at once. */
const MOST_RUNS = 50;

/** All runs of a process, the first one first. */
export async function historyOf(
  client: Client,
  workflowId: string,
): Promise<{ run_id: string; told: ToldEvent[]; raw: unknown[] }> {
  const { runId } = await client.workflow.getHandle(workflowId).describe();
  const runs: temporal.api.history.v1.IHistory[] = [];
  for (let run: string | null = runId; run !== null && runs.length < MOST_RUNS;) {
    const history = await client.workflow.getHandle(workflowId, run).fetchHistory();
    runs.unshift(history);
    run = history.events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId || null;
  }
  return {
    run_id: runId,
    told: runs.flatMap((history, run) => (history.events ?? []).map((event) => tell(event, run + 1))),
    raw: runs.map((history) =>
      History.toObject(History.fromObject(history), { longs: String, enums: String, bytes: String }),
    ),
  };
}

function tell(event: temporal.api.history.v1.IHistoryEvent, run: number): ToldEvent {
  const type = (EventType[event.eventType ?? 0] ?? 'UNKNOWN').replace('EVENT_TYPE_', '');
  return {
    run,
    id: Number(event.eventId),
    at: Number(event.eventTime?.seconds ?? 0) * 1000 + Math.floor((event.eventTime?.nanos ?? 0) / 1e6),
    type,
    what: [words[type] ?? type, detailOf(event)].filter((part) => part !== '').join('：'),
  };
}

function detailOf(event: temporal.api.history.v1.IHistoryEvent): string {
  const summary = event.userMetadata?.summary?.data;
  if (summary !== undefined && summary !== null)
    return String(JSON.parse(Buffer.from(summary).toString('utf8')));
  return (
    event.workflowExecutionSignaledEventAttributes?.signalName ??
    event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input?.name ??
    event.activityTaskScheduledEventAttributes?.activityType?.name ??
    ''
  );
}
