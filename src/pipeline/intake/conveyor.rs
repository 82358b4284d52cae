//! Work in parallel, results in order, memory bounded.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{Receiver, RecvError, RecvTimeoutError, TryRecvError, channel};
use std::time::Duration;

/// How long a thread of the pool waits for a result before it looks for other work again.
const WAIT: Duration = Duration::from_micros(200);

/// A result, or what a thread panicked with.
type Outcome<R> = Result<R, Box<dyn Any + Send>>;

/// Feeds what `source` yields through `work` on rayon's pool and hands the results to `sink` in the
/// order of the source. A thread of its own reads; at most twice as many pieces as the pool has
/// threads, and two, are under way at once.
///
/// # Errors
/// The first error of `source` or `sink`.
pub(super) fn convey<T, R, E>(
    mut source: impl FnMut() -> Result<Option<T>, E> + Send,
    work: impl Fn(T) -> R + Sync,
    mut sink: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E>
where
    T: Send,
    R: Send,
    E: Send,
{
    let n_under_way = 2 * rayon::current_num_threads() + 2;
    let work = &work;
    rayon::in_place_scope(|pool| {
        std::thread::scope(|threads| {
            let (permit, permits) = channel();
            let (done, results) = channel::<(u64, Outcome<Result<R, E>>)>();
            for _ in 0..n_under_way {
                let _ = permit.send(());
            }
            threads.spawn(move || {
                // Each piece waits for a permit, which comes back when its result is written.
                for i in 0.. {
                    if permits.recv().is_err() {
                        return;
                    }
                    let done = done.clone();
                    match catch_unwind(AssertUnwindSafe(&mut source)) {
                        Ok(Ok(Some(piece))) => pool.spawn(move |_| {
                            let result = catch_unwind(AssertUnwindSafe(|| work(piece)));
                            let _ = done.send((i, result.map(Ok)));
                        }),
                        Ok(Ok(None)) => return,
                        Ok(Err(error)) => {
                            let _ = done.send((i, Ok(Err(error))));
                            return;
                        }
                        Err(panic) => {
                            let _ = done.send((i, Err(panic)));
                            return;
                        }
                    }
                }
            });
            let mut next = 0;
            let mut waiting = BTreeMap::new();
            while let Ok((i, result)) = receive(&results) {
                waiting.insert(i, result);
                while let Some(result) = waiting.remove(&next) {
                    next += 1;
                    match result {
                        Ok(result) => sink(result?)?,
                        Err(panic) => resume_unwind(panic),
                    }
                    let _ = permit.send(());
                }
            }
            Ok(())
        })
    })
}

/// Waits for a result; on a thread of the pool, does the pool's work meanwhile.
fn receive<R>(results: &Receiver<R>) -> Result<R, RecvError> {
    if rayon::current_thread_index().is_none() {
        return results.recv();
    }
    loop {
        match results.try_recv() {
            Ok(result) => return Ok(result),
            Err(TryRecvError::Disconnected) => return Err(RecvError),
            Err(TryRecvError::Empty) => match rayon::yield_now() {
                Some(rayon::Yield::Executed) => {}
                _ => match results.recv_timeout(WAIT) {
                    Ok(result) => return Ok(result),
                    Err(RecvTimeoutError::Disconnected) => return Err(RecvError),
                    Err(RecvTimeoutError::Timeout) => {}
                },
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn squares(n: u64, fails_at: Option<u64>) -> Result<Vec<u64>, String> {
        let mut i = 0;
        let mut out = Vec::new();
        convey(
            || {
                i += 1;
                if Some(i) == fails_at { Err(format!("at {i}")) } else { Ok((i <= n).then_some(i)) }
            },
            |i| i * i,
            |square| {
                out.push(square);
                Ok(())
            },
        )?;
        Ok(out)
    }

    #[test]
    fn results_come_in_the_order_of_the_source() {
        let expected: Vec<u64> = (1..=500).map(|i| i * i).collect();
        assert_eq!(squares(500, None), Ok(expected.clone()));
        let in_pool = rayon::join(|| squares(500, None), || ()).0;
        assert_eq!(in_pool, Ok(expected));
        assert_eq!(squares(0, None), Ok(Vec::new()));
    }

    #[test]
    fn an_error_of_either_end_stops_the_line() {
        assert_eq!(squares(500, Some(77)), Err("at 77".to_owned()));
        let endless = convey(|| Ok(Some(1)), |i| i, |_: i32| Err("full"));
        assert_eq!(endless, Err("full"));
    }

    #[test]
    fn no_more_are_under_way_than_may_be() {
        let n_begun = AtomicUsize::new(0);
        let most = 2 * rayon::current_num_threads() + 2;
        let (mut most_under_way, mut n_done) = (0, 0);
        let done = convey(
            || {
                let n = n_begun.fetch_add(1, Ordering::SeqCst);
                Ok::<_, ()>((n < 500).then_some(n))
            },
            |i| i,
            |_| {
                let is_first = n_done == 0;
                while is_first && n_begun.load(Ordering::SeqCst) < most {
                    std::thread::yield_now();
                }
                most_under_way = most_under_way.max(n_begun.load(Ordering::SeqCst) - n_done);
                n_done += 1;
                Ok(())
            },
        );
        assert_eq!((done, n_done), (Ok(()), 500));
        assert_eq!(most_under_way, most);
    }

    #[test]
    fn a_panic_at_work_reaches_the_caller() {
        let panicked = catch_unwind(|| {
            let mut i = 0;
            convey(
                || {
                    i += 1;
                    Ok::<_, ()>((i < 100).then_some(i))
                },
                |i| assert!(i != 50, "at work"),
                |()| Ok(()),
            )
        });
        assert!(panicked.is_err());
    }
}
