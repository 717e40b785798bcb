//! Accepts OpenAPI 3.0.x only.

use moneykit_contract::Document;
use serde_json::Value;

use crate::error::Diagnostic;

/// The fix for a contract in another version of OpenAPI.
pub(crate) const VERSION_HELP: &str = "write the contract in OpenAPI 3.0.3: `openapi: 3.0.3`";

/// Rejects OpenAPI 3.1, which changed the meaning of schemas: the generator reads them by the rules of 3.0.
pub(crate) fn version(document: &Document) -> Result<(), Diagnostic> {
    let version = document.root().get("openapi").and_then(Value::as_str).unwrap_or_default();
    let patch = version.strip_prefix("3.0.");
    if patch.is_some_and(|patch| !patch.is_empty() && patch.bytes().all(|byte| byte.is_ascii_digit())) {
        return Ok(());
    }
    let message = format!("OpenAPI {version} is not supported");
    Err(Diagnostic::new(document.value_position("/openapi"), message, VERSION_HELP))
}
