//! What can be wrong with a row, by name.

/// How much a fault weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Counted; the cell says what it says.
    Info,
    /// Counted; the cell is null, the row stays.
    Warn,
    /// The row is quarantined.
    Refuse,
}

impl Severity {
    /// The severity as findings hold it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Refuse => "refuse",
        }
    }
}

/// A rule that a row, a cell or a file can break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// Blank, or a sentinel, where a value is required.
    Required,
    /// Bytes that are not in the declared encoding.
    Encoding,
    /// A row that a declared value leaves out: deleted, a test patient, of no use here.
    Filtered,
    /// A declared stand-in for "not known": read as null.
    Sentinel,
    /// No date in the declared format.
    NotADate,
    /// No time of day in the declared format.
    NotATime,
    /// No number.
    NotANumber,
    /// A number as a power of ten: digits are lost.
    ScientificNotation,
    /// Neither yes nor no.
    NotAFlag,
    /// Not in the code list.
    UnknownCode,
    /// Below the least or above the greatest value.
    OutOfRange,
    /// Not of the declared pattern.
    Pattern,
    /// Another number of fields than the header.
    RaggedRow,
    /// A quote that is opened and never closed.
    UnclosedQuote,
    /// A record longer than any honest one.
    RecordTooLong,
    /// A field longer than any honest one.
    FieldTooLong,
    /// The header again, in the middle of the file.
    RepeatedHeader,
    /// The last record, which ends before its columns do: the rest of the file was not sent.
    CutShort,
    /// A record behind the rows, such as a total: no row.
    Footer,
    /// A footer that states another number of rows than the file holds.
    RowCountDisagrees,
    /// A file in another encoding than its contract declares, by its byte-order mark or its bytes.
    EncodingDisagrees,
    /// A merged cell of a workbook: the value stands in the first, the others are blank.
    MergedCells,
    /// A formula of a workbook that came to an error: the cell is blank.
    FormulaError,
    /// An element of XML that stands more than once in its row: the first is read.
    RepeatedElement,
    /// A row whose key an earlier row of the file has.
    DuplicateKey,
    /// A column that the contract does not know: dropped.
    UndeclaredColumn,
    /// An optional column that the file does not have.
    AbsentColumn,
    /// A file without rows.
    NoRows,
    /// An NHS number that is not ten digits.
    NhsNumberLength,
    /// An NHS number in scientific notation.
    NhsNumberScientific,
    /// An NHS number with a wrong check digit.
    NhsNumberCheckDigit,
    /// An NHS number of one repeated digit.
    NhsNumberRepeated,
    /// An NHS number of a class that the pipeline does not take.
    NhsNumberRefused,
    /// An NHS number that was never issued.
    NhsNumberUnallocated,
    /// An NHS number that reads the same from behind.
    NhsNumberPalindrome,
    /// An NHS number with a spreadsheet's `.0`, repaired.
    NhsNumberRepaired,
    /// A postcode shaped like none.
    PostcodeShape,
    /// An event before birth or beyond the age of 130.
    AgeImplausible,
    /// A stated age that the birth date, or its month, contradicts: kept as stated.
    AgeDisagrees,
    /// A small area's code shaped like none.
    LsoaShape,
    /// A date without its day, read as the first that it could be.
    PartialDate,
    /// A number with more places than its `scale` keeps: rounded, half away from zero.
    Rounded,
    /// A column under a name of an older version of the layout.
    OlderLayout,
    /// More rows at fault than the contract lets pass unsaid.
    Threshold,
    /// A row that the law forbids to keep, or that would tell of one: left out.
    RestrictedCode,
    /// The provider says why it may not tell who the person is.
    WithheldIdentity,
    /// A row about somebody who is to be forgotten: left out.
    Forgotten,
    /// A rule of the contract, by its place.
    Declared(u16),
}

