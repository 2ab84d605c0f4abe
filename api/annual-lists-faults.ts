/** What is wrong with an indicator that somebody writes, as the problem that it is answered with. */
import type { ListFault } from '../domain/annual-list-checks.ts';
import { alreadyExists, type Violations } from './constraints.ts';
import { ApiProblem } from './problem.ts';

export function listFaulty(faults: readonly Pick<ListFault, 'field' | 'what' | 'mend'>[]): ApiProblem {
  const [first] = faults;
  return new ApiProblem('list_faulty', first === undefined ? '' : `${first.what}；${first.mend}。`, {
    errors: faults.map(({ field, what, mend }) => ({
      pointer: `/${field}`,
      detail: `${what}；${mend}。`,
      in: 'body' as const,
    })),
  });
}

/** A unit is not asked for the same thing twice. */
export const sameThing: Violations = {
  indicator_year_unit_id_name_sub_target_key: alreadyExists(
    '/name',
    '该单位本年度已有同名的指标；请合并，或写明分项目标以区分。',
  ),
};
