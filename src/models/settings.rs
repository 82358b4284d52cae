//! How the engine is set: what results may depend on is a setting, never the machine.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use datafusion::error::Result;
use datafusion::execution::context::SessionConfig;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};

/// Limits and degrees of parallelism of an engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// What operators may hold in memory together before they spill.
    pub memory_bytes: usize,
    /// Into how many streams work is split. Two or more, or joins cannot spill.
    pub target_partitions: usize,
    /// Rows of a batch.
    pub batch_rows: usize,
    /// Folder for spill files, which hold rows of persons; the system's temporary folder if `None`.
    pub spill_folder: Option<PathBuf>,
    /// What spill files may take together.
    pub spill_bytes: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            memory_bytes: 4 << 30,
            target_partitions: 2,
            batch_rows: 8192,
            spill_folder: None,
            spill_bytes: 100 << 30,
        }
    }
}

const CONSUMERS_NAMED: NonZeroUsize = NonZeroUsize::new(3).expect("three is not zero");
/// The catalogue's name; queries never need to write it.
pub(crate) const CATALOGUE: &str = "hub";

impl Settings {
    /// The session's configuration.
    pub(crate) fn session_config(&self) -> SessionConfig {
        let mut config = SessionConfig::new()
            .with_target_partitions(self.target_partitions.max(1))
            .with_batch_size(self.batch_rows.max(1))
            .with_default_catalog_and_schema(CATALOGUE, "public")
            .with_information_schema(false);
        let options = config.options_mut();
        options.execution.planning_concurrency = self.target_partitions.max(1);
        options.execution.time_zone = None;
        // What a sort keeps back for merging must leave room under a small limit.
        let reserved = self.memory_bytes / (16 * self.target_partitions.max(1));
        options.execution.sort_spill_reservation_bytes = reserved.min(10 << 20);
        options.execution.parquet.pushdown_filters = true;
        options.execution.parquet.schema_force_view_types = false;
        options.sql_parser.map_string_types_to_utf8view = false;
        options.sql_parser.collect_spans = true;
        options.optimizer.prefer_hash_join = true;
        // Physical plans name files; what `explain` shows to analysts must not.
        options.explain.logical_plan_only = true;
        config
    }

    /// Memory pool and spill folder.
    pub(crate) fn runtime_env(&self) -> Result<Arc<RuntimeEnv>> {
        let mode = match &self.spill_folder {
            Some(folder) => DiskManagerMode::Directories(vec![folder.clone()]),
            None => DiskManagerMode::OsTmpDirectory,
        };
        let disk = DiskManagerBuilder::default()
            .with_mode(mode)
            .with_max_temp_directory_size(self.spill_bytes);
        let pool = TrackConsumersPool::new(FairSpillPool::new(self.memory_bytes), CONSUMERS_NAMED);
        RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(pool))
            .with_disk_manager_builder(disk)
            .build_arc()
    }
}
