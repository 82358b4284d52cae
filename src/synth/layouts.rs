//! The layout of each feed's file, taken from its contract, and where in it damage may be done.

use super::SynthError;
use super::calendar::Style;

/// How a feed's files look.
pub(crate) struct Layout {
    pub(crate) feed: &'static str,
    /// The contract's text: it names the columns and their order.
    contract: &'static str,
    pub(crate) style: Style,
    pub(crate) is_gzipped: bool,
    /// Line ends of two characters.
    pub(crate) has_crlf: bool,
    /// A byte order mark before the header.
    pub(crate) has_bom: bool,
    /// Windows-1252 instead of UTF-8.
    pub(crate) is_western: bool,
    /// Whether the first column is numbered when the file is written.
    pub(crate) is_numbered: bool,
    /// What may be damaged; `None` leaves the rows whole.
    pub(crate) fragile: Option<Fragile>,
    /// Old spellings of headers: today's, and the one before.
    pub(crate) old_headers: &'static [(&'static str, &'static str)],
    /// A column that providers correct later, and two of its values.
    pub(crate) corrected: Option<(&'static str, [&'static str; 2])>,
}

/// The columns of a feed that damage strikes.
pub(crate) struct Fragile {
    /// The event's date: required, so that an impossible one refuses the row.
    pub(crate) event_date: &'static str,
    /// A date that must not come before it.
    pub(crate) end_date: Option<&'static str>,
    /// A code that is required, and one that is not.
    pub(crate) required_code: Option<&'static str>,
    pub(crate) optional_code: Option<&'static str>,
    /// A date that stands for none, where the contract knows it and needs the event's date.
    pub(crate) sentinel: Option<&'static str>,
}

/// What a contract says that a writer must know.
pub(crate) struct Columns {
    pub(crate) names: Vec<String>,
    pub(crate) delimiter: u8,
}

impl Columns {
    /// Where a column stands.
    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|n| n == name)
    }
}

impl Layout {
    /// The columns in their order.
    pub(crate) fn columns(&self) -> Result<Columns, SynthError> {
        let broken = || SynthError::Contract { feed: self.feed };
        let contract: toml::Table = self.contract.parse().map_err(|_| broken())?;
        let delimiter = contract.get("delimiter").and_then(|d| d.as_str()).unwrap_or(",");
        let columns = contract.get("column").and_then(|c| c.as_array()).ok_or_else(broken)?;
        let names = columns
            .iter()
            .map(|column| column.get("name").and_then(|n| n.as_str()).map(str::to_owned))
            .collect::<Option<Vec<String>>>()
            .ok_or_else(broken)?;
        Ok(Columns { names, delimiter: delimiter.as_bytes().first().copied().unwrap_or(b',') })
    }
}

macro_rules! layout {
    ($feed:literal, $style:ident) => {
        Layout {
            feed: $feed,
            contract: include_str!(concat!("../../pipelines/contracts/", $feed, ".toml")),
            style: Style::$style,
            is_gzipped: false,
            has_crlf: false,
            has_bom: false,
            is_western: false,
            is_numbered: true,
            fragile: None,
            old_headers: &[],
            corrected: None,
        }
    };
}

const fn fragile(
    event_date: &'static str,
    end_date: Option<&'static str>,
    required_code: Option<&'static str>,
    optional_code: Option<&'static str>,
) -> Option<Fragile> {
    Some(Fragile { event_date, end_date, required_code, optional_code, sentinel: None })
}

/// Where the event's date may be one that the contract takes for none.
const fn with_sentinel(fragile: Option<Fragile>) -> Option<Fragile> {
    match fragile {
        Some(fragile) => Some(Fragile { sentinel: Some("1800-01-01"), ..fragile }),
        None => None,
    }
}

