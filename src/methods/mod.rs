//! Statistical methods of public health, and the SQL functions that offer them.
//!
//! Two layers. The pure functions here take numbers and return numbers: no files, no clock, no
//! state; a result that cannot be given is `None` with a reason, never a guess. The wrappers in
//! [`sql`] register them with the engine. Nothing here rounds or hides: that is `disclosure`.

mod auc;
mod axis;
mod calibration;
mod charlson;
mod confidence;
mod discrimination;
mod estimate;
mod forecast;
mod frailty;
mod funnel;
mod icd10;
mod logistic;
#[cfg(test)]
mod oracle;
mod overdispersion;
mod poisson;
#[cfg(test)]
mod properties;
mod proportion;
mod rate_ratio;
mod reference;
pub mod sql;
mod standardised;
mod symmetric;

pub use auc::{Auc, auc};
pub use axis::funnel_axis;
pub use calibration::{Calibration, calibration};
#[cfg(test)]
pub(crate) use charlson::charlson_conditions;
pub use charlson::{Charlson, charlson};
pub use confidence::{normal_cdf, normal_quantile, z_value};
pub use discrimination::{TopShare, brier, top_share};
pub(crate) use estimate::NOT_FINITE;
pub use estimate::{Estimate, Limits};
pub use forecast::{Forecast, ForecastStep, holt_winters, seasonal_naive};
pub(crate) use forecast::{HOLT_WINTERS, SEASONAL_NAIVE};
pub(crate) use frailty::frailty_of;
pub use frailty::{Frailty, frailty};
pub use funnel::{FunnelClass, FunnelLimits, proportion_class, proportion_limits};
pub use funnel::{poisson_class, poisson_limits, small_dsr_class};
pub use icd10::Icd10;
pub use logistic::{LogisticFit, logistic, logistic_score};
pub(crate) use overdispersion::overall_rate;
pub use overdispersion::{Adjustment, Funnel, FunnelKind, FunnelRow, Place, funnel};
pub use poisson::{byars, crude_rate, exact_poisson, poisson_count};
pub use proportion::wilson;
pub(crate) use rate_ratio::METHOD as METHOD_DID;
pub use rate_ratio::{Certainty, DidResult, PersonPeriods, RatioWithLimits, did_rate_ratio};
pub use reference::esp2013;
pub use standardised::{Band, RepeatBand, dsr, dsr_repeat};
pub(crate) use standardised::{METHOD_REPEAT, MOST_EVENTS};
