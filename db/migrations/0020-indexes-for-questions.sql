-- In which order numbers stand: 考〔2026〕1001 before 考〔2026〕10000, whatever a list has grown to.
create function number_order(number text) returns text language sql immutable parallel safe
  return regexp_replace(regexp_replace(number, '(\d+)(\D*)$', '000000000\1\2'), '0*(\d{9,})(\D*)$', '\1\2');

create index items_by_number on supervision_item (number_order(number), id);
-- Its name and its order were none that anybody asked for.
drop index items_by_number_desc;
create index items_newest_first on supervision_item (created_at, id);

drop index tasks_of_a_unit;
create index tasks_of_a_unit on indicator_task (unit_id, number_order(number), id);
drop index tasks_of_a_year;
create index tasks_of_a_year on indicator_task (year, number_order(number), id);
create index tasks_by_number on indicator_task (number_order(number), id);

-- Summed up under a lock with each upload.
create index evidence_of_a_unit on evidence (unit_id) include (size_bytes);

-- What waits for somebody: for them, or for their office or unit in a role.
drop index todos_by_due;
create index todos_by_due on todo ((coalesce(due_at, 'infinity')), id) where closed_at is null;
create index todos_of_a_role on todo (role, unit_id) where closed_at is null;
create index todos_of_a_person on todo (person_id) where closed_at is null and person_id is not null;

create index audit_of_a_subject on audit_log (subject, id);
create index audit_of_an_action on audit_log (action, id);
create index audit_by_time on audit_log (at);

create index notifications_of_a_warning on notification (warning_id) where warning_id is not null;
