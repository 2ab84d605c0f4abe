/** The sample city, read from its sheets by the rules by which the product reads an office's. */
import { readFileSync } from 'node:fs';
import { defaultPolicies, periodsOfPlan, startValue, winningTarget } from '../domain/annual-list.ts';
import { areNoticeFaults, calendarFrom, parseNotices } from '../domain/calendar-notice.ts';
import type { Calendar } from '../domain/calendar.ts';
import type { Fault } from '../domain/import-sheet.ts';
import { checkAnnualList } from '../domain/import-annual-list.ts';
import { checkRoster, type RosterPost, type RosterUnit } from '../domain/import-roster.ts';
import { checkSupervisionList, type SupervisionListRow } from '../domain/import-supervision-list.ts';
import type { IndicatorFacts } from '../domain/indicator-task.ts';
import { standardProgressPolicy } from '../domain/progress-policy.ts';
import { localDate } from '../domain/time.ts';
import { itemPolicyNames, sourceLevels, type PostRole, type SourceLevel } from '../domain/vocabulary.ts';
import { commonMeasures } from '../sample/annual-list-measures.ts';
import { annualListWorkbook } from '../sample/annual-list.ts';
import { rosterWorkbook, supervisionListWorkbook } from '../sample/sheets.ts';

export type SampleCity = {
  readonly year: number;
  readonly calendar: Calendar;
  /** Those that have a list, in its order. */
  readonly units: readonly RosterUnit[];
  readonly tasks: readonly IndicatorFacts[];
  readonly items: readonly SupervisionListRow[];
  /** The first who holds a post in a unit, as a message looks them up. */
  readonly holder: (unit_id: string, role: PostRole) => string | null;
};

/** Where more units are wanted than the city has, some of them are there twice. */
export function sampleCity(year: number, count?: number): SampleCity {
  const roster = read(checkRoster(rosterWorkbook(), { units: [], people: [] }));
  const calendar = shippedCalendar(year);
  const calendar_years = Object.keys(calendar.years).map(Number);
  const listed = read(
    checkAnnualList(annualListWorkbook(year), {
      units: roster.units.map((unit) => ({ ...unit, id: unit.code })),
      people: roster.people.map(({ staff_no, name, unit_code }) => ({
        id: staff_no,
        staff_no,
        name,
        unit_id: unit_code,
      })),
      themes: [...new Set(commonMeasures.map(([theme]) => theme))].map((name) => ({ code: name, name })),
      warning_policies: named({ ...itemPolicyNames, [defaultPolicies.warning_policy]: '进度汇报' }),
      progress_policies: [{ code: standardProgressPolicy.name, name: '标准进度' }],
      calendar_years,
      this_year: year,
      released_years: [],
      numbers: [],
    }),
  );
  const items = read(
    checkSupervisionList(supervisionListWorkbook(), {
      units: roster.units,
      policies: named(itemPolicyNames),
      // The list is dated; a life moves its dates to the year that is simulated.
      calendar_years: [2026, 2027],
      today: localDate('2026-01-01'),
      numbers: new Set(),
    }),
  );
  const tasks = listed.indicators.map((facts, index) => taskFacts(facts, year, index));
  const withList = new Set(tasks.map(({ unit_id }) => unit_id));
  const own = roster.units.filter(({ code }) => withList.has(code));
  const units = Array.from({ length: count ?? own.length }, (_, index) => copyOf(own, index));
  return {
    year,
    calendar,
    units,
    tasks: units.flatMap(({ code }) => tasksOf(tasks, code)),
    items: items.filter(({ lead_unit_code }) => units.some(({ code }) => code === lead_unit_code)),
    holder: holders(roster.posts),
  };
}

/** The number of a copy comes after the code: `D101/2`. */
const originalOf = (code: string): string => code.split('/', 1)[0] ?? code;
const copyMark = (code: string): string => code.slice(originalOf(code).length);

