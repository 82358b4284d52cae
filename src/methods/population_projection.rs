//! The population to come, cohort by cohort.

const MOST_STEPS: i64 = 200;
const MOST_BANDS: usize = 200;
/// Years lived in the first year of life by those who die in it, as of `life_expectancy`.
const FIRST_YEAR: f64 = 0.1;
const TOO_MANY_LEAVE: &str = "more people leave a band than there are";

/// One age band of one sex, with its rates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CohortBand {
    /// Women, or men.
    pub is_female: bool,
    /// First age of the band in completed years; the last band is open.
    pub age_from: i64,
    /// Persons at the beginning.
    pub population: f64,
    /// Deaths per person-year.
    pub death_rate: f64,
    /// Live births per person-year of women; not read of men.
    pub birth_rate: f64,
    /// Persons who come less those who go, over one step (as many years as a band has).
    pub net_migration: f64,
}

/// Persons of a band after some steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProjectedBand {
    /// Years from the beginning.
    pub years: i64,
    /// Women, or men.
    pub is_female: bool,
    /// First age of the band.
    pub age_from: i64,
    /// Persons.
    pub population: f64,
}

/// What happened in one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProjectedStep {
    /// Years from the beginning to the step's end.
    pub years: i64,
    /// Persons then.
    pub population: f64,
    /// Live births in the step.
    pub births: f64,
    /// Deaths in the step, of those born in it too.
    pub deaths: f64,
    /// Persons who came less those who went.
    pub net_migration: f64,
}

/// A projection.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Projection {
    /// Every band at the beginning and after each step.
    pub bands: Vec<ProjectedBand>,
    /// Every step.
    pub steps: Vec<ProjectedStep>,
}

/// One sex: its bands and the share of each that lives into the next.
struct Sex {
    population: Vec<f64>,
    birth_rate: Vec<f64>,
    net_migration: Vec<f64>,
    survival: Vec<f64>,
    /// Share of the born that are alive at the step's end.
    infant: f64,
}

/// Project a population by the cohort-component method, in steps of as many years as a band has, its
/// rates staying what they are.
///
/// Of each sex `q = n m / (1 + (n - a) m)`, `a = n / 2` (0.1 in the first year where bands are
/// single years), `L = n l_next + a (l - l_next)`, of the open band `l / m`. Survivors are `L_next /
/// L`, those of the last two bands together `T / (T + L)`; half of who migrate come at the beginning
/// of a step and live and die in it, half at its end. Births are `n sum f (women at its beginning +
/// at its end) / 2`, of whom `female_share` are girls and `L_0 / n` alive at the end.
///
/// # Errors
/// The reason where a band is missing, comes twice or has another width, a rate is none or deaths are
/// more than the band, the first band bears children, the open one has no deaths, or more leave than
/// there are. Source: Preston SH, Heuveline P, Guillot M. Demography. 2001, chapter 6 (table 6.1).
pub fn project_population(
    bands: &[CohortBand],
    n_steps: i64,
    female_share: f64,
) -> Result<Projection, &'static str> {
    if !(1..=MOST_STEPS).contains(&n_steps) {
        return Err("steps are not from 1 to 200");
    }
    if !(0.0..=1.0).contains(&female_share) {
        return Err("the share of girls is not from 0 to 1");
    }
    let of = |is_female: bool| {
        let mut of: Vec<CohortBand> =
            bands.iter().filter(|band| band.is_female == is_female).copied().collect();
        of.sort_unstable_by_key(|band| band.age_from);
        of
    };
    let (women, men) = (of(true), of(false));
    let ages: Vec<i64> = women.iter().map(|band| band.age_from).collect();
    let width = width(&ages)?;
    if men.iter().map(|band| band.age_from).ne(ages.iter().copied()) {
        return Err("women and men have not the same bands");
    }
    let mut sexes = [Sex::of(&women, width)?, Sex::of(&men, width)?];
    let mut projection = Projection::default();
    projection.bands.extend(counted(&sexes, &ages, 0));
    for step in 1..=n_steps {
        let years = step * width;
        projection.steps.push(stepped(&mut sexes, width as f64, female_share, years)?);
        projection.bands.extend(counted(&sexes, &ages, years));
    }
    Ok(projection)
}

