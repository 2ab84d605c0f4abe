/**
 * A refusal is a value: a stable code, and a sentence in Chinese that says what is wrong and how
 * to mend it. Nothing has changed when one is returned. Codes are part of the public API.
 */
export const refusalTitles = {
  stage_forbids: '当前环节不允许此操作',
  not_allowed: '没有此项权限',
  same_person: '须由另一人办理',
  extension_too_late: '延期申请已过时限',
  extension_pending: '已有延期申请待审批',
  no_extension_pending: '没有待审批的延期申请',
  extension_needs_city_leader: '须由市级领导审批延期',
  due_not_later: '新期限须晚于原期限',
  due_in_past: '期限已过',
  due_missing: '未写明办结日期',
  due_set_by_rule: '该类事项的期限由制度规定',
  calendar_not_loaded: '该年度日历尚未发布',
  urge_cooling_down: '催办间隔未到',
  already_withdrawing: '已有撤销申请待确认',
  no_withdrawal_pending: '没有待确认的撤销申请',
  already_paused: '事项已暂停',
  not_paused: '事项未暂停',
  item_paused: '事项暂停期间不能办理',
  already_disputed: '已提出异议，待裁定',
  no_dispute_pending: '没有待裁定的异议',
  unknown_unit: '单位不存在',
  unit_merged: '单位已并入其他单位',
  merge_into_itself: '单位不能并入自身',
  merge_into_merged: '所选单位已并入其他单位',
  merge_in_past: '并入日期已过',
  unknown_theme: '专题不存在',
  unknown_person: '人员不存在或不在该单位',
  unknown_policy: '预警策略不存在',
  number_taken: '编号已被使用',
  evidence_unusable: '印证资料不可用',
  lead_unit_missing: '未指定牵头单位',
  unit_not_on_item: '该单位不是承办单位或协办单位',
  weights_in_past: '分值调整的起始日期过早',
  weights_incomplete: '未列出该单位的全部指标',
  weights_not_100: '分值合计不是100分',
  nothing_changed: '没有变化',
  process_ended: '事项已结束',
  period_unknown: '没有这个填报期',
  period_not_begun: '该填报期尚未开始',
  period_accepted: '该填报期已认定',
  value_missing: '未填写完成值',
  evidence_missing: '须附印证资料',
  no_report_pending: '没有待审核的进度汇报',
  adjustment_pending: '已有调整申请待审批',
  no_adjustment_pending: '没有待审批的调整申请',
  adjustment_too_late: '调整申请已过时限',
  due_beyond_year: '期限超出本年度',
  target_not_beyond_baseline: '目标值未优于上年基数',
  plan_invalid: '进度计划有误',
  points_invalid: '分值有误',
  weight_pending: '已有权重调整待确认',
  no_weight_pending: '没有待确认的权重调整',
  completion_out_of_range: '完成率超出范围',
  year_over: '年度已结束',
} as const;

export type RefusalCode = keyof typeof refusalTitles;

export type Refusal = {
  readonly refusal: RefusalCode;
  /** Chinese: what is wrong here and how to mend it. */
  readonly detail: string;
  /** JSON pointer to the field of the command that is at fault, when one is. */
  readonly pointer?: string;
};

export const refuse = (refusal: RefusalCode, detail: string, pointer?: string): Refusal =>
  pointer === undefined ? { refusal, detail } : { refusal, detail, pointer };

export const isRefusal = (value: unknown): value is Refusal =>
  typeof value === 'object' && value !== null && 'refusal' in value;
