--! summary = "Registered adults by band of risk and fifth of deprivation."
--! grain = ["imd_quintile_city", "risk_band"]
--! sensitivity = "aggregate"
--! checks = ["unique(imd_quintile_city, risk_band)", "accepted_range(n_persons, 0, 100000000)"]
--! [release]
--! title = "Registered adults by risk of emergency admission and deprivation"
--! unit = "persons"
--! needs = ["gp_registration", "apc"]
--! dimensions = ["imd_quintile_city", "risk_band"]
--! attributes = ["sort_order"]
--! persons = "n_persons"
--! counts = ["n_persons"]

-- Adults whose small area is unknown or outside the city have no fifth and are left out here.

with

band as (
    select person_id, imd_quintile_city, risk_band from risk.band where imd_quintile_city is not null
),

quintile as (
    select imd_quintile_city from band group by imd_quintile_city
),

counted as (
    select imd_quintile_city, risk_band, count(*) as n_persons from band group by imd_quintile_city, risk_band
)

select
    cast(quintile.imd_quintile_city as varchar) as imd_quintile_city, -- deprivation fifth within the city, 1 the most deprived
    risk_band.risk_band,                                              -- band of risk
    risk_band.position as sort_order,                                 -- place of the band, 1 the highest risk
    coalesce(counted.n_persons, 0) as n_persons                       -- registered adults
from quintile
cross join reference.risk_band as risk_band -- every fifth has every band, persons or not
left join counted -- one to one
    on quintile.imd_quintile_city = counted.imd_quintile_city and risk_band.risk_band = counted.risk_band
