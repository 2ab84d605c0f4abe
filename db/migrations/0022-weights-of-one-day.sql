-- Several matters may be given to a unit from one day on: each is a change of its weights. Which version of the day
-- it is: the one confirmed last holds, the earlier ones stay on record.
alter table indicator_weight add column nth int not null default 1;
alter table indicator_weight
  drop constraint indicator_weight_pkey,
  add primary key (indicator_id, from_date, nth);
