/**
 * The closed vocabularies of the field: identifiers as the API and the tables write them, with the
 * Chinese words that offices write in their sheets and that pages show. A list that a city may
 * extend (policies, units, themes) is data and does not belong here.
 */

/** the six aspects of the yearly supervision list, three of them with sub-aspects. */
export const aspects = {
  key_work: {
    zh: '重点工作',
    subs: {
      poverty_alleviation: '脱贫攻坚',
      environment: '生态环保',
      work_safety: '安全生产',
      major_project: '重大项目',
    },
  },
  major_decision_execution: {
    zh: '重大决策执行',
    subs: {
      major_decision: '重大决策',
      important_resolution: '重要决议',
      important_document: '重要文件',
      important_meeting: '重要会议',
      important_work: '重要工作',
    },
  },
  major_matter_phase: { zh: '重大事项阶段性工作', subs: {} },
  conduct_rules: {
    zh: '作风建设',
    subs: {
      eight_rules: '八项规定',
      two_responsibilities: '两个责任',
      four_winds: '四风问题',
    },
  },
  leader_instruction: { zh: '领导批示', subs: {} },
  public_hotspot_other: { zh: '群众关注热点及其他', subs: {} },
} as const;

export type Aspect = keyof typeof aspects;
type SubsOf<A> = A extends Aspect ? keyof (typeof aspects)[A]['subs'] : never;
export type SubAspect = SubsOf<Aspect>;

/** the levels from which a target or a matter comes, highest first. */
export const sourceLevels = {
  central: '中央',
  provincial: '省级',
  prefectural: '州级',
  municipal: '市级',
  unit: '单位',
} as const;
export type SourceLevel = keyof typeof sourceLevels;

/** R-058 (rule 710): the class decides the deadline; only `dated` carries a date of its own. */
export const itemClasses = {
  ordinary_item: '一般事项',
  complex_item: '复杂事项',
  year_end_clear: '年底清零',
  dated: '限期',
} as const;
export type ItemClass = keyof typeof itemClasses;

/** The policies that come with the system and that a supervision item may be given, in an office's words. */
export const itemPolicyNames = {
  standard: '标准',
  rule_710_ordinary: '710一般事项',
  rule_710_complex: '710复杂事项',
  year_end_clear: '年底清零',
} as const;

export const importances = { normal: '一般', important: '重要', critical: '特别重要' } as const;
export type Importance = keyof typeof importances;

/** The seven business roles; `public` never has an account (QR only). */
export const businessRoles = {
  city_leader: '市级领导',
  assessment_admin: '考核管理',
  supervision_officer: '督查督办',
  reviewer_scorer: '审核评分',
  undertaking_unit: '承办单位',
  e_monitor: '电子监察',
  public: '社会群众',
} as const;

/** GB/T 22239-2019 8.1.5: three administrators, mutually exclusive, none with a business role. */
export const administratorRoles = {
  system_admin: '系统管理员',
  security_admin: '安全管理员',
  audit_admin: '审计管理员',
} as const;
export type AdministratorRole = keyof typeof administratorRoles;

export const roles = { ...businessRoles, ...administratorRoles } as const;
export type Role = keyof typeof roles;

export const isAdministrator = (role: Role): role is AdministratorRole => role in administratorRoles;

export const unitKinds = {
  department: '市直部门',
  township: '乡镇',
  sub_district: '街道',
  park: '园区',
  body: '机构',
} as const;
export type UnitKind = keyof typeof unitKinds;

/** a body with a part of its own in the processes is the unit whose code is this identifier. */
export const bodies = {
  leading_group: '市考核领导小组',
  assessment_office: '市考核办',
  supervision_office: '市督查工作机构',
  cadre_department: '干部管理部门',
} as const;
export type Body = keyof typeof bodies;

export const postRoles = {
  city_leader: '市级领导',
  principal_leader: '主要领导',
  deputy_leader: '分管领导',
  reporter: '填报责任人',
  direct_lead: '直接负责人',
  contact_person: '联系人',
} as const;
export type PostRole = keyof typeof postRoles;

/** The identifier for a Chinese word of one of the vocabularies above, or null when it is none. */
export function identifierOf<Id extends string>(words: Readonly<Record<Id, string>>, zh: string): Id | null {
  for (const id in words) if (words[id] === zh) return id;
  return null;
}