/// Years of a band, from the first ages of all.
fn width(ages: &[i64]) -> Result<i64, &'static str> {
    if !(3..=MOST_BANDS).contains(&ages.len()) || ages[0] != 0 {
        return Err("bands of a sex are not from 3 to 200, the first from age 0");
    }
    let width = ages[1];
    let are_even = ages.iter().zip(0..).all(|(age, at)| width.checked_mul(at) == Some(*age));
    if !(1..=50).contains(&width) || !are_even {
        return Err("bands are not each of the same number of years, or one comes twice");
    }
    Ok(width)
}

fn counted(sexes: &[Sex; 2], ages: &[i64], years: i64) -> Vec<ProjectedBand> {
    let of = |(sex, is_female): (&Sex, bool)| {
        let band = |(age, population): (&i64, &f64)| ProjectedBand {
            years,
            is_female,
            age_from: *age,
            population: *population,
        };
        ages.iter().zip(&sex.population).map(band).collect::<Vec<_>>()
    };
    sexes.iter().zip([true, false]).flat_map(of).collect()
}

fn stepped(
    sexes: &mut [Sex; 2],
    width: f64,
    female_share: f64,
    years: i64,
) -> Result<ProjectedStep, &'static str> {
    let women = sexes[0].population.clone();
    let mut deaths = 0.0;
    for sex in sexes.iter_mut() {
        deaths += sex.age()?;
    }
    let pairs = women.iter().zip(&sexes[0].population).zip(&sexes[0].birth_rate);
    let births: f64 = pairs.map(|((from, to), rate)| width * rate * (from + to) / 2.0).sum();
    for (sex, share) in sexes.iter_mut().zip([female_share, 1.0 - female_share]) {
        sex.population[0] += births * share * sex.infant;
        deaths += births * share * (1.0 - sex.infant);
    }
    let counts = || sexes.iter().flat_map(|sex| &sex.population);
    if counts().any(|count| *count < 0.0) {
        return Err(TOO_MANY_LEAVE);
    }
    if !counts().all(|count| count.is_finite()) {
        return Err("the population grows beyond all numbers");
    }
    let population = counts().sum();
    let net_migration = sexes.iter().flat_map(|sex| &sex.net_migration).sum::<f64>();
    Ok(ProjectedStep { years, population, births, deaths, net_migration })
}

impl Sex {
    fn of(bands: &[CohortBand], width: i64) -> Result<Self, &'static str> {
        let is_rate = |rate: f64| rate.is_finite() && rate >= 0.0;
        let is_whole = |band: &CohortBand| {
            is_rate(band.population)
                && is_rate(band.death_rate)
                && (!band.is_female || is_rate(band.birth_rate))
                && band.net_migration.is_finite()
        };
        if !bands.iter().all(is_whole) {
            return Err("a population, rate or migration is missing, not finite or below zero");
        }
        if bands[0].is_female && bands[0].birth_rate > 0.0 {
            return Err("the first band bears children: take narrower bands");
        }
        let years = years_lived(bands, width)?;
        let last = years.len() - 1;
        let both = years[last] / (years[last] + years[last - 1]);
        let survival = |at: usize| if at + 1 < last { years[at + 1] / years[at] } else { both };
        let rate = |band: &CohortBand| if band.is_female { band.birth_rate } else { 0.0 };
        let survival: Vec<f64> = (0..=last).map(survival).collect();
        if !survival.iter().all(|share| share.is_finite()) {
            return Err("nobody lives into a band");
        }
        Ok(Self {
            population: bands.iter().map(|band| band.population).collect(),
            birth_rate: bands.iter().map(rate).collect(),
            net_migration: bands.iter().map(|band| band.net_migration).collect(),
            survival,
            infant: years[0] / width as f64,
        })
    }

    /// One step without the newborn; gives how many die.
    fn age(&mut self) -> Result<f64, &'static str> {
        let half = |at: usize| self.net_migration[at] / 2.0;
        let at_risk: Vec<f64> =
            self.population.iter().enumerate().map(|(at, count)| count + half(at)).collect();
        if at_risk.iter().any(|count| *count < 0.0) {
            return Err(TOO_MANY_LEAVE);
        }
        let last = at_risk.len() - 1;
        let aged = |at: usize| match at {
            0 => half(0),
            at if at < last => at_risk[at - 1] * self.survival[at - 1] + half(at),
            _ => (at_risk[last - 1] + at_risk[last]) * self.survival[last] + half(last),
        };
        self.population = (0..=last).map(aged).collect();
        let dying = at_risk.iter().zip(&self.survival).map(|(count, share)| count * (1.0 - share));
        Ok(dying.sum())
    }
}

