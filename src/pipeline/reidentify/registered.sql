select person_id, practice_code, from_on
from core.registration
where from_on <= $on
    and (to_on is null or to_on > $on)
order by person_id, from_on, practice_code
