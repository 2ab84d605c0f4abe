/** A line of the audit log about the request at hand: its operation, who asked, from where. */
import type { FastifyRequest } from 'fastify';
import type { AuditEntry } from '../db/audit.ts';

export const done = (
  request: FastifyRequest,
  subject: string,
  detail: Readonly<Record<string, unknown>> = {},
): AuditEntry => ({
  account_id: request.viewer?.account_id ?? null,
  network: request.ip,
  action: operationOf(request),
  subject,
  result: 'ok',
  detail,
});

export const operationOf = (request: FastifyRequest): string =>
  request.routeOptions.schema?.operationId ?? 'request';
