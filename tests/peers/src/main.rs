//! Puts the token cache of `moneykit` and those of other crates through the same scenarios on a loopback
//! server, and prints what came out. See README.md for what is and what is not comparable.

mod allocations;
mod contest;
mod contestant;
mod header;
mod pause;
mod peers;
mod report;
mod rsa_key;
mod scenarios;
mod server;
mod token_source;
mod versions;

use std::process::ExitCode;

use contestant::Contestant;

#[global_allocator]
static ALLOCATOR: allocations::Counting = allocations::Counting;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match Contestant::parse(&arguments) {
        Ok(Some(contestant)) => contestant.run(),
        Ok(None) => contest::run(&arguments),
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}
