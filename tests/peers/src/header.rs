use http::HeaderValue;

use crate::token_source::Result;

/// Makes the value of an `Authorization` header from a bare token, for peers that hand out nothing else.
///
/// One allocation and one pass over the token: the cheapest way there is, so that no peer is charged for more.
pub fn bearer(token: &str) -> Result<HeaderValue> {
    const SCHEME: &str = "Bearer ";
    let mut text = String::with_capacity(SCHEME.len() + token.len());
    text.push_str(SCHEME);
    text.push_str(token);
    let mut value = HeaderValue::try_from(text)?;
    value.set_sensitive(true);
    Ok(value)
}
