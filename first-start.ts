/** What an empty system needs before anybody can sign in: three administrators, and the sample city when wanted. */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createAccount } from './db/accounts.ts';
import type { Db } from './db/client.ts';
import { wallNow } from './db/clock.ts';
import { oneTimePassword } from './db/passwords.ts';
import { openSession, endSessionOfToken } from './db/sessions.ts';
import { localDateOf, type Instant } from './domain/time.ts';
import { administratorRoles, type AdministratorRole, type Role } from './domain/vocabulary.ts';
import { grantRosterRoles, loadAnnualList, loadRoster, loadSupervisionList } from './sample/load.ts';
import { samplePeople } from './sample/people.ts';

export type FirstAccount = {
  readonly account: string;
  readonly password: string;
  readonly role: Role;
  readonly unit?: string;
};

/** One-time passwords as a file that only its owner reads; an entry vanishes when its password is changed. */
export class FirstAccounts {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  read(): FirstAccount[] {
    return existsSync(this.path) ? (JSON.parse(readFileSync(this.path, 'utf8')) as FirstAccount[]) : [];
  }

  write(accounts: readonly FirstAccount[]): void {
    const draft = `${this.path}.draft`;
    rmSync(draft, { force: true });
    writeFileSync(draft, `${JSON.stringify(accounts, null, 2)}\n`, { mode: 0o600 });
    renameSync(draft, this.path);
  }

  forget(account: string): void {
    if (existsSync(this.path)) this.write(this.read().filter((one) => one.account !== account));
  }
}

const administrators = [
  { account: 'system.admin', role: 'system_admin' },
  { account: 'security.admin', role: 'security_admin' },
  { account: 'audit.admin', role: 'audit_admin' },
] as const satisfies readonly { account: string; role: AdministratorRole }[];

/** @returns false when somebody can sign in already. */
export async function createAdministrators(db: Db, accounts: FirstAccounts): Promise<boolean> {
  const some = await db.selectFrom('account').select('id').limit(1).executeTakeFirst();
  if (some !== undefined) return false;
  // The sample's roster has them under these numbers; without the sample they are numbers like any other.
  const numbers = new Map(samplePeople().people.map(({ account, staff_no }) => [account, staff_no]));
  const made: FirstAccount[] = [];
  await db.transaction().execute(async (tx) => {
    for (const { account, role } of administrators) {
      const { password, hash } = await oneTimePassword();
      const person_id = randomUUID();
      const person = {
        id: person_id,
        staff_no: numbers.get(account) ?? account,
        name: administratorRoles[role],
        unit_id: null,
        office: null,
        phone_cipher: null,
        phone_hash: null,
        phone_masked: null,
      };
      await tx.insertInto('person').values(person).execute();
      const account_id = await createAccount(tx, { account, person_id, password_hash: hash });
      await tx.insertInto('account_role').values({ account_id, role, granted_by: null }).execute();
      made.push({ account, password, role });
    }
    // Written before the commit: an account whose password nobody knows would be lost for good.
    accounts.write(made);
  });
  return true;
}

/** Loads the sample through the public API as its administrators would: organisation, roles, then the two lists. */
export async function loadSampleCity(
  db: Db,
  baseUrl: string,
  accounts: FirstAccounts,
  today: Instant,
): Promise<void> {
  const asAdministrator = <T>(account: string, work: (token: string) => Promise<T>) =>
    withSession(db, account, work);
  const { id, accounts: made } = await asAdministrator('system.admin', (token) => loadRoster(baseUrl, token));
  const { people, accounts: granted } = samplePeople();
  const unitOf = new Map(people.map((person) => [person.account, person.unit_code]));
  const roleOf = new Map(granted.map(({ account, roles: [role] }) => [account, role]));
  const known = accounts.read();
  const fresh = made.flatMap(({ account, password }): FirstAccount[] => {
    const role = roleOf.get(account);
    const unit = unitOf.get(account);
    return role === undefined || known.some((one) => one.account === account)
      ? []
      : [{ account, password, role, ...(unit === undefined ? {} : { unit }) }];
  });
  accounts.write([...known, ...fresh]);
  await asAdministrator('security.admin', (token) => grantRosterRoles(baseUrl, token, id));
  const one = (role: Role) => granted.find(({ roles: theirs }) => theirs.includes(role))?.account ?? '';
  await asAdministrator(one('supervision_officer'), (token) =>
    loadSupervisionList(baseUrl, token, localDateOf(today)),
  );
  await asAdministrator(one('assessment_admin'), (token) =>
    loadAnnualList(baseUrl, token, localDateOf(today)),
  );
}

async function withSession<T>(db: Db, account: string, work: (token: string) => Promise<T>): Promise<T> {
  const { id } = await db
    .selectFrom('account')
    .select('id')
    .where('account', '=', account)
    .executeTakeFirstOrThrow();
  const { token } = await openSession(db, id, wallNow(), { forSetup: true });
  try {
    return await work(token);
  } finally {
    await endSessionOfToken(db, token, wallNow());
  }
}
