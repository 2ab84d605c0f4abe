-- Work by the calendar: each run of a cadence, whether a schedule or a person began it.
create table cadence_run (
  -- The workflow's own run: an attempt that is made again is the same run.
  id uuid primary key,
  name text not null,
  -- The day for which it works; the times beside it are the wall's.
  for_date date not null,
  started_at timestamptz not null,
  ended_at timestamptz,
  outcome text not null check (outcome in ('running', 'done', 'failed')),
  numbers jsonb not null default '{}'
);
create index cadence_runs_by_time on cadence_run (name, started_at desc, id desc);

-- What the auditor and the reconciler found, and what of it they put right.
create table audit_report (
  run_id uuid primary key references cadence_run,
  kind text not null check (kind in ('audit', 'reconcile')),
  -- Business time as of which it was judged.
  at timestamptz not null,
  made_at timestamptz not null,
  found int not null,
  mended int not null,
  -- [{what, mended}], the first of them where there are very many.
  faults jsonb not null
);
create index audit_reports_by_time on audit_report (made_at desc, run_id desc);

-- One reminder of the weekly self-check for each person and week (R-051).
create table self_check_reminder (
  week date not null,
  person_id uuid not null references person,
  primary key (week, person_id)
);

-- How each unit stood when a month ended: taken once, never changed.
create table period_close (
  month text not null check (month ~ '^\d{4}-\d{2}$'),
  unit_id uuid not null references unit,
  as_of timestamptz not null,
  taken_at timestamptz not null,
  -- How many of each colour; none is green.
  tasks jsonb not null,
  items jsonb not null,
  -- Cards given within the month, by level.
  warnings jsonb not null,
  primary key (month, unit_id)
);
