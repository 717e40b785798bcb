//! Tests of the program in shells: its streams, exit codes, files, and how many requests it makes.

#![cfg(unix)]
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod cache;
mod canary;
mod credentials;
mod doctor;
mod home;
mod manners;
mod readme;
mod request;
mod token;
