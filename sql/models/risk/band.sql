--! summary = "Each registered adult's band of risk: by place among the city's adults, in falling order of probability."
--! grain = ["person_id"]
--! sensitivity = "person"
--! checks = ["unique(person_id)", "not_null(risk_band)", "select count(*) from risk.band having count(*) <> (select count(*) from risk.score where age_years >= $adult_age)"]

with

adult as (
    select
        person_id, imd_quintile_city, probability,
        row_number() over (order by rank_city) as rank_adult,
        count(*) over () as n_adults
    from risk.score
    where age_years >= $adult_age
),

risk_band as (
    select risk_band, position, from_share, to_share from reference.risk_band
)

select
    adult.person_id,         -- pseudonym
    adult.imd_quintile_city, -- deprivation fifth within the city, 1 the most deprived
    adult.probability,       -- probability of at least one emergency admission
    adult.rank_adult,        -- place among the city's adults, 1 the highest
    risk_band.risk_band,     -- the band
    risk_band.position       -- the band's place, 1 the highest risk
from adult
inner join risk_band -- many to one: bands are half-open shares that meet
    on cast(adult.rank_adult as decimal(18, 0)) > risk_band.from_share * adult.n_adults
    and cast(adult.rank_adult as decimal(18, 0)) <= risk_band.to_share * adult.n_adults
