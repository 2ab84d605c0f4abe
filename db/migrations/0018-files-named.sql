-- What a file serves is told by the events that name it: one file may serve several things. The columns of
-- `evidence` itself keep for which thing it was uploaded, and what versions before this one bound it to.
create index files_named_in_events on process_event using gin ((body -> 'evidence_ids'))
  where body -> 'evidence_ids' <> '[]';
