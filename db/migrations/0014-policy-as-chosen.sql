-- `standard` on an indicator used to mean that nothing had been chosen: its reports were watched by `report`.
-- From now on it means itself, so what was listed before is written down as what it has been all along.
update indicator set warning_policy = 'report' where warning_policy = 'standard';

-- Indicators that have been proposed and not confirmed yet.
update weight_change
   set additions = (
         select jsonb_agg(case when one ->> 'warning_policy' = 'standard'
                               then one || '{"warning_policy": "report"}' else one end order by place)
           from jsonb_array_elements(additions) with ordinality addition(one, place))
 where state = 'proposed' and jsonb_path_exists(additions, '$[*] ? (@.warning_policy == "standard")');

-- Lists that have been looked through and not brought in yet.
update import
   set rows = jsonb_set(rows, '{annual_list,indicators}', (
         select jsonb_agg(case when one ->> 'warning_policy' = 'standard'
                               then one || '{"warning_policy": "report"}' else one end order by place)
           from jsonb_array_elements(rows #> '{annual_list,indicators}') with ordinality indicator(one, place)))
 where kind = 'annual_list' and state <> 'applied'
   and jsonb_path_exists(rows, '$.annual_list.indicators[*] ? (@.warning_policy == "standard")');
