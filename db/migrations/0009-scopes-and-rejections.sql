-- What a reviewer reviews (R-060: 审核评分): these units and these themes. An account without a row reviews everything.
create table review_scope (
  account_id uuid not null references account,
  unit_id uuid references unit,
  theme text references theme,
  check (num_nonnulls(unit_id, theme) = 1),
  unique nulls not distinct (account_id, unit_id, theme)
);

-- A proposal that nobody wants any more does not wait for ever.
alter table weight_change
  drop constraint weight_change_state_check,
  add constraint weight_change_state_check check (state in ('proposed', 'confirmed', 'rejected')),
  add column rejected_reason text check ((state = 'rejected') = (rejected_reason is not null));
