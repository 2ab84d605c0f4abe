/** Why a program does not start, or ends: one sentence for whoever operates it, and an exit code that is not zero. */
import { isGrpcServiceError, type ConnectionLike } from '@temporalio/client';
import { DoesNotFit } from './db/version-gate.ts';

/** Something the person at the keyboard can mend; the message is all that they need to see. */
export class CannotStart extends Error {
  override readonly name = 'CannotStart';
}

export const messageOf = (error: unknown): string => {
  // Whoever tried all addresses of one host says nothing of its own.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
};

/** For what a setting names: where nobody answers, the sentence says which setting that is. */
export const notAnswering =
  (what: string) =>
  (error: unknown): never => {
    throw new CannotStart(`${what} does not answer: ${messageOf(error)}`, { cause: error });
  };

type Temporal = Pick<ConnectionLike, 'workflowService'>;

/** Named wrongly, it would be missed by the first command only, hours later perhaps. */
export async function requireNamespace({ workflowService }: Temporal, namespace: string): Promise<void> {
  try {
    await workflowService.describeNamespace({ namespace });
  } catch (error) {
    // Whoever may not ask, may still use it.
    if (!isGrpcServiceError(error) || (error.code as number) !== NOT_FOUND) return;
    throw new CannotStart(
      `The Temporal server has no namespace "${namespace}" (TEMPORAL_NAMESPACE): make it (docs/deployment.md says how), or name another one.`,
      { cause: error },
    );
  }
}

const NOT_FOUND = 5;

export const portIsUsed = (variable: string, port: number, host: string): string =>
  `Port ${port} on ${host} is used by another program. Stop it, or set ${variable} to another port.`;

/** For a port that the settings name. */
export const cannotListen =
  (variable: string, port: number, host: string) =>
  (error: unknown): never => {
    const used = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    const why = used
      ? portIsUsed(variable, port, host)
      : `Port ${port} (${variable}) on ${host} (HOST) cannot be listened on: ${messageOf(error)}`;
    throw new CannotStart(why, { cause: error });
  };

/**
 * Neither a supervisor that starts it again nor a person is left to guess: what somebody can mend is one
 * sentence. What nobody foresaw stays an exception, with all that it says.
 */
export async function orRefuse(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof CannotStart) && !(error instanceof DoesNotFit)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
