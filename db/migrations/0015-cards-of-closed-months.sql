-- Months closed so far counted among a unit's cards how late the reviewing office was, and each repeat of a red
-- card as one more. Nobody could read them yet: they are counted anew, as they would be closed today.
with given as (
  select to_char((warning.moment - interval '1 millisecond') at time zone 'Asia/Shanghai', 'YYYY-MM') as month,
         coalesce(item.lead_unit_id, task.unit_id) as unit_id, warning.level, count(*) as times
    from warning
    left join supervision_item item on warning.thing_kind = 'supervision_item' and item.id = warning.thing_id
    left join indicator_task task on warning.thing_kind = 'indicator_task' and task.id = warning.thing_id
   where warning.chain = 'undertaking' and warning.repeat = 0
   group by 1, 2, 3
)
update period_close closed
   set warnings = coalesce(
         (select jsonb_object_agg(level, times) from given
           where given.month = closed.month and given.unit_id = closed.unit_id),
         '{}');
