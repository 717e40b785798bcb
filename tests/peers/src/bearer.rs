//! The `Authorization` header of a bearer token, for subjects that return only the token.

use http::HeaderValue;

use crate::token_source::Result;

/// Returns the value of an `Authorization` header for a bearer token.
///
/// It makes one allocation and one pass over the token, which is the minimum, so that it adds no avoidable cost to a
/// subject's results.
pub fn header_value(token: &str) -> Result<HeaderValue> {
    const SCHEME: &str = "Bearer ";
    let mut text = String::with_capacity(SCHEME.len() + token.len());
    text.push_str(SCHEME);
    text.push_str(token);
    let mut value = HeaderValue::try_from(text)?;
    value.set_sensitive(true);
    Ok(value)
}
