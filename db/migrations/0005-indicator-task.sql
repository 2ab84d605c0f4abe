-- Settings of indicator tasks and policies by progress: versions, frozen into each process as it starts.
create table indicator_rules (
  version int primary key,
  body jsonb not null,
  created_at timestamptz not null
);
create table progress_policy (
  name text not null,
  version int not null,
  body jsonb not null,
  created_at timestamptz not null,
  primary key (name, version)
);

-- One task for each indicator of a released list, under the indicator's id and number.
create table indicator_task (
  id uuid primary key references indicator,
  number text not null unique,
  year int not null,
  name text not null,
  kind text not null,
  theme text references theme,
  unit_id uuid not null references unit,
  -- Who released it, and of which office: asked when nobody reviews.
  office_unit_id uuid references unit,
  officer_id uuid references person,
  stage text not null,
  card text not null default 'none',
  due_at timestamptz,
  next_at timestamptz,
  next_kind text,
  next_what text,
  version int not null,
  state jsonb not null,
  created_at timestamptz not null,
  -- Null: its workflow is not known to run.
  started_at timestamptz
);
create index tasks_of_a_unit on indicator_task (unit_id, number);
create index tasks_of_a_year on indicator_task (year, number);
create index tasks_by_card on indicator_task (card, due_at) where card <> 'none';
create index tasks_not_started on indicator_task (created_at) where started_at is null;
create index tasks_by_next on indicator_task (next_at) where next_at is not null;
create index items_by_next on supervision_item (next_at) where next_at is not null;

-- The release of a list: how far its tasks are started, durable beside the process that starts them.
create table list_release (
  year int primary key references annual_list,
  -- What its workflow is known by.
  id uuid not null unique,
  stage text not null check (stage in ('releasing', 'paused', 'released')),
  -- Who released it: the tasks' first event says so.
  released_by jsonb not null,
  begun_at timestamptz not null,
  ended_at timestamptz
);

-- Confirmed, and whether the running tasks know it.
alter table weight_change add column told boolean not null default false;
