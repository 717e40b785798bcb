//! Passes the compiler's version to the program, which prints it above its tables.

use std::process::Command;

fn main() {
    let compiler = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let version = Command::new(compiler)
        .arg("--version")
        .output()
        .ok()
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .unwrap_or_else(|| "rustc, unknown version".to_owned());
    println!("cargo::rustc-env=PEERS_COMPILER={}", version.trim());
    println!("cargo::rerun-if-changed=build.rs");
}
