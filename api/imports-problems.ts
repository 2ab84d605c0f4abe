/** Why an upload is not applied, and what is noted when it is: the same for every kind. */
import type { AuditEntry } from '../db/audit.ts';
import type { Fault } from '../domain/import-sheet.ts';
import { ApiProblem } from './problem.ts';

/** What changes with every applying, for the audit log. */
export type Noting = (detail: Readonly<Record<string, unknown>>) => AuditEntry;

export const importFaulty = () =>
  new ApiProblem('import_faulty', '文件有错误，什么都没有导入；请按 faults 改正后重新上传。');

export const importOutdated = (faults: readonly Fault[]) =>
  new ApiProblem('import_outdated', '检查之后系统资料已有变化，什么都没有导入；请改正后重新上传。', {
    errors: faults
      .slice(0, 100)
      .map(({ row, column, what }) => ({ pointer: '', detail: `第${row}行 ${column}：${what}` })),
  });
