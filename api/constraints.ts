/** A constraint of the database that a request ran into, told as the problem that it is. */
import { DatabaseError } from 'pg';
import { ApiProblem } from './problem.ts';

/** By name of constraint. */
export type Violations = Readonly<Record<string, () => ApiProblem>>;

export async function orProblem<T>(violations: Violations, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const name = error instanceof DatabaseError ? error.constraint : undefined;
    const problem = name === undefined ? undefined : violations[name];
    if (problem === undefined) throw error;
    throw problem();
  }
}

export const alreadyExists = (pointer: string, detail: string) => () =>
  new ApiProblem('already_exists', detail, { errors: [{ pointer, detail, in: 'body' }] });

export const unknownUnit = (pointer: string) => () =>
  new ApiProblem('unknown_unit', '没有这个单位，请核对单位编号。', {
    errors: [{ pointer, detail: '没有这个单位。', in: 'body' }],
  });

export const unknownPerson = (pointer: string) => () =>
  new ApiProblem('unknown_person', '没有这个人员，请核对人员编号。', {
    errors: [{ pointer, detail: '没有这个人员。', in: 'body' }],
  });
