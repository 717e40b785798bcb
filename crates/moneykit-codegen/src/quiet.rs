//! Runs the generator so that neither its panics nor its depth end the program.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

thread_local! {
    /// True while this thread runs the generator.
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
}

/// The stack of the generator, in bytes: it follows schemas by recursion.
const STACK: usize = 256 << 20;

/// Runs a function of the generator in a thread of its own. A panic becomes an error with its message, and is not
/// printed.
pub(crate) fn quietly<T: Send>(function: impl FnOnce() -> T + Send) -> Result<T, String> {
    silence();
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("generator".to_owned()).stack_size(STACK);
        let run = || {
            IS_QUIET.set(true);
            // No state outlives the call, so unwinding can't corrupt anything.
            catch_unwind(AssertUnwindSafe(function)).map_err(|panic| {
                let text = panic.downcast_ref::<String>().map(String::as_str);
                text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("unknown reason").to_owned()
            })
        };
        let thread = thread.spawn_scoped(scope, run).map_err(|error| format!("no thread: {error}"))?;
        thread.join().unwrap_or_else(|_| Err("unknown reason".to_owned()))
    })
}

/// Installs a panic hook that ignores the panics of the generator, and leaves all others to the hook before it.
fn silence() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !IS_QUIET.get() {
                previous(panic);
            }
        }));
    });
}
