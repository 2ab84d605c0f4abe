-- A year's notice before it holds: one person proposes, sees what would move, another one applies.

create table calendar_proposal (
  id uuid primary key,
  year int not null,
  source text not null,
  -- Every day that the notice decides: its year's, and make-up days in the neighbouring ones.
  days jsonb not null,
  -- The calendar that the preview was computed against; a proposal does not outlive it.
  base_version int not null references calendar_publication,
  proposed_by uuid not null references account,
  proposed_at timestamptz not null,
  state text not null check (state in ('proposed', 'applying', 'applied')),
  applied_by uuid references account,
  applied_at timestamptz,
  version int references calendar_publication,
  -- Which items moved, as it was computed on applying.
  moves jsonb,
  -- Telling the open processes goes in the order of their ids and is taken up here after a crash.
  total int not null default 0,
  done int not null default 0,
  told_up_to uuid,
  check (applied_by is null or applied_by <> proposed_by)
);
create index proposals_by_time on calendar_proposal (proposed_at desc, id);
