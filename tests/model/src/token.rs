//! The facade's token module, without what fetches tokens over HTTP.

#[path = "../../../crates/moneykit/src/token/access_token.rs"]
mod access_token;
#[path = "../../../crates/moneykit/src/token/cache/mod.rs"]
pub(crate) mod cache;

pub(crate) use access_token::AccessToken;
