//! Generates the client of `openapi.yaml`.

fn main() -> Result<(), moneykit_codegen::Error> {
    moneykit_codegen::compile("openapi.yaml")
}
