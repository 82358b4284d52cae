--! summary = "What each practice prescribed in a month, by presentation: items, quantities and cost, as published for all its patients."
--! grain = ["month", "pco_code", "practice_code", "bnf_code"]
--! sensitivity = "aggregate"
--! checks = ["unique(month, pco_code, practice_code, bnf_code)", "not_null(n_items)"]

-- The published rows are apart by quantity of an item, and by SNOMED CT code where they have one. Sums
-- are of whole numbers, and become decimals behind the sum.

with

published as (
    select
        month, pco_code, coalesce(practice_code, 'unidentified') as practice_code, bnf_code,
        -- files of some years leave the substance out; the first nine characters of a medicine's code are it
        coalesce(chemical_substance_code, case when length(bnf_code) = 15 then left(bnf_code, 9) end) as chemical_substance_code,
        bnf_description, n_items, total_quantity_thousandths, adq_usage_hundred_thousandths, nic_pence,
        actual_cost_pence_thousandths
    from area.epd
)

select
    month,                                                                 -- first day of the month
    pco_code,                                                              -- the organisation that paid (CCG, then sub-ICB location)
    practice_code,                                                         -- the practice (ODS code); unidentified if the prescriber is not known
    bnf_code,                                                              -- presentation: 15 characters, of an appliance 11
    max(chemical_substance_code) as chemical_substance_code,               -- BNF code of the chemical substance; null of an appliance, unless published
    max(bnf_description) as bnf_description,                               -- the presentation's name; the last of several
    sum(n_items) as n_items,                                               -- items prescribed and dispensed
    cast(cast(sum(total_quantity_thousandths) as decimal(20, 0)) * cast('0.001' as decimal(4, 3)) as decimal(20, 3)) as total_quantity, -- tablets, millilitres, dressings: by presentation
    cast(cast(sum(adq_usage_hundred_thousandths) as decimal(20, 0)) * cast('0.00001' as decimal(6, 5)) as decimal(20, 5)) as adq_usage, -- in average daily quantities; 0 where none is defined
    sum(nic_pence) as nic_pence,                                           -- net ingredient cost
    cast(cast(sum(actual_cost_pence_thousandths) as decimal(20, 0)) * cast('0.001' as decimal(4, 3)) as decimal(20, 3)) as actual_cost_pence -- after discounts, with fees, exact to thousandths
from published
group by month, pco_code, practice_code, bnf_code
