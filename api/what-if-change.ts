/** 预演: a change as a client asks about it, read into what the rules compare. */
import { Type, type Static } from 'typebox';
import { proposalOf } from '../db/calendar-proposals.ts';
import type { Db } from '../db/client.ts';
import { policyVersions } from '../db/policy-versions.ts';
import { withDays, type PublishedDay } from '../domain/calendar-proposal.ts';
import type { Calendar } from '../domain/calendar.ts';
import { deadlineNames, type DeadlineKind, type DeadlineName } from '../domain/deadline.ts';
import { progressPolicyFaults, type ProgressPolicy } from '../domain/progress-policy.ts';
import { localDate } from '../domain/time.ts';
import { policyFaults } from '../domain/warning-policy.ts';
import { canHave, deadlinesHadOnce, type Kind as ThingKind } from '../domain/what-if-deadlines.ts';
import type { Change } from '../domain/what-if.ts';
import { daysUnder } from './calendar-applying.ts';
import { ApiProblem, notFound } from './problem.ts';
import { closed, DateOnly, oneOf, Uuid } from './schemas.ts';
import { NewPolicy, NewProgressPolicy } from './policy-schemas.ts';

export const Kind = Type.Unsafe<DeadlineKind>(
  Type.String({
    pattern: '^[a-z_]+(/[0-9Q-]+)?$',
    maxLength: 40,
    description: '期限类型，如督查事项的 item，指标任务的 year_end、report/2026-03',
  }),
);
const byTime = (Object.keys(deadlineNames) as DeadlineName[]).filter(
  (name): name is Exclude<DeadlineName, 'progress'> => name !== 'progress',
);

export const ChangeAsked = closed(
  {
    due: Type.Optional(closed({ deadline: Kind, on: DateOnly })),
    policy: Type.Optional(
      closed(
        {
          deadline: Type.Optional(oneOf(byTime)),
          policy: NewPolicy,
        },
        { description: '代替同名规则；写明 deadline 时代替该类期限的规则' },
      ),
    ),
    progress_policy: Type.Optional(
      closed({ policy: NewProgressPolicy }, { description: '代替同名的进度预警规则' }),
    ),
    calendar: Type.Optional(
      closed(
        {
          publication_id: Type.Optional(Uuid),
          days: Type.Optional(
            Type.Array(closed({ date: DateOnly, working: Type.Boolean() }), { minItems: 1, maxItems: 400 }),
          ),
        },
        {
          minProperties: 1,
          maxProperties: 1,
          description: 'publication_id（已申报的通知）与 days 二者只给其一',
        },
      ),
    ),
  },
  { minProperties: 1, description: '至少一项' },
);

/** @throws ApiProblem `invalid_request`, `policy_faulty`, `not_found` for a notice that nobody proposed. */
export async function changeFrom(
  db: Db,
  asked: { readonly things: { readonly kind: ThingKind }; readonly change: Static<typeof ChangeAsked> },
  current: Calendar,
): Promise<Change> {
  const { due, policy, progress_policy, calendar } = asked.change;
  refuseStrange(asked.things.kind, asked.change);
  return {
    ...(due === undefined ? {} : { due: { deadline: due.deadline, on: localDate(due.on) } }),
    ...(policy === undefined ? {} : { policy: await policyFrom(db, policy) }),
    ...(progress_policy === undefined ? {} : { progress: await progressFrom(db, progress_policy.policy) }),
    ...(calendar === undefined
      ? {}
      : { calendar: withDays(current, await daysFrom(db, calendar), current.version + 1) }),
  };
}

/** A deadline that nothing of this kind ever has would move nothing, whatever was asked. */
function refuseStrange(
  of: ThingKind,
  { due, policy }: Pick<Static<typeof ChangeAsked>, 'due' | 'policy'>,
): void {
  if (due !== undefined && !canHave(of, due.deadline))
    throw unclear('/change/due/deadline', `没有“${due.deadline}”这一期限；${choicesOf[of]}。`);
  const watched: readonly DeadlineName[] = [
    ...deadlinesHadOnce[of],
    ...(of === 'indicator_task' ? ['report' as const] : []),
  ];
  if (policy?.deadline !== undefined && !watched.includes(policy.deadline))
    throw unclear('/change/policy/deadline', `没有“${policy.deadline}”类期限；可填${watched.join('、')}。`);
}

const choicesOf: Readonly<Record<ThingKind, string>> = {
  supervision_item: `督查事项可填${deadlinesHadOnce.supervision_item.join('、')}`,
  indicator_task: `指标任务可填${deadlinesHadOnce.indicator_task.join('、')}，以及写明填报期的 report、review、progress，如 report/2026-03`,
};

async function policyFrom(
  db: Db,
  { deadline, policy }: NonNullable<Static<typeof ChangeAsked>['policy']>,
): Promise<NonNullable<Change['policy']>> {
  const [latest] = await policyVersions(db, 'warning', policy.name);
  const next = { ...policy, version: nextVersion(latest) };
  refuseFaults(policyFaults(next), '/change/policy/policy');
  return { ...(deadline === undefined ? {} : { deadline }), policy: next };
}

async function progressFrom(db: Db, policy: Static<typeof NewProgressPolicy>): Promise<ProgressPolicy> {
  const [latest] = await policyVersions(db, 'progress', policy.name);
  const next = { ...policy, version: nextVersion(latest) };
  refuseFaults(progressPolicyFaults(next), '/change/progress_policy/policy');
  return next;
}

/** The version that it would get: one with the old version would count as no change. */
const nextVersion = (latest: { readonly policy: { readonly version: number } } | undefined): number =>
  (latest?.policy.version ?? 0) + 1;

function refuseFaults(faults: readonly string[], pointer: string): void {
  if (faults.length === 0) return;
  throw new ApiProblem('policy_faulty', '预警规则有误，没有推算；请按 errors 改正。', {
    errors: faults.map((detail) => ({ pointer, detail, in: 'body' })),
  });
}

async function daysFrom(
  db: Db,
  { publication_id, days }: NonNullable<Static<typeof ChangeAsked>['calendar']>,
): Promise<readonly PublishedDay[]> {
  if ((publication_id === undefined) === (days === undefined))
    throw unclear('/change/calendar', 'publication_id 与 days 须有且只有一个。');
  if (publication_id !== undefined) {
    const proposal = await proposalOf(db, publication_id);
    if (proposal === null) throw notFound('没有这份放假通知。');
    return daysUnder(db, proposal);
  }
  return (days ?? []).map(({ date, working }) => ({
    date: localDate(date),
    working,
    name: null,
    status: 'provisional' as const,
    source: '',
  }));
}

const unclear = (pointer: string, detail: string) =>
  new ApiProblem('invalid_request', '变动没有写清楚。', { errors: [{ pointer, detail, in: 'body' }] });
