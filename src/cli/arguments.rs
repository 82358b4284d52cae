//! What may be typed.

use std::path::PathBuf;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

use crate::pipeline::Stage;
use crate::printer::Verbosity;

/// A city's health and care analytics: from every provider's extracts to a board report.
#[derive(Debug, Parser)]
#[command(name = "hub", version, max_term_width = 100)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// The command line as clap knows it, from which its reference page is generated.
#[must_use]
pub fn command_line() -> clap::Command {
    Arguments::command()
}

#[derive(Debug, Args)]
pub(super) struct Global {
    /// Folder of the store
    #[arg(long, global = true, default_value = "store", value_name = "DIR")]
    pub(super) store: PathBuf,
    /// Folder of the outputs
    #[arg(long, global = true, default_value = "out", value_name = "DIR")]
    pub(super) out: PathBuf,
    /// Say nothing but errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Say more: every file and every model
    #[arg(short, long, global = true)]
    verbose: bool,
}

impl Global {
    pub(super) fn verbosity(&self) -> Verbosity {
        match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (_, true) => Verbosity::Verbose,
            _ => Verbosity::Normal,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run a pipeline: check, extract, pseudonymise, link, model, release, report
    Run(Run),
    /// Check a pipeline's declarations, contracts, models and key without reading a row
    Check(Check),
    /// Make a synthetic city: extracts of every sector, the truth, reference tables
    Synth(Synth),
    /// Ask the current run in read-only SQL
    Query(Query),
    /// Show a feed's contract, draft one, or print the schema for editors
    Contract(Contract),
    /// Report on linkage, or score it against a truth
    Link(Link),
    /// List, show, trace and test the models
    Model(Model),
    /// At a provider: put pseudonyms in place of persons, with the feed's key alone; what comes out is
    /// what the hub takes in
    Pseudonymise(Pseudonymise),
    /// Make a master key, show a key's id, take a store to a new key
    Key(Key),
    /// Look after the store: history, verify, gc, forget
    Store(Store),
    /// Tell practices which of their patients they must act on: a sealed list for each, for individual
    /// care alone
    Reidentify(Reidentify),
    /// Print who shares what with whom, for what, on which basis, for how long: data-flow map, record
    /// of processing, opt-out statement, agreements, destruction record
    Governance(Governance),
    /// Print a completion script for a shell
    Completions(Completions),
}

/// Which night of which pipeline.
#[derive(Debug, Args)]
pub(super) struct Night {
    /// The pipeline file
    #[arg(value_name = "PIPELINE")]
    pub(super) pipeline: PathBuf,
    /// Analysis date instead of the pipeline's
    #[arg(long, value_name = "DATE")]
    pub(super) as_at: Option<String>,
    /// Day of the run, if not the analysis date: the age of the opt-out list counts from it, and
    /// agreements must be live on it
    #[arg(long, value_name = "DATE")]
    pub(super) run_on: Option<String>,
    /// What it is for, instead of the pipeline's purpose: one of those that it declares
    #[arg(long, value_name = "PURPOSE")]
    pub(super) purpose: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Run {
    #[command(flatten)]
    pub(super) night: Night,
    /// Stop after this stage
    #[arg(long, value_name = "STAGE")]
    pub(super) until: Option<Stage>,
    /// Redo this stage and all after it, even where nothing changed
    #[arg(long, value_name = "STAGE")]
    pub(super) from: Option<Stage>,
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub(super) dry_run: bool,
}

#[derive(Debug, Args)]
pub(super) struct Check {
    /// The pipeline file
    #[arg(value_name = "PIPELINE")]
    pub(super) pipeline: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct Synth {
    /// People registered at a time
    #[arg(long, default_value_t = 3_000)]
    pub(super) people: u32,
    /// Months of activity
    #[arg(long, default_value_t = 36)]
    pub(super) months: u32,
    /// Seed: the same seed gives the same bytes
    #[arg(long, default_value_t = 20_260_401)]
    pub(super) seed: u64,
    /// Files of a year each, or what a hub receives month by month, with refreshes and late rows
    #[arg(long, value_enum, default_value_t = SynthDeliveries::Yearly)]
    pub(super) deliveries: SynthDeliveries,
    /// When files arrive that come month by month
    #[arg(long, value_enum, default_value_t = SynthArrivals::InOrder)]
    pub(super) arrivals: SynthArrivals,
    /// Share of GP coded events to keep [default: 0.1, above 20,000 people 1]
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub(super) gp_events_kept: Option<f64>,
    /// Share of GP prescriptions to keep [default: 0.1, above 20,000 people 1]
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub(super) gp_prescriptions_kept: Option<f64>,
    /// Where the codes come from that a person's health does not explain [default: model, above
    /// 20,000 people england]
    #[arg(long, value_enum)]
    pub(super) code_frequencies: Option<SynthCodes>,
    /// Spread of people's habit of attending A&E and calling ambulances: the standard deviation of
    /// its logarithm [default: 0, above 20,000 people 0.8]
    #[arg(long, value_name = "SIGMA", value_parser = spread)]
    pub(super) attender_sigma: Option<f64>,
    /// Pack the feeds that come packed [default: true, above 20,000 people false]
    #[arg(long, value_name = "BOOL")]
    pub(super) pack: Option<bool>,
    /// Write `truth/records.csv.gz`, the true person of every line
    #[arg(long, value_name = "BOOL", default_value_t = true, action = clap::ArgAction::Set)]
    pub(super) records: bool,
    /// Write `reference/opt_out_allowed.csv`, the numbers that no opt-out withholds
    #[arg(long)]
    pub(super) opt_outs: bool,
    /// Share of people whose NHS number is issued anew for a new life, as after an adoption or a change of
    /// gender history; `truth/reissued.csv` says whose
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    pub(super) reissued: f64,
    /// Instead of a city's extracts, one register of this many rows in which `--people` people stand, many
    /// of them more than once: written with slips and moves, without any number, to try linkage on
    #[arg(long, value_name = "ROWS")]
    pub(super) register: Option<u32>,
    /// How often a defect is done: `name=rate`, `all=rate`, or a TOML file of them; may be repeated
    #[arg(long, value_name = "NAME=RATE|FILE")]
    pub(super) defects: Vec<String>,
}

/// A share from 0 to 1.
fn share(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err("not from 0 to 1".to_owned()) }
}

/// A standard deviation of a logarithm; more than 3 would make one person the whole city.
fn spread(text: &str) -> Result<f64, String> {
    let spread: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.0..=3.0).contains(&spread) { Ok(spread) } else { Err("not from 0 to 3".to_owned()) }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum SynthDeliveries {
    /// One extract a year
    Yearly,
    /// Flex and freeze, primary and final, deltas, snapshots, late rows
    Monthly,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum SynthArrivals {
    /// When they are due, or a month later
    InOrder,
    /// Each in a month drawn from all: April may come after August, a freeze before its flex
    Shuffled,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum SynthCodes {
    /// Only what the model of health needs
    Model,
    /// Further codes as often as English hospitals use them
    England,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// A table for reading
    Table,
    /// Comma-separated values
    Csv,
    /// JSON, one object a line
    Json,
    /// Parquet
    Parquet,
}

#[derive(Debug, Args)]
pub(super) struct Query {
    /// The statement: one select
    #[arg(value_name = "SQL", required_unless_present = "file")]
    pub(super) sql: Option<String>,
    /// Read the statement (or a model) from a file
    #[arg(long, value_name = "FILE", conflicts_with = "sql")]
    pub(super) file: Option<PathBuf>,
    /// What the answer is for; the purpose of the run if not given, and no other is answered
    #[arg(long, value_name = "PURPOSE")]
    pub(super) purpose: Option<String>,
    /// Day on which agreements must be live, if not that of the run
    #[arg(long, value_name = "DATE")]
    pub(super) run_on: Option<String>,
    /// How to print the result
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(super) format: Format,
    /// Register a CSV or Parquet file as a table; a query of such tables alone needs no run. A CSV
    /// header cell may be `name:type`, else a column is a number or a date if every cell is one
    #[arg(long = "table", value_name = "NAME=PATH")]
    pub(super) tables: Vec<String>,
    /// Print at most this many rows
    #[arg(long, default_value_t = 10_000, value_name = "N")]
    pub(super) rows: usize,
    /// Stop after this many seconds
    #[arg(long, default_value_t = 300, value_name = "N")]
    pub(super) seconds: u64,
}

#[derive(Debug, Args)]
pub(super) struct Contract {
    #[command(subcommand)]
    pub(super) action: ContractAction,
}

#[derive(Debug, Subcommand)]
pub(super) enum ContractAction {
    /// Print a feed's contract for a provider: what to send, in which form, and what is checked
    Show {
        /// The feed, or another contract's name
        feed: String,
        /// Folder of contracts
        #[arg(long, default_value = "pipelines/contracts", value_name = "DIR")]
        contracts: PathBuf,
        /// As it holds for this provider
        #[arg(long, value_name = "CODE")]
        provider: Option<String>,
        /// How to print it
        #[arg(long = "as", value_enum, default_value_t = Page::Markdown)]
        page: Page,
    },
    /// Draft a contract from a file: types, formats and codes that fit every cell; no values that
    /// could name anybody
    Infer {
        /// A file of the feed
        file: PathBuf,
        /// The feed; the file's name if not given
        #[arg(long)]
        feed: Option<String>,
    },
    /// Print the JSON Schema of contracts
    Schema,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Page {
    /// Markdown
    Markdown,
    /// One HTML page
    Html,
}

#[derive(Debug, Args)]
pub(super) struct Link {
    #[command(subcommand)]
    pub(super) action: LinkAction,
}

#[derive(Debug, Subcommand)]
pub(super) enum LinkAction {
    /// Rates by feed and step, what could not be linked and why
    Report {
        /// How to print the report
        #[arg(long, value_enum, default_value_t = Format::Table)]
        format: Format,
        /// Where the report goes as a page of its own, with groups of people, the model, the trial
        #[arg(long, value_name = "FILE")]
        html: Option<PathBuf>,
    },
    /// A model of step 6, learned without labels from the visible run's identities
    Train {
        /// The pipeline file
        #[arg(value_name = "PIPELINE")]
        pipeline: PathBuf,
        /// Where the model goes; `[link.weighed] model` of the pipeline names it
        #[arg(long = "to", value_name = "FILE")]
        file: PathBuf,
    },
    /// Pairs that linkage is in doubt about, without identifiers: for decisions in the file that
    /// `[link] decisions` of the pipeline names
    Review {
        /// The pipeline file
        #[arg(value_name = "PIPELINE")]
        pipeline: PathBuf,
        /// How to print the pairs
        #[arg(long, value_enum, default_value_t = Format::Table)]
        format: Format,
        /// Pairs at most
        #[arg(long, value_name = "N", default_value_t = 200)]
        rows: usize,
    },
    /// Why two identities are one person or are not: weights, steps, what stands in the way
    Explain {
        /// The pipeline file
        #[arg(value_name = "PIPELINE")]
        pipeline: PathBuf,
        /// A pair as `hub link review` prints it, or two of `identity_id`
        #[arg(value_name = "PAIR", required = true, num_args = 1..=2)]
        pair: Vec<String>,
        /// How to print the explanation
        #[arg(long, value_enum, default_value_t = Format::Table)]
        format: Format,
        /// Where the chart of its weights goes, as SVG
        #[arg(long, value_name = "FILE")]
        svg: Option<PathBuf>,
    },
    /// By which id a person is known today who had this one at any time
    Resolve {
        /// A `person_id`
        #[arg(value_name = "ID", allow_negative_numbers = true)]
        person: i64,
        /// How to print it
        #[arg(long, value_enum, default_value_t = Format::Table)]
        format: Format,
    },
    /// How far figures vary with links that are uncertain: the link set is drawn again and again, each
    /// link of step 6 and each potential match by its probability. The visible run stays as it is
    Draws {
        /// The pipeline file
        #[arg(value_name = "PIPELINE")]
        pipeline: PathBuf,
        /// How many draws
        #[arg(long, value_name = "M", default_value_t = 20, value_parser = clap::value_parser!(u32).range(2..))]
        draws: u32,
        /// Where chance begins: the same seed draws the same links
        #[arg(long, value_name = "N", default_value_t = 1)]
        seed: u64,
        /// How to print the figures
        #[arg(long, value_enum, default_value_t = Format::Table)]
        format: Format,
    },
    /// Precision and recall by feed and over pairs of records, against a truth
    Evaluate {
        /// CSV of feed, file, line, person; with --column, files of the run
        #[arg(long, value_name = "FILE", required = true)]
        truth: Vec<PathBuf>,
        /// Column of the files themselves that says who each row is truly about
        #[arg(long, value_name = "NAME")]
        column: Option<String>,
        /// CSV of person, new_person: true persons who must never be one; says how many are
        #[arg(long, value_name = "FILE")]
        apart: Option<PathBuf>,
        /// How to print the result
        #[arg(long, value_enum, default_value_t = Format::Table)]
        format: Format,
    },
}

#[derive(Debug, Args)]
pub(super) struct Model {
    #[command(subcommand)]
    pub(super) action: ModelAction,
    /// Folder of models
    #[arg(long, global = true, default_value = "sql/models", value_name = "DIR")]
    pub(super) models: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(super) enum ModelAction {
    /// Every model with its grain, sensitivity and summary
    List,
    /// One model: columns, inputs, checks, SQL
    Show {
        /// The model, such as `core.person`
        name: String,
    },
    /// What a model is made from and what is made from it
    Lineage {
        /// The model; all models as a Mermaid graph if left out
        name: Option<String>,
    },
    /// Run the models on the small tables of `.slt` files and compare what comes out
    Test {
        /// A folder of test files
        #[arg(value_name = "DIR", default_value = "sql/tests")]
        folder: PathBuf,
        /// The pipeline whose parameters the models read
        #[arg(long, value_name = "PIPELINE", default_value = "pipelines/sample.toml")]
        pipeline: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(super) struct Pseudonymise {
    /// The feed, or another contract's name
    pub(super) feed: String,
    /// The files
    #[arg(required = true, value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,
    /// The feed's key, as `hub key feed` wrote it
    #[arg(long, value_name = "FILE")]
    pub(super) key: PathBuf,
    /// Folder of contracts
    #[arg(long, default_value = "pipelines/contracts", value_name = "DIR")]
    pub(super) contracts: PathBuf,
    /// The provider, if the contract says what is otherwise in its files, or the key is its own
    #[arg(long, value_name = "CODE")]
    pub(super) provider: Option<String>,
    /// CSV of `postcode` and `lsoa_code`: small areas go on in place of postcodes
    #[arg(long, value_name = "FILE")]
    pub(super) postcodes: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Key {
    #[command(subcommand)]
    pub(super) action: KeyAction,
}

#[derive(Debug, Subcommand)]
pub(super) enum KeyAction {
    /// Write a new random master key to a file that only you can read
    New {
        /// The file; it must not exist yet
        file: PathBuf,
    },
    /// Print the id of the key that a pipeline uses (never the key)
    Id {
        /// The pipeline file
        pipeline: PathBuf,
    },
    /// Write the key of one feed, derived from the pipeline's, for a provider that pseudonymises
    Feed {
        /// The pipeline file
        pipeline: PathBuf,
        /// The feed
        feed: String,
        /// The file; it must not exist yet
        file: PathBuf,
        /// The provider, of several: a key of its own, by which no other's pseudonyms can be made
        #[arg(long, value_name = "CODE")]
        provider: Option<String>,
    },
    /// Take the store to the pipeline's new key or epoch: a run in which everybody has other
    /// pseudonyms; which became which is known in the identity zone alone
    Rotate {
        #[command(flatten)]
        night: Night,
        /// The key that is replaced, in a file: with it, what runs of before have in the identity zone can
        /// still be read. Another epoch of the same key needs none
        #[arg(long, value_name = "FILE")]
        old_key: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(super) struct Store {
    #[command(subcommand)]
    pub(super) action: StoreAction,
}

#[derive(Debug, Subcommand)]
pub(super) enum StoreAction {
    /// The runs, newest last
    History,
    /// Check every part, manifest and audit line, and look for identifiers in all that was written, the
    /// outputs too
    Verify {
        /// The pipeline file: its key opens the identity zone, which is else looked at from outside
        #[arg(value_name = "PIPELINE")]
        pipeline: Option<PathBuf>,
    },
    /// Remove what no kept run needs
    Gc {
        /// Newest runs to keep
        #[arg(long, default_value_t = 14)]
        nightly: usize,
        /// Months of which the last run is kept
        #[arg(long, default_value_t = 12)]
        monthly: usize,
    },
    /// Forget a person: remove them from every part and every run, and filter them from whatever comes
    /// later. The NHS number is asked for, or read as one line from standard input
    Forget {
        /// The pipeline file
        #[arg(value_name = "PIPELINE")]
        pipeline: PathBuf,
        /// Why: recorded, and read by others, so it must not tell who it is
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// The day, if not the analysis date
        #[arg(long, value_name = "DATE")]
        run_on: Option<String>,
    },
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Reidentify {
    #[command(subcommand)]
    pub(super) action: Option<ReidentifyAction>,
    /// The pipeline file, of the purpose `individual_care`
    #[arg(value_name = "PIPELINE", required = true)]
    pub(super) pipeline: Option<PathBuf>,
    /// Who is meant: a query of `person_id`, `practice_code` and what the practice must know; only who is
    /// registered there on the day gets on its list
    #[arg(long, value_name = "SQL", required = true)]
    pub(super) sql: Option<String>,
    /// Who approves, by the name in `[reidentify]`; twice, for two are needed
    #[arg(long = "approver", value_name = "NAME")]
    pub(super) approvers: Vec<String>,
    /// Why: recorded, and told to the practices
    #[arg(long, value_name = "TEXT", required = true)]
    pub(super) reason: Option<String>,
    /// Day on which agreements must be live and persons registered, if not that of the run
    #[arg(long, value_name = "DATE")]
    pub(super) run_on: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(super) enum ReidentifyAction {
    /// At a practice: print which of its own numbers are on a list, with what is told of each
    Open {
        /// The sealed list
        list: PathBuf,
        /// File of the practice's secret key (`AGE-SECRET-KEY-1…`), readable by its owner alone
        #[arg(long, value_name = "FILE")]
        secret_key: PathBuf,
        /// CSV of the practice's own patients, with a column `nhs_number`
        #[arg(long, value_name = "FILE")]
        numbers: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(super) struct Governance {
    /// The pipeline file
    #[arg(value_name = "PIPELINE")]
    pub(super) pipeline: PathBuf,
    /// Day on which agreements are held against their dates, if not the analysis date
    #[arg(long, value_name = "DATE")]
    pub(super) run_on: Option<String>,
    /// How to print it
    #[arg(long = "as", value_enum, default_value_t = GovernancePage::Text)]
    pub(super) page: GovernancePage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum GovernancePage {
    /// Plain text
    Text,
    /// One HTML page
    Html,
}

#[derive(Debug, Args)]
pub(super) struct Completions {
    /// The shell
    pub(super) shell: clap_complete::Shell,
}
