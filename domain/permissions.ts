/**
 * The one table of rights (spec: security). Denied by default: what is not written here or in a
 * process's command table is forbidden. The same rows drive the API, `allowed_commands`, the pages
 * and the generated test of every route × role × own/other.
 */
import type { Role } from './vocabulary.ts';

/** How a person stands to a thing. `any` needs no relation. */
export type Relation = 'any' | 'own_unit' | 'assisting_unit' | 'own_portfolio' | 'own_scope';

export type Grant = { readonly role: Role; readonly relation: Relation };

/** `grant('supervision_officer')`, `grant('undertaking_unit', 'own_unit')`. */
export const grant = (role: Role, relation: Relation = 'any'): Grant => ({ role, relation });

/** Who is asking, as far as rights are concerned. */
export type Viewer = {
  readonly person_id: string;
  readonly unit_id: string | null;
  /** Units that were merged into theirs: they stand in those units' place. */
  readonly former_units?: readonly string[];
  readonly roles: readonly Role[];
  /** Units in the portfolio of a city leader. */
  readonly portfolio: readonly string[];
  /** What a reviewer reviews: null is everything [D], for a small city has one office for it. */
  readonly scope: ReviewScope | null;
};

export type ReviewScope = { readonly units: readonly string[]; readonly themes: readonly string[] };

/** The units that a thing belongs to, as far as rights are concerned. */
export type Owned = {
  readonly lead_unit_id: string | null;
  readonly assisting_unit_ids: readonly string[];
  /** Of an indicator. */
  readonly theme?: string | null;
};

export function stands(viewer: Viewer, relation: Relation, thing: Owned): boolean {
  switch (relation) {
    case 'any':
      return true;
    case 'own_unit':
      return unitsOf(viewer).some((unit) => unit === thing.lead_unit_id);
    case 'assisting_unit':
      return unitsOf(viewer).some((unit) => thing.assisting_unit_ids.includes(unit));
    case 'own_portfolio':
      return thing.lead_unit_id !== null && viewer.portfolio.includes(thing.lead_unit_id);
    case 'own_scope':
      return inScope(viewer.scope, thing);
  }
}

/** The viewer's own unit, and those that were merged into it. */
export const unitsOf = ({ unit_id, former_units = [] }: Viewer): readonly string[] =>
  unit_id === null ? [] : [unit_id, ...former_units];

/** For which of their units somebody acts on a thing: the one that it knows. */
export function unitActing(viewer: Viewer, { lead_unit_id, assisting_unit_ids }: Owned): string | null {
  const units = unitsOf(viewer);
  return (
    units.find((unit) => unit === lead_unit_id) ??
    units.find((unit) => assisting_unit_ids.includes(unit)) ??
    viewer.unit_id
  );
}

const inScope = (scope: Viewer['scope'], { lead_unit_id, theme = null }: Owned): boolean =>
  scope === null ||
  (lead_unit_id !== null && scope.units.includes(lead_unit_id)) ||
  (theme !== null && scope.themes.includes(theme));

/** The role in which the viewer may act under these grants, or null. */
export const roleFor = (viewer: Viewer, grants: readonly Grant[], thing: Owned): Role | null =>
  grants.find(({ role, relation }) => viewer.roles.includes(role) && stands(viewer, relation, thing))?.role ??
  null;

const nobodys: Owned = { lead_unit_id: null, assisting_unit_ids: [] };

/** Who may see a process: units their own, city leaders their portfolio, the watching roles everything. */
export const seesProcess: readonly Grant[] = [
  grant('supervision_officer'),
  grant('assessment_admin'),
  grant('reviewer_scorer'),
  grant('e_monitor'),
  grant('city_leader', 'own_portfolio'),
  grant('undertaking_unit', 'own_unit'),
  grant('undertaking_unit', 'assisting_unit'),
];

const everyoneSignedIn: readonly Grant[] = [
  'city_leader',
  'assessment_admin',
  'supervision_officer',
  'reviewer_scorer',
  'undertaking_unit',
  'e_monitor',
  'system_admin',
  'security_admin',
  'audit_admin',
].map((role) => grant(role as Role));

/** Whoever is named by these grants, whatever they stand to. */
const rolesOf = (grants: readonly Grant[]): readonly Grant[] =>
  [...new Set(grants.map(({ role }) => role))].map((role) => grant(role));

/** Rights that do not hang on one process. */
export const rights = {
  see_organisation: everyoneSignedIn,
  edit_organisation: [grant('system_admin'), grant('assessment_admin')],
  create_account: [grant('system_admin')],
  disable_account: [grant('system_admin'), grant('security_admin')],
  grant_roles: [grant('security_admin')],
  see_accounts: [grant('system_admin'), grant('security_admin'), grant('audit_admin')],
  see_audit: [grant('audit_admin')],
  see_calendar: everyoneSignedIn,
  publish_calendar: [grant('assessment_admin'), grant('supervision_officer')],
  see_policies: everyoneSignedIn,
  /** Who decides when units are warned. */
  publish_policy: [grant('assessment_admin'), grant('supervision_officer')],
  /** What another day, policy or calendar would move: for those who may bring it about. */
  ask_what_if: [grant('assessment_admin'), grant('supervision_officer')],
  /** Whoever does something in a process may prove it; the e-monitor and the administrators change nothing. */
  upload_evidence: [
    grant('undertaking_unit'),
    grant('supervision_officer'),
    grant('assessment_admin'),
    grant('reviewer_scorer'),
    grant('city_leader'),
  ],
  create_supervision_item: [grant('supervision_officer')],
  import_roster: [grant('system_admin'), grant('assessment_admin')],
  import_supervision_list: [grant('supervision_officer')],
  /** Which of its indicators somebody sees is asked with the indicator in hand: `seesProcess`. */
  see_annual_list: rolesOf(seesProcess),
  /** Imports it, edits the draft, proposes and confirms what changes during the year. */
  edit_annual_list: [grant('assessment_admin')],
  /** Units and city leaders see their own part. */
  see_statistics: rolesOf(seesProcess),
  /** The same: which events somebody is told of is asked with each event in hand. */
  see_events: rolesOf(seesProcess),
  see_messages: [
    grant('supervision_officer'),
    grant('assessment_admin'),
    grant('e_monitor'),
    grant('system_admin'),
  ],
  release_messages: [grant('system_admin')],
  see_workflow_history: [grant('system_admin'), grant('audit_admin'), grant('e_monitor')],
  see_cadences: [grant('system_admin'), grant('assessment_admin'), grant('e_monitor')],
  run_cadence: [grant('system_admin'), grant('assessment_admin')],
  reveal_phone: [grant('system_admin')],
  travel_in_time: [grant('system_admin')],
} as const satisfies Record<string, readonly Grant[]>;

export type Right = keyof typeof rights;

export const has = (viewer: Viewer, right: Right): boolean =>
  roleFor(viewer, rights[right], nobodys) !== null;
