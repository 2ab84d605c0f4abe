/** What commands of several processes are filled in with, and what is looked up before they are given. */
import { Type, type TSchema } from 'typebox';
import type { Db } from '../db/client.ts';
import { unusableFor } from '../db/evidence.ts';
import type { Thing } from '../db/process-event.ts';
import { withSuccessors } from '../db/unit-merge.ts';
import type { CommonCommand } from '../domain/common-commands.ts';
import { refuse, type Refusal } from '../domain/refusal.ts';
import { localDateOf } from '../domain/time.ts';
import { postRoles, type PostRole } from '../domain/vocabulary.ts';
import type { ActingPerson } from './acting.ts';
import { unknownPerson } from './constraints.ts';
import type { AppDeps } from './deps.ts';
import { closed, oneOf, text, Uuid } from './schemas.ts';

export const long = text(2_000);
export const EvidenceIds = Type.Optional(Type.Array(Uuid, { maxItems: 50, uniqueItems: true }));

/** Whom the unit names when it takes the thing on; the others are as they were. */
export const acknowledgeBody = closed({
  reporter: Type.Optional(Uuid),
  direct_lead: Type.Optional(Uuid),
  contact_person: Type.Optional(Uuid),
  deputy_leader: Type.Optional(Uuid),
});

export const commonBodies: Readonly<Record<CommonCommand['command'], TSchema>> = {
  urge: closed({ text: Type.Optional(long) }),
  withdraw: closed({ reason: long }),
  confirm_withdrawal: closed({}),
  reject_withdrawal: closed({ reason: long }),
  reassign_person: closed({ role: oneOf(postRoles), person_id: Uuid }),
  comment: closed({ text: long }),
};

/**
 * Of a unit that was or will be merged into another one, also those of the other.
 * @throws ApiProblem `unknown_person` for somebody who neither belongs to the unit nor holds, or will hold, a post of it.
 */
export async function checkColleague(
  { db, clock }: Pick<AppDeps, 'db' | 'clock'>,
  unit_id: string | null,
  person: string,
  pointer: string,
): Promise<void> {
  const today = localDateOf(await clock.now());
  const units = unit_id === null ? [] : await withSuccessors(db, unit_id);
  const row = await db.selectFrom('person').select('unit_id').where('id', '=', person).executeTakeFirst();
  const held =
    units.length === 0
      ? undefined
      : await db
          .selectFrom('post')
          .select('id')
          .where('person_id', '=', person)
          .where('unit_id', 'in', units)
          .where((post) => post.or([post('to_date', 'is', null), post('to_date', '>=', today)]))
          .executeTakeFirst();
  const colleague = unit_id === null ? row?.unit_id === null : units.some((unit) => unit === row?.unit_id);
  if (!colleague && held === undefined) throw unknownPerson(pointer)();
}

type Acknowledge = { readonly command: 'acknowledge' } & { readonly [Role in PostRole]?: string };

/** @throws ApiProblem `unknown_person` with the post for which a stranger was named. */
export async function checkPeople(
  deps: Pick<AppDeps, 'db' | 'clock'>,
  unit_id: string | null,
  { command: _, ...people }: Acknowledge,
): Promise<void> {
  for (const [role, person] of Object.entries(people))
    await checkColleague(deps, unit_id, person, `/${role}`);
}

/**
 * The command with the files that it names, or `evidence_unusable`. Nothing is written here: what a file serves
 * is told by the events that name it, so a command that is refused leaves it as it was.
 */
export async function withEvidence<Given extends { readonly evidence_ids?: readonly string[] }>(
  db: Db,
  thing: Thing,
  command: Given,
  by: ActingPerson,
): Promise<Given | Refusal> {
  if (command.evidence_ids === undefined) return command;
  // As the tables write them: events are searched for them.
  const files = [...new Set(command.evidence_ids.map((id) => id.toLowerCase()))];
  const unusable = await unusableFor(db, thing, files, by);
  return unusable.length === 0
    ? { ...command, evidence_ids: files }
    : refuse(
        'evidence_unusable',
        `这些印证资料不存在或不属于本单位：${unusable.join('、')}。请先上传。`,
        '/evidence_ids',
      );
}
