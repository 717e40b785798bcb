//! Generates the client from the contract; all that there is to know about how is in moneykit-codegen.

#[cfg(feature = "codegen")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    use std::path::Path;
    use std::{env, fs};

    // A link in the repository, the file itself in the published crate; messages shall name the file to edit.
    let contract = Path::new("openapi.yaml").canonicalize()?;
    println!("cargo::rerun-if-changed=openapi.yaml");
    println!("cargo::rerun-if-changed={}", contract.display());
    #[expect(clippy::disallowed_methods, reason = "this is how cargo talks to build scripts")]
    let out_dir = env::var_os("OUT_DIR").ok_or("OUT_DIR is not set: run this through cargo")?;

    match moneykit_codegen::Contract::read(contract)
        .and_then(|contract| moneykit_codegen::generate(&contract))
    {
        Ok(source) => fs::write(Path::new(&out_dir).join("client.rs"), source)?,
        Err(error) => error.to_string().lines().for_each(|line| println!("cargo::error={line}")),
    }
    Ok(())
}

/// The reviewed copy is compiled as it is.
#[cfg(not(feature = "codegen"))]
fn main() {
    // Or cargo runs this again whenever any file of the package changes.
    println!("cargo::rerun-if-changed=build.rs");
}
