//! The threads that plans run on.

use std::future::Future;

use tokio::runtime::{Builder, Runtime};

use super::ModelError;

/// Deeply nested plans are walked on these threads.
const STACK_BYTES: usize = 16 << 20;

/// A set of threads; dropping it leaves stuck work behind instead of waiting for it.
pub(crate) struct Threads(Option<Runtime>);

impl Threads {
    /// As many threads as work is split into streams.
    pub(crate) fn new(n_threads: usize) -> Result<Self, ModelError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(n_threads.max(1))
            .thread_stack_size(STACK_BYTES)
            .thread_name("models")
            .build()
            .map_err(|error| ModelError::Engine(error.to_string()))?;
        Ok(Self(Some(runtime)))
    }

    /// The runtime of these threads.
    pub(crate) fn runtime(&self) -> &Runtime {
        self.0.as_ref().expect("taken only when dropped")
    }

    /// Runs `future` to its end.
    pub(crate) fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime().block_on(future)
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
