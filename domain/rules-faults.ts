/** What would make no sense in settings although each value alone is possible; one Chinese sentence each, with its place. */
import type { RecipientRules } from './recipient.ts';

export type RuleFault = { readonly pointer: string; readonly detail: string };

export function recipientRulesFaults({
  quiet,
  budget,
  sending,
}: Pick<RecipientRules, 'quiet' | 'budget' | 'sending'>): readonly RuleFault[] {
  const { from, to, resume_at } = quiet;
  const isQuiet = from <= to ? resume_at >= from && resume_at < to : resume_at >= from || resume_at < to;
  const checks = sending.receipt_checks_ms;
  return [
    ...fault(isQuiet, '/quiet/resume_at', '须在免打扰时段之外'),
    ...fault(budget.plan > budget.cap, '/budget/plan', '不得超过运营商上限 cap'),
    ...fault(budget.individual_up_to > budget.plan, '/budget/individual_up_to', '不得超过计划数 plan'),
    ...fault(
      sending.retry_first_ms > sending.retry_longest_ms,
      '/sending/retry_longest_ms',
      '不得短于首次重试间隔 retry_first_ms',
    ),
    ...fault(
      checks.some((ms, nth) => nth > 0 && ms <= (checks[nth - 1] ?? 0)),
      '/sending/receipt_checks_ms',
      '须由早到晚',
    ),
  ];
}

const fault = (isOne: boolean, pointer: string, detail: string): readonly RuleFault[] =>
  isOne ? [{ pointer, detail }] : [];