/// Hospital episodes.
pub(crate) static APC: Layout = Layout {
    fragile: with_sentinel(fragile("ADMIDATE", Some("DISDATE"), Some("ADMIMETH"), Some("ETHNOS"))),
    corrected: Some(("SUSHRG", ["UZ01Z", "WH09F"])),
    ..layout!("apc", Iso)
};
/// Outpatient appointments.
pub(crate) static OP: Layout = Layout {
    is_gzipped: true,
    fragile: with_sentinel(fragile("APPTDATE", None, Some("ATTENDED"), Some("FIRSTATT"))),
    corrected: Some(("FIRSTATT", ["1", "2"])),
    ..layout!("op", Iso)
};
/// Emergency attendances.
pub(crate) static ECDS: Layout = Layout {
    is_gzipped: true,
    fragile: fragile("ARRIVAL_DATE", Some("DEPARTURE_DATE"), None, Some("DEPARTMENT_TYPE")),
    corrected: Some(("ARRIVAL_MODE", ["1048031000000100", "1048071000000103"])),
    ..layout!("ecds", Iso)
};
/// Community contacts.
pub(crate) static CSDS: Layout = Layout {
    is_gzipped: true,
    fragile: fragile(
        "CareContactDate",
        None,
        Some("AttendanceStatus"),
        Some("ConsultationMechanism"),
    ),
    old_headers: &[
        ("ConsultationMechanism", "ConsultationMediumUsed"),
        ("AttendanceStatus", "AttendOrNot"),
    ],
    corrected: Some(("ConsultationMechanism", ["01", "02"])),
    ..layout!("csds", Iso)
};
/// Mental-health contacts.
pub(crate) static MHSDS: Layout = Layout {
    is_gzipped: true,
    fragile: fragile("CareContDate", None, Some("AttendStatus"), Some("EthnicCategory")),
    old_headers: &[("AttendStatus", "AttendOrDNACode")],
    corrected: Some(("AttendStatus", ["5", "6"])),
    ..layout!("mhsds", Iso)
};
/// Talking-therapy pathways.
pub(crate) static IAPT: Layout = Layout {
    is_numbered: false,
    fragile: fragile("ReferralRequestReceivedDate", Some("ServDischDate"), None, None),
    ..layout!("iapt", Iso)
};
/// The registration list.
pub(crate) static GP_REGISTRATION: Layout =
    Layout { is_numbered: false, ..layout!("gp_registration", Iso) };
/// GP appointments.
pub(crate) static GP_APPOINTMENT: Layout = Layout {
    is_gzipped: true,
    fragile: fragile("AppointmentDate", None, None, None),
    corrected: Some(("DidNotAttend", ["true", "false"])),
    ..layout!("gp_appointment", Iso)
};
/// GP coded events.
pub(crate) static GP_EVENT: Layout = Layout {
    is_gzipped: true,
    fragile: fragile("EffectiveDate", None, None, Some("EffectiveDatePrecision")),
    corrected: Some(("EffectiveDatePrecision", ["YMD", "YM"])),
    ..layout!("gp_event", Iso)
};
/// GP prescriptions.
pub(crate) static GP_PRESCRIPTION: Layout = Layout {
    is_gzipped: true,
    fragile: fragile("EffectiveDate", None, None, None),
    corrected: Some(("EstimatedNhsCost", ["0.01", "0.02"])),
    ..layout!("gp_prescription", Iso)
};
/// Adult social care.
pub(crate) static ASC: Layout = Layout {
    is_numbered: false,
    is_gzipped: true,
    fragile: fragile("Event_Start_Date", None, None, Some("Client_Type")),
    ..layout!("asc", Slash)
};
/// Children looked after.
pub(crate) static CSC: Layout =
    Layout { is_numbered: false, has_bom: true, ..layout!("csc", Slash) };
/// Ambulances.
pub(crate) static AMBULANCE: Layout = Layout {
    is_numbered: false,
    has_crlf: true,
    fragile: fragile("TimeStampT0", None, None, Some("Priority")),
    ..layout!("ambulance", Iso)
};
/// Calls to 111.
pub(crate) static NHS111: Layout = Layout {
    fragile: fragile("call_commenced_date_time", None, None, None),
    ..layout!("nhs111", Slash)
};
/// Deaths.
pub(crate) static DEATH: Layout = layout!("death", Compact);
/// Third sector.
pub(crate) static THIRD_SECTOR: Layout = Layout {
    is_numbered: false,
    is_western: true,
    fragile: fragile("Contact Date", None, None, None),
    ..layout!("third_sector", Slash)
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_damage_strikes_is_in_the_contract() {
        for layout in [
            &APC,
            &OP,
            &ECDS,
            &CSDS,
            &MHSDS,
            &IAPT,
            &GP_EVENT,
            &ASC,
            &AMBULANCE,
            &NHS111,
            &THIRD_SECTOR,
        ] {
            let columns = layout.columns().expect("a contract");
            let fragile = layout.fragile.as_ref().expect("fragile");
            let named = [
                Some(fragile.event_date),
                fragile.end_date,
                fragile.required_code,
                fragile.optional_code,
            ];
            for name in named.into_iter().flatten() {
                assert!(columns.names.iter().any(|n| n == name), "{name}");
            }
        }
    }
}
