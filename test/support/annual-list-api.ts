/** A city's two units and their people, before a year's list comes in, over HTTP. */
import { listTables } from '../../db/annual-list-tables.ts';
import { seed } from '../../db/seed.ts';
import type { Instant } from '../../domain/time.ts';
import { writeWorkbook } from '../../sample/write-workbook.ts';
import { annualListOf, indicatorRow } from '../domain/annual-list-rows.ts';
import { testApi, type Answer, type Client } from './api.ts';
import { upload } from './forms.ts';
import { createAccount, createPerson, createUnit, givePost } from './people.ts';

type Cells = NonNullable<Parameters<typeof indicatorRow>[0]>;

/** A row of the unit's list, with its own people. */
export const rowOf = (unit: string, changed: Cells) =>
  indicatorRow({
    单位: unit,
    填报责任人: `${unit}甲`,
    直接负责人: `${unit}乙`,
    联系人: `${unit}丙`,
    ...changed,
  });

export const fileOf = (...rows: ReturnType<typeof rowOf>[]) => writeWorkbook(annualListOf(...rows));

export async function listedCity(begins: Instant) {
  const time = { now: begins };
  const api = await testApi({ clock: { now: () => Promise.resolve(time.now) } });
  await seed(api.db, time.now);
  const adminAccount = await createAccount(api.db, { roles: ['assessment_admin'] });
  const admin = await api.signedIn(adminAccount);
  const second = await api.signedIn(await createAccount(api.db, { roles: ['assessment_admin'] }));
  const water = await createUnit(api.db, { name: '水利局' });
  const town = await createUnit(api.db, { name: '白榆镇' });
  const unitClients = new Map<string, Client>();
  for (const unit of [water, town]) {
    for (const role of ['reporter', 'direct_lead', 'contact_person'] as const) {
      const name = `${unit.name}${{ reporter: '甲', direct_lead: '乙', contact_person: '丙' }[role]}`;
      const person = await createPerson(api.db, { name, unit_id: unit.id, office: '工程科' });
      await givePost(api.db, { person, unit, role });
    }
    const account = await createAccount(api.db, { roles: ['undertaking_unit'], unit });
    unitClients.set(unit.id, await api.signedIn(account));
  }
  const send = async (content: Buffer): Promise<Answer> =>
    upload(admin, '/imports', { name: '清单.xlsx', content }, { kind: 'annual_list' });
  const apply = (id: string) => admin.post(`/imports/${id}/commands/apply`, {});
  const rowsIn = async () =>
    (await listTables(api.db).selectFrom('indicator').selectAll().orderBy('number').execute()).map(
      ({ version: _, ...one }) => one,
    );
  const indicatorsOf = async (query: string) =>
    (await admin.get(`/indicators?${query}`)).body.items as {
      id: string;
      number: string;
      name: string;
      points: string;
    }[];
  return {
    api,
    time,
    adminAccount,
    admin,
    second,
    water,
    town,
    unitClients,
    send,
    apply,
    rowsIn,
    indicatorsOf,
  };
}

export type ListedCity = Awaited<ReturnType<typeof listedCity>>;
