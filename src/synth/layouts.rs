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
}

/// What a contract says that a writer must know.
pub(crate) struct Columns {
    pub(crate) names: Vec<String>,
    pub(crate) delimiter: u8,
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
        }
    };
}

const fn fragile(
    event_date: &'static str,
    end_date: Option<&'static str>,
    required_code: Option<&'static str>,
    optional_code: Option<&'static str>,
) -> Option<Fragile> {
    Some(Fragile { event_date, end_date, required_code, optional_code })
}

/// Hospital episodes.
pub(crate) static APC: Layout = Layout {
    fragile: fragile("ADMIDATE", Some("DISDATE"), Some("ADMIMETH"), Some("ETHNOS")),
    ..layout!("apc", Iso)
};
/// Outpatient appointments.
pub(crate) static OP: Layout = Layout {
    is_gzipped: true,
    fragile: fragile("APPTDATE", None, Some("ATTENDED"), Some("FIRSTATT")),
    ..layout!("op", Iso)
};
/// Emergency attendances.
pub(crate) static ECDS: Layout = Layout {
    is_gzipped: true,
    fragile: fragile("ARRIVAL_DATE", Some("DEPARTURE_DATE"), None, Some("DEPARTMENT_TYPE")),
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
    ..layout!("csds", Iso)
};
/// Mental-health contacts.
pub(crate) static MHSDS: Layout = Layout {
    is_gzipped: true,
    fragile: fragile("CareContDate", None, Some("AttendStatus"), Some("EthnicCategory")),
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
    ..layout!("gp_appointment", Iso)
};
/// GP coded events.
pub(crate) static GP_EVENT: Layout = Layout {
    is_gzipped: true,
    fragile: fragile("EffectiveDate", None, None, Some("EffectiveDatePrecision")),
    ..layout!("gp_event", Iso)
};
/// GP prescriptions.
pub(crate) static GP_PRESCRIPTION: Layout = Layout {
    is_gzipped: true,
    fragile: fragile("EffectiveDate", None, None, None),
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
