//! Tests of the program in shells: its streams, exit codes, files, and how many requests it makes.

#![cfg(unix)]
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod cache;
mod canary;
mod contract;
mod credentials;
mod doctor;
#[cfg(feature = "emulator")]
mod emulate;
mod home;
mod manners;
mod proxy;
mod proxy_connections;
mod proxy_process;
mod proxy_protocol;
#[cfg(feature = "codegen")]
mod readme;
mod request;
#[cfg(feature = "redis")]
mod store;
mod token;
