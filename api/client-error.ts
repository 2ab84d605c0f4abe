/** What is no HTTP at all, or too slow to arrive: answered on the bare socket, in the same problem format. */
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { ApiProblem, PROBLEM, problemBody } from './problem.ts';

export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const requestId = randomUUID();
  const { status, ...rest } = problemBody('', requestId, problemOf(error.code));
  const body = JSON.stringify({ status, ...rest });
  socket.end(
    [
      `HTTP/1.1 ${status} ${status === 408 ? 'Request Timeout' : 'Bad Request'}`,
      'Connection: close',
      `X-Request-Id: ${requestId}`,
      `Content-Type: ${PROBLEM}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  );
}

function problemOf(code: string | undefined): ApiProblem {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new ApiProblem('request_timeout', '请求未能及时送达，请检查网络后重试。');
    case 'HPE_HEADER_OVERFLOW':
      return new ApiProblem('headers_too_large', '请求头过大；请减少 cookie 或其他请求头。');
    default:
      return new ApiProblem('malformed_request', '无法识别的 HTTP 请求。');
  }
}
