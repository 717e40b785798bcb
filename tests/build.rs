//! Collects the Rust snippets of the guides in `docs`: those of one guide become a module of the test `guides`.

#![allow(clippy::disallowed_methods, reason = "cargo passes the output folder in the environment")]

use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=../docs");
    let output = std::env::var("OUT_DIR")?;
    for guide in std::fs::read_dir("../docs")? {
        let guide = guide?.path();
        if guide.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let text = std::fs::read_to_string(&guide)?;
        let name = guide.file_stem().and_then(|name| name.to_str()).ok_or("a guide's name is not UTF-8")?;
        std::fs::write(Path::new(&output).join(name.replace('-', "_") + ".rs"), snippets(&text))?;
    }
    Ok(())
}

/// Returns the contents of all Rust snippets.
fn snippets(text: &str) -> String {
    let snippets = text.split("```rust\n").skip(1).filter_map(|rest| rest.split("```").next());
    snippets.collect::<Vec<_>>().join("\n")
}
