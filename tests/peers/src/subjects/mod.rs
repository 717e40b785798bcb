//! The subjects, one per file: how each is configured, and how its user gets a header value.

mod aliri;
mod aws;
mod azure;
mod gcp_auth;
mod google;
mod moneykit;
mod naive;
mod oauth2;
mod yup;

pub use aliri::Aliri;
pub use aws::Aws;
pub use azure::Azure;
pub use gcp_auth::GcpAuth;
pub use google::Google;
pub use moneykit::MoneyKit;
pub use naive::Naive;
pub use oauth2::OAuth2;
pub use yup::Yup;