impl Rule {
    /// Every rule that is not a contract's own.
    pub const BUILT_IN: [Self; 44] = [
        Self::Required,
        Self::Encoding,
        Self::Filtered,
        Self::Sentinel,
        Self::NotADate,
        Self::NotATime,
        Self::NotANumber,
        Self::ScientificNotation,
        Self::NotAFlag,
        Self::UnknownCode,
        Self::OutOfRange,
        Self::Pattern,
        Self::RaggedRow,
        Self::UnclosedQuote,
        Self::RecordTooLong,
        Self::FieldTooLong,
        Self::RepeatedHeader,
        Self::CutShort,
        Self::Footer,
        Self::RowCountDisagrees,
        Self::EncodingDisagrees,
        Self::MergedCells,
        Self::FormulaError,
        Self::RepeatedElement,
        Self::DuplicateKey,
        Self::UndeclaredColumn,
        Self::AbsentColumn,
        Self::NoRows,
        Self::NhsNumberLength,
        Self::NhsNumberScientific,
        Self::NhsNumberCheckDigit,
        Self::NhsNumberRepeated,
        Self::NhsNumberRefused,
        Self::NhsNumberUnallocated,
        Self::NhsNumberPalindrome,
        Self::NhsNumberRepaired,
        Self::PostcodeShape,
        Self::AgeImplausible,
        Self::AgeDisagrees,
        Self::LsoaShape,
        Self::PartialDate,
        Self::Rounded,
        Self::OlderLayout,
        Self::Threshold,
    ];

    /// The rule of a name that is not a contract's own.
    #[must_use]
    pub fn built_in(name: &str) -> Option<Self> {
        Self::BUILT_IN.into_iter().find(|rule| rule.name() == Some(name))
    }

    /// The rule's name; `None` for a contract's own rules, which the contract names.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::Required => "required",
            Self::Encoding => "encoding",
            Self::Filtered => "filtered",
            Self::Sentinel => "sentinel",
            Self::NotADate => "not_a_date",
            Self::NotATime => "not_a_time",
            Self::NotANumber => "not_a_number",
            Self::ScientificNotation => "scientific_notation",
            Self::NotAFlag => "not_a_flag",
            Self::UnknownCode => "unknown_code",
            Self::OutOfRange => "out_of_range",
            Self::Pattern => "pattern",
            Self::RaggedRow => "ragged_row",
            Self::UnclosedQuote => "unclosed_quote",
            Self::RecordTooLong => "record_too_long",
            Self::FieldTooLong => "field_too_long",
            Self::RepeatedHeader => "repeated_header",
            Self::CutShort => "cut_short",
            Self::Footer => "footer",
            Self::RowCountDisagrees => "row_count_disagrees",
            Self::EncodingDisagrees => "encoding_disagrees",
            Self::MergedCells => "merged_cells",
            Self::FormulaError => "formula_error",
            Self::RepeatedElement => "repeated_element",
            Self::DuplicateKey => "duplicate_key",
            Self::UndeclaredColumn => "undeclared_column",
            Self::AbsentColumn => "absent_column",
            Self::NoRows => "no_rows",
            Self::NhsNumberLength => "nhs_number_length",
            Self::NhsNumberScientific => "nhs_number_scientific",
            Self::NhsNumberCheckDigit => "nhs_number_check_digit",
            Self::NhsNumberRepeated => "nhs_number_repeated",
            Self::NhsNumberRefused => "nhs_number_refused",
            Self::NhsNumberUnallocated => "nhs_number_unallocated",
            Self::NhsNumberPalindrome => "nhs_number_palindrome",
            Self::NhsNumberRepaired => "nhs_number_repaired",
            Self::PostcodeShape => "postcode_shape",
            Self::AgeImplausible => "age_implausible",
            Self::AgeDisagrees => "age_disagrees",
            Self::LsoaShape => "lsoa_shape",
            Self::PartialDate => "partial_date",
            Self::Rounded => "rounded",
            Self::OlderLayout => "older_layout",
            Self::Threshold => "threshold",
            Self::RestrictedCode => "restricted_code",
            Self::WithheldIdentity => "withheld_identity",
            Self::Forgotten => "forgotten",
            Self::Declared(_) => return None,
        })
    }
}

/// One fault of one row of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// The row's place in the batch.
    pub row: u32,
    /// The column's place in the contract; `None` if the row as a whole is at fault.
    pub column: Option<u16>,
    /// The rule that it breaks.
    pub rule: Rule,
}
