-- Entries that dissent from use beyond the practice or withdraw a dissent, by person.
select
    entry.person_id,                    -- whose entry it is
    entry.event_on,                     -- day of the entry
    code.status = 'dissent' as dissents -- whether it dissents; if not, it withdraws
from base.gp_event as entry
inner join reference.type1_opt_out as code
    on entry.snomed_code = code.code -- many to one: a code is listed once
where entry.person_id is not null
