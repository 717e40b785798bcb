//! Build script: generates the client from the contract with `moneykit-codegen`.

#[cfg(feature = "codegen")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    use std::path::Path;
    use std::{env, fs};

    // A copy of spec/openapi.yaml, written by `cargo xtask regen`, so that the published crate contains it.
    let contract = Path::new("openapi.yaml");
    println!("cargo::rerun-if-changed=openapi.yaml");
    #[expect(
        clippy::disallowed_methods,
        reason = "cargo passes the output directory to build scripts this way"
    )]
    let out_dir = env::var_os("OUT_DIR").ok_or("OUT_DIR is not set: run this through cargo")?;

    match moneykit_codegen::Contract::read(contract)
        .and_then(|contract| moneykit_codegen::generate(&contract))
    {
        Ok(source) => fs::write(Path::new(&out_dir).join("client.rs"), source)?,
        Err(error) => error.to_string().lines().for_each(|line| println!("cargo::error={line}")),
    }
    Ok(())
}

/// Does nothing: without generation, the reviewed copy is compiled.
#[cfg(not(feature = "codegen"))]
fn main() {
    // Without this line, cargo reruns the build script whenever any file of the package changes.
    println!("cargo::rerun-if-changed=build.rs");
}
