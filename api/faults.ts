/** Turns whatever went wrong into a problem. What nobody foresaw is logged whole and told without its text. */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DatabaseError } from 'pg';
import { audit } from '../db/audit.ts';
import { done } from './audited.ts';
import { serverDeclined } from '../workflows/client.ts';
import type { AppDeps } from './deps.ts';
import { ApiProblem, noWorker, sendProblem } from './problem.ts';
import { problemKinds } from './problem-codes.ts';
import { fieldFaults } from './validation.ts';

export function useFaults(app: FastifyInstance, { db }: Pick<AppDeps, 'db'>): void {
  app.setErrorHandler<FastifyError>(async (error, request, reply) => {
    const problem = problemOf(error);
    const { status } = problemKinds[problem.code];
    if (status >= 500) request.log.error({ err: error, code: problem.code }, 'could not answer');
    if (status === 403 && request.viewer !== null) {
      await audit(db, {
        ...done(request, request.url.split('?', 1)[0] ?? ''),
        result: `denied:${problem.code}`,
      });
    }
    return sendProblem(reply, problem);
  });
}

/** Before a request has a route: a malformed address. Hooks do not run there. */
export function answerFrameworkError(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  void sendProblem(reply.header('x-request-id', request.id), problemOf(error));
}

export function problemOf(error: FastifyError | ApiProblem): ApiProblem {
  if (error instanceof ApiProblem) return error;
  if (error.validation !== undefined) {
    return new ApiProblem('invalid_request', '请求内容不符合规定，见 errors。', {
      errors: fieldFaults(error.validation, error.validationContext),
    });
  }
  if (serverDeclined(error)) return noWorker();
  return fastifyProblem(error) ?? postgresProblem(error) ?? unforeseen();
}

const unforeseen = () =>
  new ApiProblem(
    'unforeseen',
    '系统内部错误，已记录。请稍后用同一 Idempotency-Key 重试，或凭 request_id 联系管理员。',
  );

const unavailable = () =>
  new ApiProblem('unavailable', '数据库暂不可用，请稍后用同一 Idempotency-Key 重试。', {
    headers: { 'retry-after': '5' },
  });

function fastifyProblem({ code, statusCode }: FastifyError): ApiProblem | null {
  switch (code) {
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new ApiProblem('malformed_url', '地址中有无法解码的字符。');
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
    case 'FST_REQ_FILE_TOO_LARGE':
      return new ApiProblem('body_too_large', '请求体超过上限；一般请求为 1 MiB。');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_CTP_EMPTY_TYPE':
    case 'FST_INVALID_MULTIPART_CONTENT_TYPE':
      return new ApiProblem(
        'unsupported_media_type',
        '不支持此 Content-Type；一般请求须为 application/json。',
      );
  }
  if (statusCode === undefined || statusCode < 400 || statusCode >= 500) return null;
  return new ApiProblem('malformed_request', '请求不完整或格式有误，请重新发送。');
}

/** Classes of SQLSTATE that say "not now" instead of "not ever". */
const passing = /^(08|53|57P|40)/;
const brokenConnections = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND']);

function postgresProblem(error: FastifyError): ApiProblem | null {
  if (error instanceof DatabaseError) {
    if (error.code?.startsWith('22') === true) {
      return new ApiProblem('value_out_of_range', '有数值、日期或文本超出可保存的范围，请改正后重试。');
    }
    return passing.test(error.code ?? '') ? unavailable() : null;
  }
  const broken =
    brokenConnections.has(error.code) ||
    /^(Connection terminated|timeout exceeded|Client has encountered a connection error)/.test(error.message);
  return broken ? unavailable() : null;
}
