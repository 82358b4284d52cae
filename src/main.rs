//! The `hub` binary: everything it does is in the library.

/// Faster than the system's allocator under many small, short-lived buffers.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    hub::cli::main().into()
}
