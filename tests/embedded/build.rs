//! Generates two clients.

fn main() -> Result<(), moneykit_codegen::Error> {
    let config = moneykit_codegen::Config::new().moneykit_path("::bank");
    config.compile("links.yaml")?;
    config.compile("payments.yaml")
}
