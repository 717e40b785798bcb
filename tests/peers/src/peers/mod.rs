//! One file for each token cache: how it is set up, and how its user gets a header value out of it.

mod aliri;
mod aws;
mod azure;
mod gcp_auth;
mod google;
mod moneykit;
mod naive;
mod yup;

pub use aliri::Aliri;
pub use aws::Aws;
pub use azure::Azure;
pub use gcp_auth::GcpAuth;
pub use google::Google;
pub use moneykit::MoneyKit;
pub use naive::Naive;
pub use yup::Yup;
