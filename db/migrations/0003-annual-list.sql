-- The year's target list: one per year, its indicators by unit, their weights as dated versions.

create table theme (
  code text primary key,
  name text not null unique,
  position int not null unique,
  -- R-012 the seven that a year begins with; R-013 the others come during it.
  from_start boolean not null
);
insert into theme (code, name, position, from_start) values
  ('party_conduct_clean_government', '党风廉政建设', 1, true),
  ('grassroots_party_building', '基层党建', 2, true),
  ('ideology', '意识形态', 3, true),
  ('ethnic_unity_demonstration', '民族团结进步先进区建设', 4, true),
  ('public_safety_stability', '平安维稳', 5, true),
  ('ecological_protection', '生态环境保护', 6, true),
  ('comprehensive_reform', '全面深化改革', 7, true),
  ('river_chief_system', '河长制', 8, false);

create table annual_list (
  year int primary key check (year between 2000 and 9999),
  stage text not null check (stage in ('draft', 'released')),
  -- Grows with every change of the list or of one of its indicators or weights.
  version int not null default 1,
  created_at timestamptz not null,
  released_at timestamptz,
  released_by uuid references account,
  check ((stage = 'released') = (released_at is not null))
);

-- One person proposes, another one confirms: from a day on, whole units have other weights and,
-- where an indicator is added or promoted, more indicators.
create table weight_change (
  id uuid primary key,
  year int not null references annual_list,
  kind text not null check (kind in ('weights', 'dynamic', 'promotion')),
  from_date date not null,
  reason text not null,
  weights jsonb not null,
  additions jsonb not null,
  -- The indicator that a promotion takes into the common list, and under which theme.
  promotes jsonb,
  proposed_by uuid not null references account,
  proposed_at timestamptz not null,
  state text not null check (state in ('proposed', 'confirmed')),
  confirmed_by uuid references account,
  confirmed_at timestamptz,
  check (confirmed_by is null or confirmed_by <> proposed_by),
  check ((state = 'confirmed') = (confirmed_at is not null))
);
create index weight_changes_of_a_year on weight_change (year, proposed_at desc, id);

create table indicator (
  id uuid primary key,
  year int not null references annual_list,
  -- One indicator, one number.
  number text not null unique,
  unit_id uuid not null references unit,
  kind text not null check (kind in ('common', 'individual')),
  theme text references theme,
  name text not null,
  sub_target text,
  source_level text not null,
  source_document text,
  measure text not null,
  direction text not null check (direction in ('higher_better', 'lower_better')),
  value_kind text not null check (value_kind in ('cumulative', 'point_in_time')),
  baseline_value numeric,
  -- Every level's value; the stricter one holds and is written out below (R-015).
  level_targets jsonb not null,
  target_value numeric not null,
  target_level text not null,
  is_stretch boolean not null,
  tags text[] not null,
  reporter_id uuid not null references person,
  direct_lead_id uuid not null references person,
  contact_person_id uuid not null references person,
  responsible_office text not null,
  period_kind text not null check (period_kind in ('monthly', 'quarterly', 'milestones')),
  plan jsonb not null,
  evidence_rule text,
  warning_policy text not null,
  progress_policy text not null,
  origin text not null check (origin in ('annual_list', 'dynamic')),
  effective_from date not null,
  promoted_from uuid references indicator,
  version int not null default 1,
  check (kind = 'individual' or theme is not null),
  unique nulls not distinct (year, unit_id, name, sub_target)
);
create index indicators_of_a_unit on indicator (year, unit_id, number);
create index indicators_by_number on indicator (year, number);

-- Which points an indicator had on a day: the latest version that begins by then (R-022).
create table indicator_weight (
  indicator_id uuid not null references indicator on delete cascade,
  from_date date not null,
  points numeric(5, 2) not null check (points > 0 and points <= 100),
  reason text not null,
  -- Null for the weights that the list itself began with.
  change_id uuid references weight_change,
  proposed_by uuid not null references account,
  approved_by uuid references account,
  primary key (indicator_id, from_date),
  check (approved_by is null or approved_by <> proposed_by),
  check (change_id is null or approved_by is not null)
);

-- Once a list is released its past weights are the past: a score of that day must stay computable.
create function refuse_changed_weight() returns trigger language plpgsql as $$
begin
  if exists (
    select from indicator join annual_list on annual_list.year = indicator.year
    where indicator.id = old.indicator_id and annual_list.stage = 'released'
  ) then
    raise exception 'weights of a released list are append-only' using errcode = 'restrict_violation';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$;
create trigger weights_are_the_past before update or delete on indicator_weight
  for each row execute function refuse_changed_weight();

alter table import drop constraint import_kind_check;
alter table import add constraint import_kind_check
  check (kind in ('roster', 'supervision_list', 'annual_list'));
