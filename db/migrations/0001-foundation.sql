-- The organisation: units, people, who holds which post since when, accounts and what they may do.

create table unit (
  id uuid primary key,
  code text not null unique,
  name text not null unique,
  short_name text not null,
  kind text not null check (kind in ('department', 'township', 'sub_district', 'park', 'body')),
  parent_id uuid references unit,
  version int not null default 1
);

create table person (
  id uuid primary key,
  staff_no text not null unique,
  name text not null,
  unit_id uuid references unit,
  office text,
  -- 'key id:base64', AES-256-GCM. Never shown, logged or sent to Temporal.
  phone_cipher text,
  -- Keyed hash: finds a number, and counts what was sent to it, without deciphering.
  phone_hash text,
  phone_masked text,
  version int not null default 1
);
create index people_of_a_unit on person (unit_id);

create table post (
  id uuid primary key,
  person_id uuid not null references person,
  unit_id uuid not null references unit,
  role text not null check (role in
    ('city_leader', 'principal_leader', 'deputy_leader', 'reporter', 'direct_lead', 'contact_person')),
  from_date date not null,
  to_date date,
  -- Of several holders of one role the lowest comes first: the duty roster's order.
  rank int not null default 1,
  unique (person_id, unit_id, role, from_date),
  check (to_date is null or to_date >= from_date)
);
create index holders_of_a_post on post (unit_id, role, rank);

create table account (
  id uuid primary key,
  account text not null unique,
  person_id uuid not null unique references person,
  password_hash text not null,
  password_is_one_time boolean not null default true,
  disabled_at timestamptz,
  version int not null default 1
);

create table account_role (
  account_id uuid not null references account,
  role text not null,
  granted_by uuid references account,
  primary key (account_id, role)
);

-- GB/T 22239-2019 8.1.5: the three administrators exclude each other and every business role.
create function refuse_mixed_roles() returns trigger language plpgsql as $$
begin
  perform 1 from account where id = new.account_id for update;
  if exists (
    select from account_role
    where account_id = new.account_id
      and role <> new.role
      and (new.role in ('system_admin', 'security_admin', 'audit_admin')
        or role in ('system_admin', 'security_admin', 'audit_admin'))
  ) then
    raise exception 'an administrator holds no other role' using errcode = 'check_violation', constraint = 'administrators_are_exclusive';
  end if;
  return new;
end $$;
create trigger administrators_are_exclusive before insert or update on account_role
  for each row execute function refuse_mixed_roles();

create table session (
  token_hash text primary key,
  account_id uuid not null references account,
  csrf_token text not null,
  created_at timestamptz not null,
  last_seen_at timestamptz not null,
  ended_at timestamptz,
  -- Opened by the first start itself, which loads the sample before anybody has changed a password.
  for_setup boolean not null default false
);
create index sessions_of_an_account on session (account_id) where ended_at is null;

create table sign_in_throttle (
  -- 'account:…' or 'network:…'
  subject text primary key,
  failures int not null,
  not_before timestamptz not null
);

create table audit_log (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  account_id uuid,
  network text,
  action text not null,
  subject text,
  result text not null,
  detail jsonb not null default '{}',
  prev_hash text not null,
  hash text not null
);
create index audit_by_account on audit_log (account_id, id);

-- The calendar and the policies: data with versions, frozen into each process as it starts.

create table calendar_publication (
  version int primary key,
  at timestamptz not null,
  account_id uuid,
  note text not null
);

create table calendar_day (
  region text not null default '',
  date date not null,
  kind text not null check (kind in ('working', 'off')),
  status text not null check (status in ('official', 'provisional')),
  name text,
  source text not null,
  version int not null references calendar_publication,
  primary key (region, date)
);

create table warning_policy (
  name text not null,
  version int not null,
  body jsonb not null,
  created_at timestamptz not null,
  primary key (name, version)
);

create table process_rules (
  version int primary key,
  body jsonb not null,
  created_at timestamptz not null
);

create table recipient_rules (
  version int primary key,
  body jsonb not null,
  created_at timestamptz not null
);

-- Processes: what people read of them. The workflow alone decides; its projector alone writes here.

create table process_event (
  thing_kind text not null,
  thing_id uuid not null,
  version int not null,
  at timestamptz not null,
  actor_id uuid,
  type text not null,
  body jsonb not null,
  -- Which command it answers; null where time did it.
  command_id text,
  prev_hash text not null,
  hash text not null,
  primary key (thing_kind, thing_id, version)
);

create table number_series (
  kind text not null,
  year int not null,
  last int not null,
  primary key (kind, year)
);

create table supervision_item (
  id uuid primary key,
  number text not null unique,
  title text not null,
  aspect text not null,
  item_class text not null,
  importance text not null,
  lead_unit_id uuid references unit,
  -- Whose supervision office issued it, and who of that office answers for it.
  office_unit_id uuid references unit,
  officer_id uuid references person,
  -- 'starting': the row is there and the workflow not yet.
  stage text not null,
  card text not null default 'none',
  due_at timestamptz,
  next_at timestamptz,
  next_kind text,
  next_what text,
  version int not null default 0,
  state jsonb,
  -- How the workflow is started; kept so that a start lost in a crash can be made good.
  start_input jsonb not null,
  created_at timestamptz not null
);
create index items_of_a_unit on supervision_item (lead_unit_id, due_at);
create index items_by_number_desc on supervision_item (created_at desc, id);
create index items_by_card on supervision_item (card, due_at) where card <> 'none';
create index items_not_started on supervision_item (created_at) where version = 0;

create table supervision_item_unit (
  item_id uuid not null references supervision_item,
  unit_id uuid not null references unit,
  primary key (item_id, unit_id)
);
create index items_a_unit_assists on supervision_item_unit (unit_id);

