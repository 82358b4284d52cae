//! Statistical methods of public health, and the SQL functions that offer them.
//!
//! Two layers. The pure functions here take numbers and return numbers: no files, no clock, no
//! state; a result that cannot be given is `None` with a reason, never a guess. The wrappers in
//! [`sql`] register them with the engine. Nothing here rounds or hides: that is `disclosure`.

mod accuracy;
mod auc;
mod axis;
mod calibration;
mod charlson;
mod concentration;
mod confidence;
mod cusum;
pub(crate) mod descriptive;
mod discrimination;
mod draws;
mod entropy_balance;
mod estimate;
mod ets;
mod exact_sum;
mod forecast;
mod frailty;
mod funnel;
mod gap;
mod icd10;
mod indirect;
mod interrupted;
mod life_gap;
mod life_table;
mod logistic;
mod matching;
mod mean;
mod moran;
mod multimorbidity;
mod nelder_mead;
mod overdispersion;
mod panel;
mod poisson;
mod poorest_fastest;
mod population_projection;
#[cfg(test)]
mod properties;
mod proportion;
mod quantile;
mod rate_ratio;
mod reference;
mod regression;
#[cfg(test)]
mod series_properties;
mod shrinkage;
mod slope_index;
mod spc;
mod special_cause;
pub mod sql;
mod standardised;
mod student;
mod symmetric;
mod synthetic;
mod threshold;
mod variation;

pub(crate) use accuracy::METHOD_ACCURACY;
pub use accuracy::{ForecastAccuracy, ForecastPoint, forecast_accuracy};
pub use auc::{Auc, auc};
pub use axis::funnel_axis;
pub use calibration::{Calibration, calibration};
#[cfg(test)]
pub(crate) use charlson::charlson_conditions;
pub use charlson::{Charlson, charlson};
pub use concentration::{Concentration, concentration_index};
pub(crate) use confidence::NO_CONFIDENCE;
pub use confidence::{Confidence, normal_cdf, normal_quantile, z_value};
pub use cusum::{CusumOptions, CusumPoint, cusum};
pub use discrimination::{TopShare, brier, top_share};
pub use entropy_balance::{Balanced, EntropyWeights, Moments, entropy_balance};
pub(crate) use estimate::NOT_FINITE;
pub use estimate::{Estimate, Limits};
pub use ets::{ETS_FORMS, Ets, EtsForm, Smoothing, ets};
pub(crate) use exact_sum::ExactSum;
pub use forecast::{Forecast, ForecastStep, holt_winters, seasonal_naive};
pub(crate) use forecast::{HOLT_WINTERS, SEASONAL_NAIVE};
pub(crate) use frailty::frailty_of;
pub use frailty::{Frailty, frailty};
pub use funnel::{FunnelClass, FunnelLimits, proportion_class, proportion_limits};
pub use funnel::{poisson_class, poisson_limits};
pub use gap::{Gap, gap};
pub use icd10::Icd10;
pub use indirect::observed_over_expected;
pub use interrupted::interrupted_series;
pub use interrupted::{FittedPoint, InterruptedSeries, SeriesModel, SeriesPoint};
pub(crate) use life_gap::METHOD_ARRIAGA;
pub use life_gap::{CauseBand, GapContributions, gap_contributions};
pub(crate) use life_table::METHOD_LIFE;
pub use life_table::{LifeBand, LifeExpectancy, life_expectancy};
pub use logistic::{logistic, logistic_score};
pub(crate) use matching::METHOD_DIFFERENCE;
pub use matching::{Distance, MatchOptions, Matching, Pair, Subject, matched_controls};
pub use matching::{StandardisedDifference, standardised_difference};
pub use mean::{Mean, mean};
pub use moran::{Moran, NeighbouringArea, moran};
pub use multimorbidity::{Multimorbidity, cambridge_multimorbidity};
pub(crate) use overdispersion::overall_rate;
pub use overdispersion::{Adjustment, Funnel, FunnelKind, FunnelRow, Place, funnel};
pub use panel::{BeforeAfter, JointTest, PanelEffects, PanelRow};
pub use panel::{difference_in_differences, event_study, two_way_effect};
pub use poisson::{byars, crude_rate, exact_poisson, poisson_count};
pub use poorest_fastest::{PoorestFastest, TrendPoint, poorest_fastest};
pub use population_projection::{
    CohortBand, ProjectedBand, ProjectedStep, Projection, project_population,
};
pub use proportion::wilson;
pub(crate) use quantile::METHOD_QUANTILE;
pub use quantile::quantiles;
pub(crate) use rate_ratio::METHOD as METHOD_DID;
pub use rate_ratio::{Certainty, DidResult, PersonPeriods, RatioWithLimits, did_rate_ratio};
pub use reference::esp2013;
pub(crate) use regression::METHOD_NB;
pub use regression::{Errors, ModelKind, Observation, Regression, Term};
pub use regression::{negative_binomial, regression};
pub(crate) use shrinkage::METHOD_SHRINKAGE;
pub use shrinkage::{AreaEvents, Shrunk, empirical_bayes};
pub(crate) use slope_index::NO_SLOPE_KIND;
pub use slope_index::{RankedGroup, SlopeIndex, SlopeKind, SlopeOptions, slope_index};
pub use spc::control_chart;
pub use spc::{Chart, ChartLimits, ChartOptions, ChartPoint, ChartVerdict, ChartedPoint};
pub use special_cause::{Improvement, TrendLength};
pub(crate) use standardised::{
    BAND_FAULTS, FEW_EVENTS, FEWEST_EVENTS, METHOD_DOBSON, METHOD_REPEAT, MOST_EVENTS, N_BAND_SUMS,
    band_terms, rate_of_sums,
};
pub use standardised::{Band, RepeatBand, dsr, dsr_repeat};
pub use synthetic::{SyntheticControl, SyntheticGap, SyntheticOptions, synthetic_control};
pub use threshold::{Flagged, average_precision, flagged, log_loss};
pub use variation::{
    ObservedExpected, SystematicVariation, coefficient_of_variation, extremal_quotient, gini,
    interdecile_ratio, systematic_variation,
};
