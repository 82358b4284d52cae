--! summary = "Registrations at TPP SystmOne practices with the addresses of their time: as lines of the registration list."
--! grain = ["record_id", "address_from_on"]
--! sensitivity = "person"
--! checks = ["unique(record_id, address_from_on)", "not_null(registered_on)", "not_null(address_from_on)"]

-- A practice also sees registrations at other organisations: each is taken from where it is.

with

removed as (
    select provider_code, identity_id from base.gp_removed
),

person_index as (
    select identity_id, person_id from link.person_index
),

registration as (
    select
        line.record_id, line.identity_id, person_index.person_id, line.provider_code, line.registered_on,
        line.deregistered_on,
        -- `GMS` may stand with older services beside it: `GMS,Contraception`
        case
            when concat(',', upper(line.registration_status), ',') like '%,GMS,%'
                or upper(line.registration_status) = 'STANDARD' then 'Regular'
            else 'Temporary'
        end as patient_type
    from record.gp_tpp_registration as line
    left join person_index on line.identity_id = person_index.identity_id -- many to one: an identity is one person
    where (line.organisation_code is null or line.organisation_code = line.provider_code)
        and not exists (
            select 1 from removed
            where removed.provider_code = line.provider_code and removed.identity_id = line.identity_id
        )
),

patient as (
    select
        line.provider_code, person_index.person_id,
        max(line.sex) as sex, max(line.birth_month) as birth_month, min(line.died_on) as died_on
    from record.gp_tpp_patient as line
    inner join person_index on line.identity_id = person_index.identity_id -- many to one: an identity is one person
    where person_index.person_id is not null
    group by line.provider_code, person_index.person_id
),

address as (
    select
        line.provider_code, person_index.person_id, line.lsoa_code, line.is_resident, line.household,
        line.address_from_on, line.address_to_on,
        row_number() over (
            partition by line.provider_code, person_index.person_id, line.address_from_on order by line.record_id
        ) as place
    from record.gp_tpp_address as line
    inner join person_index on line.identity_id = person_index.identity_id -- many to one: an identity is one person
    where person_index.person_id is not null
)

select
    registration.record_id,       -- row of the registration
    registration.person_id,       -- pseudonym; null if the row cannot be linked
    registration.provider_code,   -- the practice (ODS code)
    patient.sex,                  -- as recorded: female, male, other
    patient.birth_month,          -- first day of the month of birth, as recorded
    patient.died_on,              -- day of death as the practice holds it
    address.lsoa_code,            -- area of the address; null if unknown
    address.is_resident,          -- whether the address lies in the city
    address.household,            -- keyed hash of postcode and house
    registration.registered_on,   -- first day on the list
    registration.deregistered_on, -- first day off the list; null if still on it
    coalesce(address.address_from_on, registration.registered_on) as address_from_on, -- first day at the address; of the registration, where no address is known
    address.address_to_on,        -- first day after the address; null if current
    registration.patient_type     -- Regular, or Temporary for anybody else whom the practice treats
from registration
left join patient -- many to one: grouped
    on registration.provider_code = patient.provider_code and registration.person_id = patient.person_id
left join address -- one to many: the addresses of the registration's time
    on registration.provider_code = address.provider_code and registration.person_id = address.person_id
    and address.place = 1
    and (address.address_to_on is null or address.address_to_on > registration.registered_on)
    and (registration.deregistered_on is null or address.address_from_on < registration.deregistered_on)
