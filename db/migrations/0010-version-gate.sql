-- Which code may work on this schema. A version that takes something away which the version before still uses
-- raises the gate in the same migration: `update version_gate set needs = '00nn-…'`, the name of the oldest
-- migration that code must know. Whoever knows only older ones stops.
create table version_gate (
  id boolean primary key default true check (id),
  needs text not null
);
insert into version_gate (needs) values ('0010-version-gate');
