-- Local days off lie over the national notice: their region is 'local', and one city has one.
alter table calendar_proposal add column region text not null default '';

-- A policy's new version for what is open already: seen in advance, then told to every process that has
-- frozen an older one, in the order of their ids. The columns from `state` on are those of a notice.
create table policy_application (
  id uuid primary key,
  sort text not null check (sort in ('warning', 'progress')),
  name text not null,
  policy_version int not null,
  proposed_by uuid not null references account,
  proposed_at timestamptz not null,
  state text not null check (state in ('proposed', 'applying', 'applied')),
  applied_by uuid references account,
  applied_at timestamptz,
  moves jsonb,
  total int not null default 0,
  done int not null default 0,
  told_up_to uuid
);
create index policy_applications_by_time on policy_application (proposed_at desc, id);
