//! What general practice codes: SNOMED CT concepts and BNF codes.

use super::super::health::N_CONDITIONS;

/// The concept by which each condition is recorded.
pub(super) const CONDITIONS: [&str; N_CONDITIONS] = [
    "38341003",
    "44054006",
    "13645005",
    "53741008",
    "84114007",
    "230690007",
    "709044004",
    "52448006",
    "35489007",
    "58214004",
    "363346000",
    "195967001",
];

/// Something measured: concept, lowest and highest value, unit; no unit, no value.
pub(super) const MEASUREMENTS: [(&str, f64, f64, &str); 9] = [
    ("271649006", 105.0, 165.0, "mm[Hg]"),
    ("271650006", 60.0, 95.0, "mm[Hg]"),
    ("60621009", 19.0, 38.0, "kg/m2"),
    ("1049321000000109", 34.0, 80.0, "mmol/mol"),
    ("1020291000000106", 35.0, 110.0, "mL/min/1.73m2"),
    ("1005671000000105", 3.2, 7.1, "mmol/L"),
    ("266919005", 0.0, 0.0, ""),
    ("8517006", 0.0, 0.0, ""),
    ("822851000000102", 0.0, 0.0, ""),
];

/// In vitro fertilisation, which the Human Fertilisation and Embryology Act restricts (SNOMED CT).
pub(super) const RESTRICTED: &str = "52637005";

/// Mild, moderate and severe frailty.
pub(super) const FRAILTY: [&str; 3] = ["925791000000100", "925831000000107", "925861000000102"];

/// A medicine: BNF code, quantity, days, pounds; and the condition it is for, if it is for one.
pub(super) const MEDICINES: [(&str, u32, u32, f64, Option<usize>); 20] = [
    ("0206020A0AAAAAA", 28, 28, 3.10, Some(0)),
    ("0205051R0AAADAD", 28, 28, 1.07, Some(0)),
    ("0601022B0AAABAB", 84, 28, 2.30, Some(1)),
    ("0601021M0AAAAAA", 56, 28, 1.35, Some(1)),
    ("0301011R0AAAPAP", 1, 30, 2.04, Some(2)),
    ("0209000A0AAABAB", 28, 28, 0.66, Some(3)),
    ("0202020L0AABDBD", 28, 28, 0.64, Some(4)),
    ("0204000H0AAAJAJ", 28, 28, 0.69, Some(4)),
    ("0209000C0AAAAAA", 28, 28, 1.06, Some(5)),
    ("0205052N0AAABAB", 28, 28, 0.90, Some(6)),
    ("0411000D0AAAAAA", 28, 28, 1.45, Some(7)),
    ("0403030Q0AAAAAA", 28, 28, 1.01, Some(8)),
    ("0402010ABAAABAB", 28, 28, 2.75, Some(9)),
    ("0407020Q0AAADAD", 56, 28, 6.20, Some(10)),
    ("0301011R0AAAPAP", 1, 30, 2.04, Some(11)),
    ("0103050P0AAAAAA", 28, 28, 1.08, None),
    ("0212000B0AAABAB", 28, 28, 0.98, None),
    ("0407010H0AAAMAM", 100, 14, 2.10, None),
    ("0602010V0AABXBX", 28, 28, 1.64, None),
    ("0501013B0AAABAB", 21, 7, 1.16, None),
];
