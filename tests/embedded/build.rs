//! Generates two clients, and helpers for tests with httpmock.

fn main() -> Result<(), moneykit_codegen::Error> {
    let config = moneykit_codegen::Config::new().moneykit_path("::bank").httpmock(true);
    config.compile("links.yaml")?;
    config.compile("payments.yaml")
}
