-- Every event of every thing has its place in one row of numbers: a board that was away goes on after the last
-- number it has seen. Numbers are taken before a transaction commits, so they do not become visible in order, and
-- what is rolled back leaves a gap. Not part of the hash chains: it says when something was written, not what.
alter table process_event add column seq bigint generated always as identity;
create unique index events_in_order on process_event (seq);
