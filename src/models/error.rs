//! Why models or queries cannot go on.

use std::error::Error;
use std::path::PathBuf;

use datafusion::arrow::error::ArrowError;
use datafusion::error::DataFusionError;

use super::Problem;

/// Why a model or a query stopped.
///
/// No variant carries a cell's value: what the engine says while it reads rows may quote one, so
/// only the kind of such a fault is kept.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// Declarations that rules refuse; never empty.
    #[error("{}", lines(.0))]
    Declarations(Vec<Problem>),
    /// A file or folder that cannot be read.
    #[error("{}: cannot be read", .path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// No model has that name.
    #[error("no model `{name}`")]
    UnknownModel {
        /// The name asked for.
        name: String,
    },
    /// A table that cannot be offered to SQL.
    #[error("{table}: {message}")]
    Table {
        /// The table's name.
        table: String,
        /// What is wrong.
        message: String,
    },
    /// The engine could not be set up.
    #[error("engine: {0}")]
    Engine(String),
    /// The engine failed while it read rows.
    #[error("{name}: {fault}")]
    Execution {
        /// The model, or `query`.
        name: String,
        /// The kind of fault.
        fault: Fault,
    },
    /// The rows do not satisfy what the model promises.
    #[error("{model}: check `{check}` fails for {n_rows} row(s)")]
    CheckFailed {
        /// The model.
        model: String,
        /// The check as declared, or the implied one on the grain.
        check: String,
        /// Rows that break it (for the grain: rows seen until it was certain).
        n_rows: u64,
    },
    /// The finished rows could not be kept.
    #[error("{model}: cannot be stored")]
    Sink {
        /// The model.
        model: String,
        /// What the store said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// A query that is not allowed.
    #[error("query: {0}")]
    Refused(String),
    /// A query that does not parse or cannot be planned.
    #[error("query: {0}")]
    Query(String),
    /// A query that used up its time.
    #[error("query: stopped after {seconds} s")]
    OutOfTime {
        /// The limit.
        seconds: u64,
    },
    /// A query that used up its memory.
    #[error("query: stopped at {megabytes} MB of memory")]
    OutOfMemory {
        /// The limit.
        megabytes: u64,
    },
    /// A model's test that failed.
    #[error("{}:{line}: {message}", .path.display())]
    TestFailed {
        /// The test file.
        path: PathBuf,
        /// The line of the record that failed.
        line: usize,
        /// What differs. Tests hold made-up rows, so this may show them.
        message: String,
    },
}

/// The kinds of fault that the engine meets in rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Memory and spill space are used up.
    #[error("out of memory, even with joins that can spill")]
    Memory,
    /// A value could not be turned into the type asked for.
    #[error("a value cannot be converted to the type asked for")]
    Conversion,
    /// A division by zero.
    #[error("division by zero")]
    DivisionByZero,
    /// A number left its type's range.
    #[error("a number is out of its type's range")]
    Overflow,
    /// A part that cannot be read.
    #[error("a table's file cannot be read")]
    Unreadable,
    /// A function refused its arguments.
    #[error("a function refused its arguments")]
    Function,
    /// Rows that did not come in the order asked for.
    #[error("the engine did not sort the rows by the grain")]
    Order,
    /// A fault in the engine itself.
    #[error("the engine failed")]
    Engine,
}

impl Fault {
    /// The kind of `error`, without its text.
    pub(crate) fn of(error: &DataFusionError) -> Self {
        match error.find_root() {
            DataFusionError::ResourcesExhausted(_) => Self::Memory,
            DataFusionError::ArrowError(error, _) => Self::of_arrow(error),
            DataFusionError::ParquetError(_)
            | DataFusionError::ObjectStore(_)
            | DataFusionError::IoError(_) => Self::Unreadable,
            DataFusionError::Execution(_) | DataFusionError::Plan(_) => Self::Function,
            DataFusionError::External(source) => {
                source.downcast_ref::<ArrowError>().map_or(Self::Engine, Self::of_arrow)
            }
            _ => Self::Engine,
        }
    }

    fn of_arrow(error: &ArrowError) -> Self {
        match error {
            ArrowError::CastError(_) | ArrowError::ParseError(_) | ArrowError::CsvError(_) => {
                Self::Conversion
            }
            ArrowError::DivideByZero => Self::DivisionByZero,
            ArrowError::ArithmeticOverflow(_) | ArrowError::OffsetOverflowError(_) => {
                Self::Overflow
            }
            ArrowError::IoError(..) | ArrowError::ParquetError(_) => Self::Unreadable,
            ArrowError::ComputeError(_) | ArrowError::InvalidArgumentError(_) => Self::Function,
            ArrowError::ExternalError(source) => {
                source.downcast_ref::<DataFusionError>().map_or(Self::Engine, Self::of)
            }
            _ => Self::Engine,
        }
    }
}

impl ModelError {
    /// What to do about it, where a rule knows.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Declarations(problems) => problems.first().and_then(|p| p.rule.hint()),
            Self::OutOfTime { .. } | Self::OutOfMemory { .. } => {
                Some("ask for fewer rows, or join fewer tables")
            }
            Self::Execution { fault: Fault::Conversion, .. } => {
                Some("use `try_cast`, which gives null")
            }
            _ => None,
        }
    }

    /// The error for one refused declaration.
    pub(crate) fn declaration(problem: Problem) -> Self {
        Self::Declarations(vec![problem])
    }
}

fn lines(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
