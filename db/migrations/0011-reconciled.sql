-- How the reconciler last saw each open process agree with its row. As long as its history is that one and the
-- row has that version, nobody need ask it again.
create table process_seen (
  thing_kind text not null,
  thing_id uuid not null,
  run_id text not null,
  history_length int not null,
  history_bytes bigint not null,
  version int not null,
  primary key (thing_kind, thing_id)
);

-- What comes next, of everything: the order of the lists and of their cursors.
create index indicator_tasks_by_next on indicator_task ((coalesce(next_at, 'infinity')), id);
create index supervision_items_by_due on supervision_item ((coalesce(due_at, 'infinity')), id);

-- The numbers of a year without reading the tasks themselves.
create index indicator_tasks_counted on indicator_task (year, unit_id) include (stage, card, theme, started_at);

-- What was struck off in a year, among all that has ever happened.
create index items_struck_off on process_event (at) where type = 'closed' and thing_kind = 'supervision_item';