/// Person-years lived in each band by those of whom one is born, by their death rates.
fn years_lived(bands: &[CohortBand], width: i64) -> Result<Vec<f64>, &'static str> {
    let n = width as f64;
    let (last, closed) = bands.split_last().ok_or("no bands")?;
    let mut alive = 1.0;
    let mut years = Vec::with_capacity(bands.len());
    for band in closed {
        let lived = if width == 1 && band.age_from == 0 { FIRST_YEAR } else { n / 2.0 };
        let dying = n * band.death_rate / (1.0 + (n - lived) * band.death_rate);
        if dying > 1.0 {
            return Err("a death rate is more than its band can have");
        }
        let next = alive * (1.0 - dying);
        years.push(n * next + lived * (alive - next));
        alive = next;
    }
    if last.death_rate <= 0.0 {
        return Err("the open band has no deaths");
    }
    years.push(alive / last.death_rate);
    Ok(years)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bands() -> Vec<CohortBand> {
        let band = |at: i64| CohortBand {
            is_female: at % 2 == 0,
            age_from: at / 2 * 10,
            population: 1000.0,
            death_rate: 0.01 + 0.002 * at as f64,
            birth_rate: if (2..8).contains(&at) { 0.05 } else { 0.0 },
            net_migration: 10.0,
        };
        (0..20).map(band).collect()
    }

    // What there is, is what there was, and who was born and came, less who died.
    #[test]
    fn nobody_is_lost_and_the_order_of_bands_says_nothing() {
        let found = project_population(&bands(), 12, 0.49).expect("a projection");
        let turned: Vec<CohortBand> = bands().into_iter().rev().collect();
        assert_eq!(project_population(&turned, 12, 0.49).expect("a projection"), found);
        let mut before = 20_000.0;
        for step in &found.steps {
            let after = before + step.births - step.deaths + step.net_migration;
            assert!((after - step.population).abs() < 1e-8 && step.deaths > 0.0, "{step:?}");
            before = step.population;
        }
    }

    #[test]
    fn what_cannot_be_projected_has_a_reason() {
        let with = |change: fn(&mut CohortBand)| {
            let mut bands = bands();
            bands.iter_mut().for_each(change);
            project_population(&bands, 3, 0.49).is_err()
        };
        assert!(with(|band| band.population = -1.0) && with(|band| band.death_rate = f64::NAN));
        assert!(with(|band| band.death_rate = 1.0) && with(|band| band.net_migration = -1e5));
        // At the end of the step nobody is missing: the bands beside it gain more than it lacks.
        assert!(
            with(|band| band.net_migration = if band.age_from == 0 { -2100.0 } else { 6000.0 })
        );
        assert!(with(|band| band.age_from += 1) && with(|band| band.birth_rate = 0.1));
        assert!(with(|band| band.death_rate = 0.0) && project_population(&[], 1, 0.5).is_err());
        assert!(project_population(&bands()[1..], 1, 0.5).is_err());
    }
}
