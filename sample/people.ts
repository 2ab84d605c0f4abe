/** The people of the sample city, drawn from a seeded generator: the same people every time. */
import type { RosterAccount, RosterPerson, RosterPost } from '../domain/import-roster.ts';
import { localDate } from '../domain/time.ts';
import type { PostRole, Role } from '../domain/vocabulary.ts';
import type { SampleUnit } from './units.ts';
import { units } from './units.ts';

/** What each city leader is in charge of; `SampleUnit.leader` points into this list. */
export const cityLeaders = [
  '党务与考核',
  '常务与财政',
  '工业与城建',
  '民生',
  '生态与农业农村',
  '政法与基层治理',
];

/** Roles of the people of units that run the system, in the order in which the unit's people are made. */
const rolesInUnit: Readonly<Record<string, readonly Role[]>> = {
  assessment_office: [
    'assessment_admin',
    'assessment_admin',
    'reviewer_scorer',
    'reviewer_scorer',
    'reviewer_scorer',
  ],
  supervision_office: [
    'supervision_officer',
    'supervision_officer',
    'supervision_officer',
    'supervision_officer',
  ],
  cadre_department: ['assessment_admin', 'undertaking_unit', 'reviewer_scorer'],
};

/** They work in the unit that runs the city's data centre and hold no post. */
const administrators: readonly { account: string; role: Role }[] = [
  { account: 'system.admin', role: 'system_admin' },
  { account: 'security.admin', role: 'security_admin' },
  { account: 'audit.admin', role: 'audit_admin' },
];

const SINCE = localDate('2025-01-01');
const surnames = Array.from(
  '王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕',
);
const givenNames = Array.from(
  '明华建国志强文军海峰春梅秀兰玉英丽娟晓东永平宁静雪松雨晨思远佳怡子涵浩然俊杰婷婷慧敏立新',
);

export type SamplePeople = { people: RosterPerson[]; posts: RosterPost[]; accounts: RosterAccount[] };

export function samplePeople(): SamplePeople {
  const pick = seeded(20260101);
  const names = new Set<string>();
  const made: SamplePeople = { people: [], posts: [], accounts: [] };

  const person = (unit: SampleUnit, office: string | null, account: string, role: Role): string => {
    const number = made.people.length + 1;
    const staff_no = String(100000 + number);
    const name = freshName(pick, names);
    made.people.push({ staff_no, name, phone: phoneOf(number), unit_code: unit.code, office, account });
    made.accounts.push({ account, roles: [role] });
    return staff_no;
  };
  const post = (staff_no: string, unit: SampleUnit, role: PostRole, portfolio: string[] = []) =>
    made.posts.push({ staff_no, unit_code: unit.code, role, from: SINCE, to: null, portfolio });

  for (const unit of units) {
    if (unit.leader === null) {
      cityLeaders.forEach((_work, index) => {
        const portfolio = units.filter((other) => other.leader === index).map((other) => other.code);
        post(person(unit, null, `city.leader${index + 1}`, 'city_leader'), unit, 'city_leader', portfolio);
      });
      continue;
    }
    const stem = accountStem(unit);
    const [office = null, secondOffice = null] = unit.offices;
    const inUnit = rolesInUnit[unit.code] ?? [];
    const roleAt = (index: number): Role => inUnit[index] ?? inUnit.at(-1) ?? 'undertaking_unit';
    let count = 0;
    const next = (inOffice: string | null, label: string) =>
      person(unit, inOffice, `${stem}.${label}`, roleAt(count++));

    post(next(null, 'head'), unit, 'principal_leader');
    const deputies = 1 + pick(2);
    for (let index = 1; index <= deputies; index++) post(next(null, `deputy${index}`), unit, 'deputy_leader');
    post(next(office, 'lead'), unit, 'direct_lead');
    const reporters = 2 + pick(2);
    for (let index = 1; index <= reporters; index++) {
      const staff_no = next(index === 1 ? office : secondOffice, `reporter${index}`);
      post(staff_no, unit, 'reporter');
      // R-032 asks for three different people; the last reporter is the one to call.
      if (index === reporters) post(staff_no, unit, 'contact_person');
    }
    if (unit.code === 'D102') {
      for (const index of [1, 2]) person(unit, '电子监察室', `e.monitor${index}`, 'e_monitor');
    }
    if (unit.code === 'D229') {
      for (const { account, role } of administrators) person(unit, '数据管理科', account, role);
    }
  }
  return made;
}

/** Mulberry32: `pick(n)` is a number from 0 to n-1, the same sequence on every machine. */
export function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

function freshName(pick: (below: number) => number, taken: Set<string>): string {
  for (;;) {
    const given = Array.from({ length: 1 + pick(2) }, () => givenNames[pick(givenNames.length)]);
    const name = `${surnames[pick(surnames.length)]}${given.join('')}`;
    if (taken.has(name)) continue;
    taken.add(name);
    return name;
  }
}

/**
 * 154 is in no operator's hands (MIIT's allocation of network numbers, published 2023-06-05), so
 * these numbers have a valid form and ring nowhere.
 */
const phoneOf = (number: number) => `1540000${String(number).padStart(4, '0')}`;

const accountStem = (unit: SampleUnit) => unit.code.toLowerCase().replaceAll('_', '-');
