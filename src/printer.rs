//! The only place that writes to standard output and standard error.
//!
//! Data goes to standard output; progress, notes and errors go to standard error, so that a
//! command's result can be piped. Nothing that reaches this module may hold a person's data.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressDrawTarget, ProgressStyle};

/// A bar that shows how far long work is.
pub use indicatif::ProgressBar as Bar;

/// How much is said on standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verbosity {
    /// Errors only.
    Quiet,
    /// Stages, progress and the closing summary.
    Normal,
    /// Each file and model as well.
    Verbose,
}

/// Writes results, notes and progress.
#[derive(Debug, Clone, Copy)]
pub struct Printer {
    verbosity: Verbosity,
    is_terminal: bool,
    began: Instant,
}

impl Printer {
    /// A printer for this process's standard streams. `NO_COLOR` and a standard error that is no
    /// terminal turn bars into plain lines.
    #[must_use]
    pub fn new(verbosity: Verbosity) -> Self {
        Self { verbosity, is_terminal: std::io::stderr().is_terminal(), began: Instant::now() }
    }

    /// Whether standard error shows colours: a terminal, and no `NO_COLOR`.
    #[must_use]
    pub fn has_colour(&self) -> bool {
        self.is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
    }

    /// Prints a command's result.
    pub fn data(&self, text: &str) {
        let mut out = std::io::stdout().lock();
        // A reader that has gone away (`| head`) is no error of ours.
        let _ = out.write_all(text.as_bytes());
        if !text.is_empty() && !text.ends_with('\n') {
            let _ = out.write_all(b"\n");
        }
        let _ = out.flush();
    }

    /// Writes raw bytes of a result (Parquet, say).
    pub fn bytes(&self, bytes: &[u8]) {
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(bytes);
        let _ = out.flush();
    }

    /// Says how the work goes on.
    pub fn note(&self, text: &str) {
        if self.verbosity != Verbosity::Quiet {
            self.to_stderr(text);
        }
    }

    /// Asks for something: the line is not ended.
    pub fn ask(&self, question: &str) {
        let mut err = std::io::stderr().lock();
        let _ = err.write_all(question.as_bytes());
        let _ = err.flush();
    }

    /// Says which stage begins; to a curious reader also when, in seconds since the command began.
    pub fn stage(&self, text: &str) {
        match self.verbosity {
            Verbosity::Quiet => (),
            Verbosity::Normal => self.to_stderr(text),
            Verbosity::Verbose => self.detail(text),
        }
    }

    /// Says what only a curious reader wants, and when.
    pub fn detail(&self, text: &str) {
        if self.verbosity == Verbosity::Verbose {
            self.to_stderr(&format!("{:>7.1} s  {text}", self.began.elapsed().as_secs_f64()));
        }
    }

    /// Says what went wrong, and a hint apart from it.
    pub fn error(&self, text: &str, hint: Option<&str>) {
        self.to_stderr(&format!("error: {text}"));
        if let Some(hint) = hint {
            self.to_stderr(&format!("hint: {hint}"));
        }
    }

    /// A bar over `length` units of work, or a silent one where bars don't belong.
    #[must_use]
    pub fn bar(&self, title: &'static str, length: u64) -> Bar {
        if self.verbosity == Verbosity::Quiet || !self.is_terminal {
            return Bar::hidden();
        }
        let bar = Bar::with_draw_target(Some(length), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{prefix:<12} {wide_bar} {percent:>3} % {msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style);
        bar.set_prefix(title);
        bar.enable_steady_tick(Duration::from_millis(200));
        bar
    }

    fn to_stderr(self, text: &str) {
        let mut err = std::io::stderr().lock();
        let _ = writeln!(err, "{text}");
    }
}