create table warning (
  id uuid primary key,
  thing_kind text not null,
  thing_id uuid not null,
  event_version int not null,
  deadline_kind text not null,
  deadline_version int not null,
  level text not null,
  repeat int not null,
  chain text not null,
  due_at timestamptz not null,
  moment timestamptz not null,
  at timestamptz not null,
  policy_name text not null,
  policy_version int not null,
  seen_at timestamptz,
  seen_by uuid references person,
  -- A warning is given once: this key is what makes a repeat harmless.
  unique (thing_kind, thing_id, deadline_kind, deadline_version, level, repeat)
);
create index warnings_by_time on warning (at desc, id);

create table notification (
  id uuid primary key,
  -- What it is about, as one text: thing, deadline version, level or kind, repeat, and for whom.
  key text not null unique,
  thing_kind text not null,
  thing_id uuid not null,
  event_version int not null,
  warning_id uuid references warning,
  level text not null,
  -- In whose place in the chain: the role is resolved again when the message is sent.
  chain text not null,
  role text not null,
  unit_id uuid references unit,
  -- Set when the thing names this very person; else whoever holds the post.
  named boolean not null,
  person_id uuid references person,
  due_at timestamptz,
  caused_at timestamptz not null,
  state text not null check (state in
    ('pending', 'merged', 'delivered', 'accepted_unconfirmed', 'failed', 'suppressed')),
  reason text,
  message_id uuid,
  in_place_of uuid references notification
);
create index notifications_of_a_thing on notification (thing_kind, thing_id, event_version);
create index notifications_of_a_message on notification (message_id);
create index notifications_waiting on notification (person_id) where state = 'pending';
create index notifications_in_place_of on notification (in_place_of) where in_place_of is not null;

create table message (
  id uuid primary key,
  person_id uuid not null references person,
  phone_hash text not null,
  phone_masked text not null,
  template text not null,
  params jsonb not null,
  level text not null,
  digest boolean not null,
  state text not null check (state in
    ('claimed', 'unknown', 'accepted', 'accepted_unconfirmed', 'failed', 'undelivered', 'delivered')),
  reason text,
  biz_id text,
  -- Business time.
  claimed_at timestamptz not null,
  -- The wall's time of the last attempt: the provider files it under this day.
  submitted_at timestamptz,
  final_at timestamptz
);
create index messages_to_a_number on message (phone_hash, template, claimed_at);
create index messages_of_a_person on message (person_id, claimed_at desc);
create index messages_by_time on message (claimed_at desc, id);

-- Every attempt and every answer, in order: the trail of a message.
create table message_event (
  message_id uuid not null references message,
  at timestamptz not null,
  what text not null,
  detail jsonb not null default '{}',
  -- A step that is written again after a crash is the same step.
  primary key (message_id, at, what)
);

-- The carrier's pushes as they came: stored first, worked on later.
create table sms_receipt (
  id uuid primary key,
  received_at timestamptz not null,
  body jsonb not null,
  worked_at timestamptz
);
create index receipts_to_work_on on sms_receipt (received_at) where worked_at is null;

-- One row while all sending is stopped (an account without money, a denied address).
create table sms_circuit (
  id boolean primary key default true check (id),
  code text not null,
  since timestamptz not null,
  -- One probe at a time: whoever moves this forward may try.
  next_probe_at timestamptz not null
);

create table todo (
  id uuid primary key,
  thing_kind text not null,
  thing_id uuid not null,
  key text not null,
  what text not null,
  -- Who sees it: the people of this unit in this role, or one person.
  unit_id uuid references unit,
  role text,
  person_id uuid references person,
  due_at timestamptz,
  opened_at timestamptz not null,
  closed_at timestamptz
);
create unique index one_open_todo on todo (thing_kind, thing_id, key) where closed_at is null;
create index todos_by_due on todo (due_at, id) where closed_at is null;

create table evidence (
  id uuid primary key,
  file_name text not null,
  media_type text not null,
  size_bytes bigint not null,
  sha256 text not null,
  -- Name inside the evidence store; never the uploader's own.
  stored_as text not null,
  unit_id uuid references unit,
  uploaded_by uuid not null references person,
  uploaded_at timestamptz not null,
  thing_kind text,
  thing_id uuid
);
create index evidence_of_a_thing on evidence (thing_kind, thing_id);

create table import (
  id uuid primary key,
  kind text not null check (kind in ('roster', 'supervision_list')),
  file_name text not null,
  sha256 text not null,
  state text not null check (state in ('faulty', 'ready', 'applying', 'applied')),
  faults jsonb not null,
  rows jsonb,
  total int not null,
  done int not null default 0,
  account_id uuid not null references account,
  created_at timestamptz not null
);

create table idempotency (
  account_id uuid not null references account,
  key text not null,
  request_hash text not null,
  state text not null check (state in ('running', 'done')),
  -- Which attempt claimed it: one whose answer was lost claims it again.
  claimed_by uuid,
  status int,
  headers jsonb,
  body jsonb,
  at timestamptz not null,
  primary key (account_id, key)
);
create index idempotency_by_age on idempotency (at);

-- Demonstration mode only: how far the story's time is from the wall's.
create table story_clock (
  id boolean primary key default true check (id),
  offset_ms bigint not null
);

-- Append-only: an event, once written, is the past.
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;
create trigger append_only before update or delete on process_event for each row execute function refuse_change();
create trigger append_only before update or delete on audit_log for each row execute function refuse_change();
create trigger append_only before update or delete on message_event for each row execute function refuse_change();
create trigger no_truncate before truncate on process_event execute function refuse_change();
create trigger no_truncate before truncate on audit_log execute function refuse_change();
