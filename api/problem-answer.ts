/** A problem that only this route answers with, for its `response`: those of every route are added by themselves. */
import { PROBLEM, Problem } from './problem.ts';
import { ref } from './schemas.ts';

export const problemAnswer = (description: string) => ({
  description,
  headers: {},
  content: { [PROBLEM]: { schema: ref(Problem) } },
});