function copyOf(own: readonly RosterUnit[], index: number): RosterUnit {
  const unit = own[index % own.length];
  if (unit === undefined) throw new Error('no unit has a list');
  const copy = Math.floor(index / own.length) + 1;
  if (copy === 1) return unit;
  return { ...unit, code: `${unit.code}/${copy}`, short_name: `${unit.short_name}${copy}` };
}

function tasksOf(tasks: readonly IndicatorFacts[], code: string): readonly IndicatorFacts[] {
  const mark = copyMark(code);
  return tasks
    .filter(({ unit_id }) => unit_id === originalOf(code))
    .map((task) => ({
      ...task,
      number: `${task.number}${mark}`,
      unit_id: code,
      people: {
        reporter: `${task.people.reporter}${mark}`,
        direct_lead: `${task.people.direct_lead}${mark}`,
        contact_person: `${task.people.contact_person}${mark}`,
      },
    }));
}

function taskFacts(
  facts: Parameters<typeof startValue>[0] & ReadIndicator,
  year: number,
  index: number,
): IndicatorFacts {
  const target = winningTarget(facts.level_targets, facts.direction);
  if (target === null) throw new Error(`${facts.name} has no target`);
  const number = facts.number ?? `考〔${year}〕${String(index + 1).padStart(4, '0')}`;
  return {
    indicator_id: number,
    number,
    name: facts.sub_target ?? facts.name,
    year,
    unit_id: facts.unit_id,
    kind: facts.kind,
    theme: facts.theme,
    origin: 'annual_list',
    effective_from: null,
    source: { level: facts.source_level, document: facts.source_document },
    points: facts.points,
    target: { value: target.value, measure: facts.measure, direction: facts.direction },
    baseline: facts.baseline_value,
    start_value: startValue(facts),
    level_targets: (Object.keys(sourceLevels) as SourceLevel[]).flatMap((level) => {
      const value = facts.level_targets[level];
      return value === undefined ? [] : [{ level, value }];
    }),
    people: {
      reporter: facts.reporter_id,
      direct_lead: facts.direct_lead_id,
      contact_person: facts.contact_person_id,
    },
    responsible_office: facts.responsible_office,
    periods: periodsOfPlan(facts),
    evidence: { required: false, what: facts.evidence_rule ?? '' },
  };
}

type ReadIndicator = Extract<
  ReturnType<typeof checkAnnualList>,
  { rows: unknown }
>['rows']['indicators'][number];

/** As the product brings it along: years with a notice, and the others provisional. */
function shippedCalendar(year: number): Calendar {
  const csv = readFileSync(new URL('../db/calendar/holidays.csv', import.meta.url), 'utf8');
  const notices = parseNotices(csv);
  if (areNoticeFaults(notices))
    throw new Error(`the shipped holidays.csv is at fault: ${JSON.stringify(notices)}`);
  return calendarFrom(1, [year - 1, year, year + 1, year + 2], notices);
}

function holders(posts: readonly RosterPost[]): SampleCity['holder'] {
  const first = new Map<string, string>();
  for (const { staff_no, unit_code, role, portfolio } of posts) {
    for (const unit of role === 'city_leader' ? portfolio : [unit_code]) {
      const place = `${unit}/${role}`;
      if (!first.has(place)) first.set(place, staff_no);
    }
  }
  return (unit_id, role) => {
    const found = first.get(`${originalOf(unit_id)}/${role}`);
    if (found === undefined) return null;
    return role === 'city_leader' ? found : `${found}${copyMark(unit_id)}`;
  };
}

const named = (names: Readonly<Record<string, string>>) =>
  Object.entries(names).map(([code, name]) => ({ code, name }));

function read<Rows>(checked: { rows: Rows } | { faults: Fault[] }): Rows {
  if ('faults' in checked) throw new Error(`the sample is at fault: ${JSON.stringify(checked.faults)}`);
  return checked.rows;
}
