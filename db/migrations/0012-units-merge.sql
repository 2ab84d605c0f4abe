-- A unit that was merged into another one: its things keep its name, whoever answers for them is the other's.
alter table unit
  add column merged_into uuid references unit,
  add column merged_from date,
  add constraint unit_merged_on_a_day check ((merged_into is null) = (merged_from is null)),
  add constraint unit_merged_elsewhere check (merged_into <> id);

-- In whose place a unit stands since when, through all merges: one hop per step. Empty where no unit was ever
-- merged, so that whoever asks with every request asks for nothing.
create table unit_succession (
  unit_id uuid not null references unit,
  successor_id uuid not null references unit,
  from_date date not null,
  step int not null check (step > 0),
  primary key (unit_id, successor_id)
);
create index predecessors_of_a_unit on unit_succession (successor_id);
