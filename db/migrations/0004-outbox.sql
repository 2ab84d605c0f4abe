-- A thing's first events are written with its row, before its workflow starts. Where `started_at` is missing
-- a crash may lie between the two: the row's own state is what the workflow is started with again.
alter table supervision_item add column started_at timestamptz;
alter table supervision_item alter column start_input drop not null;
update supervision_item set started_at = created_at where version > 0;
drop index items_not_started;
create index items_not_started on supervision_item (created_at) where started_at is null;

-- Committed with what caused it, handed over afterwards: what a crash left in between is found here.
alter table notification add column handed_over boolean not null default false;
update notification set handed_over = true where state <> 'pending' or message_id is not null;
create index notifications_to_hand_over on notification (caused_at)
  where not handed_over and state = 'pending' and message_id is null;
