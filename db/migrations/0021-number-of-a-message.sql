-- The number that a message was handed over under, sealed as a person's is: the provider is asked under that one,
-- whatever number the person has by then. Kept only until the message has ended.
alter table message add column phone_cipher text;

update message set phone_cipher = person.phone_cipher
  from person
 where person.id = message.person_id and person.phone_hash = message.phone_hash
   and message.submitted_at is not null and message.final_at is null;
