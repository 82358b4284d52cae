--! function = "esp2013"
--! made_by = "Eurostat 2013"
--! tolerance = 0.0
--! tables = { e = "esp2013_expected.csv" }

select
    age_band,
    esp2013(age_band) as weight, cast(e.weight as double) as weight_expected
from e
