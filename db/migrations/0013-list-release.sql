-- What a release could not begin, and why. The rest goes on without it; the next release of the list tries again.
create table refused_birth (
  indicator_id uuid primary key references indicator on delete cascade,
  year int not null,
  -- Chinese.
  why text not null,
  at timestamptz not null
);
create index refused_births_of_a_year on refused_birth (year);

-- How fast a release is: since when it has been at work without a pause, and how many tasks ran then. Null: since
-- it was begun.
alter table list_release
  add column measured_from timestamptz,
  add column started_before int not null default 0;

-- Until now a task was not told that its indicator had become common, and where it refused a weight because it heard
-- of it a day late, the change counted as told. What is lacking is told once more; what a task knows it passes over.
update weight_change change set told = false
 where state = 'confirmed' and told
   and (exists (select from indicator_task task
                 where task.id = (change.promotes ->> 'indicator_id')::uuid and task.kind <> 'common')
     or exists (select from jsonb_to_recordset(change.weights) as new(indicator_id uuid)
                  join indicator_task task on task.id = new.indicator_id
                 where not exists (select from jsonb_array_elements(task.state -> 'weights') as known(weight)
                                    where weight ->> 'effective_from' = change.from_date::text)));
-- The processes that tell it are begun by the next start of a server.
update list_release release set stage = 'releasing', ended_at = null
 where stage = 'released'
   and exists (select from weight_change change
                where change.year = release.year and change.state = 'confirmed' and not change.told);
