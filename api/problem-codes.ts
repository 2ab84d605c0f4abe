/**
 * Every kind of problem that the API answers with: a stable code, its status and its title. The
 * codes are part of the contract; `GET /problems/{code}` documents each one.
 */
import { refusalTitles, type RefusalCode } from '../domain/refusal.ts';

export type ProblemKind = { readonly status: number; readonly title: string };

const ownKinds = {
  malformed_url: { status: 400, title: '地址格式有误' },
  malformed_json: { status: 400, title: '请求体不是合法的 JSON' },
  malformed_request: { status: 400, title: '请求格式有误' },
  invalid_request: { status: 400, title: '请求内容不符合规定' },
  value_out_of_range: { status: 400, title: '数值超出允许范围' },
  cursor_invalid: { status: 400, title: '翻页位置无效' },
  idempotency_key_missing: { status: 400, title: '缺少 Idempotency-Key' },
  idempotency_key_invalid: { status: 400, title: 'Idempotency-Key 格式有误' },
  not_signed_in: { status: 401, title: '尚未登录或登录已失效' },
  credentials_wrong: { status: 401, title: '账号或密码不正确' },
  forbidden: { status: 403, title: '没有此项权限' },
  csrf_token_wrong: { status: 403, title: '缺少或不匹配的 CSRF 令牌' },
  password_change_required: { status: 403, title: '须先修改一次性密码' },
  not_found: { status: 404, title: '没有找到' },
  method_not_allowed: { status: 405, title: '此地址不支持该方法' },
  request_timeout: { status: 408, title: '请求超时' },
  idempotency_in_progress: { status: 409, title: '同一请求正在处理' },
  already_exists: { status: 409, title: '已存在' },
  still_in_use: { status: 409, title: '仍被使用' },
  preview_outdated: { status: 409, title: '预览已过期' },
  import_faulty: { status: 409, title: '文件有错误，不能导入' },
  import_outdated: { status: 409, title: '系统资料已变，须重新检查文件' },
  quota_exceeded: { status: 409, title: '单位的文件空间已满' },
  unit_cycle: { status: 409, title: '上级单位成环' },
  roles_exclude_each_other: { status: 409, title: '角色互斥' },
  if_match_failed: { status: 412, title: '内容已被他人修改' },
  body_too_large: { status: 413, title: '请求体过大' },
  unsupported_media_type: { status: 415, title: '不支持的内容类型' },
  file_type_refused: { status: 415, title: '不接受此类文件' },
  idempotency_key_reused: { status: 422, title: 'Idempotency-Key 已用于另一请求' },
  notice_faulty: { status: 422, title: '放假通知有误' },
  list_faulty: { status: 422, title: '目标清单有误' },
  policy_faulty: { status: 422, title: '预警规则有误' },
  password_too_weak: { status: 422, title: '密码不符合要求' },
  if_match_missing: { status: 428, title: '缺少 If-Match' },
  too_many_attempts: { status: 429, title: '尝试过于频繁' },
  headers_too_large: { status: 431, title: '请求头过大' },
  unforeseen: { status: 500, title: '系统内部错误' },
  unavailable: { status: 503, title: '服务暂不可用' },
  storage_full: { status: 507, title: '存储空间已满' },
} as const satisfies Record<string, ProblemKind>;

const refusalStatus: Partial<Record<RefusalCode, number>> = { calendar_not_loaded: 422, not_allowed: 403 };

export type ProblemCode = keyof typeof ownKinds | RefusalCode;

const refusalKinds = Object.fromEntries(
  Object.entries(refusalTitles).map(([code, title]) => [
    code,
    { status: refusalStatus[code as RefusalCode] ?? 409, title },
  ]),
) as Record<RefusalCode, ProblemKind>;

export const problemKinds: Readonly<Record<ProblemCode, ProblemKind>> = { ...refusalKinds, ...ownKinds };

export const isProblemCode = (text: string): text is ProblemCode => Object.hasOwn(problemKinds, text);
