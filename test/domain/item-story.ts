/** The language in which the tests of a supervision item are told: who does what when, and what comes of it. */
import type { Calendar } from '../../domain/calendar.ts';
import type { Policies } from '../../domain/deadline.ts';
import type { Viewer } from '../../domain/permissions.ts';
import { isRefusal } from '../../domain/refusal.ts';
import {
  allowedCommands,
  create,
  supervisionItem,
  type Command,
  type CommandName,
  type Event,
  type ItemFacts,
  type SupervisionItem,
} from '../../domain/supervision-item.ts';
import { localDate, type Instant } from '../../domain/time.ts';
import { standardPolicies, type WarningPolicy } from '../../domain/warning-policy.ts';
import { defaultRules, type ProcessRules } from '../../domain/watching.ts';
import { calendar as official } from './official-calendar.ts';
import { at, person, Story, type Person } from './story.ts';

export { at, type Person } from './story.ts';

/** The road bureau carries the item out, finance and land assist, the park would take it over. */
export const officer = person('officer', 'office', 'supervision_officer');
export const colleague = person('colleague', 'office', 'supervision_officer');
export const admin = person('admin', 'office', 'assessment_admin');
export const leader = person('leader', 'government', 'city_leader');
export const roads = person('roads', 'unit-roads', 'undertaking_unit');
export const finance = person('finance', 'unit-finance', 'undertaking_unit');
export const land = person('land', 'unit-land', 'undertaking_unit');
export const park = person('park', 'unit-park', 'undertaking_unit');
export const cast = [officer, colleague, admin, leader, roads, finance, land, park];

export const viewerOf = ({ person_id, unit_id, role }: Person): Viewer => ({
  person_id,
  unit_id,
  roles: [role],
  portfolio: role === 'city_leader' ? ['unit-roads', 'unit-park'] : [],
  scope: null,
});

export function policy(name: string): WarningPolicy {
  const found = standardPolicies.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no policy ${name}`);
  return found;
}

export const policiesWith = (item: WarningPolicy): Policies => ({
  item,
  acknowledgement: policy('acknowledgement'),
  report: policy('report'),
  review: policy('review'),
  dispute: policy('review'),
});

const aMatter: ItemFacts = {
  number: '督〔2026〕0137',
  title: '修复滨河路',
  aspect: 'key_work',
  sub_aspect: 'major_project',
  source: { level: 'municipal', document: null, instructed_by: null },
  item_class: 'dated',
  due_on: localDate('2026-11-20'),
  lead_unit_id: 'unit-roads',
  assisting_unit_ids: [],
  report_cycle: { kind: 'none' },
  importance: 'normal',
};

export type Listed = {
  readonly facts?: Partial<ItemFacts>;
  readonly policies?: Policies;
  readonly rules?: Partial<ProcessRules>;
  /** All of its settings, of a version that knew fewer of them. */
  readonly asItBegan?: ProcessRules;
  readonly calendar?: Calendar;
  readonly on?: string | Instant;
};

/** An item that has just been put on the list. */
export function listed({
  facts,
  policies,
  rules,
  asItBegan,
  calendar,
  on = '2026-11-02 09:00',
}: Listed = {}): ItemStory {
  const whole = { ...aMatter, ...facts };
  return new ItemStory(whole, typeof on === 'string' ? at(on) : on, {
    calendar: calendar ?? official,
    rules: asItBegan ?? { ...defaultRules, ...rules },
    policies: policies ?? policiesWith(policy('standard')),
  });
}

/** An item that its unit has taken on an hour after it was listed. */
export function underWay(given: Listed = {}): ItemStory {
  const story = listed(given);
  story.by(officer, { command: 'assign' });
  story.by(roads, { command: 'acknowledge' });
  return story;
}

/** One life of an item. */
export class ItemStory extends Story<SupervisionItem, Command, Event> {
  constructor(
    facts: ItemFacts,
    on: Instant,
    given: { readonly calendar: Calendar; readonly rules: ProcessRules; readonly policies: Policies },
  ) {
    const { calendar, rules, policies } = given;
    const born = create({ facts, rules, policies }, { by: officer, at: on, calendar });
    if (isRefusal(born)) throw new Error(`${born.refusal}: ${born.detail}`);
    super(supervisionItem, born, { on, calendar, office: officer });
  }

  allows(who: Person): readonly CommandName[] {
    return allowedCommands(this.state, viewerOf(who));
  }
}
