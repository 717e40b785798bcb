//! Runs `moneykit` and other crates through the same scenarios against a loopback server, and prints the results as
//! tables. README.md explains which results are comparable.

mod allocation_counter;
mod bearer;
mod comparison;
mod pause;
mod report;
mod rsa_key;
mod scenarios;
mod server;
mod subject;
mod subjects;
mod summary;
mod token_source;
mod versions;

use std::process::ExitCode;

use subject::Run;

#[global_allocator]
static ALLOCATOR: allocation_counter::CountingAllocator = allocation_counter::CountingAllocator;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match Run::parse(&arguments) {
        Ok(Some(run)) => run.execute(),
        Ok(None) => comparison::run(&arguments),
        Err(error) => Err(error),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
