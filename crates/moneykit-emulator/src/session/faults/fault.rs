//! Faults that the emulator injects into requests.

use std::time::Duration;

use http::{HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};

use crate::config_error::ConfigError;
use crate::milliseconds;

/// A fault that the emulator injects into a request.
///
/// Inject faults into the next requests with [`Session::fail_next`](crate::Session::fail_next) and
/// [`fail_next_for`](crate::Session::fail_next_for), or at random with [`Faults`](crate::Faults).
///
/// On an HTTP/2 connection, [`CloseAfter`](Self::CloseAfter) and [`ResetAfter`](Self::ResetAfter) affect all requests of
/// that connection, and count the bytes of frames.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "FaultDefinition", into = "FaultDefinition")]
#[non_exhaustive]
pub enum Fault {
    /// The response has this status and the documented error body, regardless of the request. No token is issued.
    ///
    /// A status from 100 to 199 cannot be a final response; the emulator then responds with 500.
    Status(StatusCode),
    /// Like [`Status`](Self::Status), with a `Retry-After` header of this duration, rounded up to whole seconds.
    RetryAfter(StatusCode, Duration),
    /// The emulator waits for this duration of real time before it handles the request as usual. The lifetime of a
    /// token starts when it is issued, after the wait.
    Delay(Duration),
    /// The emulator handles the request as usual, but closes the connection after this many bytes of the response,
    /// including the status line and headers. With 0, the client receives no response. A token is issued and counted
    /// even if the client never receives it.
    CloseAfter(usize),
    /// Like [`CloseAfter`](Self::CloseAfter), but resets the connection (TCP RST), which clients report as another
    /// error. Bytes that were sent before may be lost.
    ResetAfter(usize),
    /// The emulator handles the request as usual, but the response ends after this many bytes of its body, before the
    /// length that its headers announce.
    TruncateBody(usize),
    /// The emulator handles the request as usual, but sends the body of the response in pieces.
    SlowBody {
        /// The size of a piece. 0 is the same as 1.
        chunk_bytes: usize,
        /// The real time before each piece.
        interval: Duration,
    },
    /// The response has a success status and this body as `text/plain`, regardless of the request: for example the HTML
    /// page of a captive portal, or an empty JSON object. No token is issued. The status is 201 for a token request and
    /// 200 for others.
    Garbage(String),
    /// The emulator handles the request as usual, but the response has this content type.
    ContentType(HeaderValue),
    /// The emulator handles the request as usual, but the token has this lifetime. For token requests only.
    Lifetime(Duration),
    /// The emulator handles the request as usual, but the API does not know the new token until this time has passed on
    /// the emulator's clock. For token requests only.
    ActivationDelay(Duration),
}

impl Fault {
    /// Returns true if the fault has a meaning for token requests only.
    pub(super) fn is_for_tokens(&self) -> bool {
        matches!(self, Self::Lifetime(_) | Self::ActivationDelay(_))
    }

    /// Returns the name of the kind of fault, as JSON has it.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Status(_) | Self::RetryAfter(..) => "status",
            Self::Delay(_) => "delay",
            Self::CloseAfter(_) => "close_after",
            Self::ResetAfter(_) => "reset_after",
            Self::TruncateBody(_) => "truncate_body",
            Self::SlowBody { .. } => "slow_body",
            Self::Garbage(_) => "garbage",
            Self::ContentType(_) => "content_type",
            Self::Lifetime(_) => "lifetime",
            Self::ActivationDelay(_) => "activation_delay",
        }
    }
}

/// The JSON form of a [`Fault`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum FaultDefinition {
    Status {
        status: u16,
        #[serde(
            default,
            rename = "retry_after_ms",
            with = "milliseconds::option",
            skip_serializing_if = "Option::is_none"
        )]
        retry_after: Option<Duration>,
    },
    Delay {
        #[serde(rename = "delay_ms", with = "milliseconds")]
        delay: Duration,
    },
    CloseAfter {
        bytes: usize,
    },
    ResetAfter {
        bytes: usize,
    },
    TruncateBody {
        bytes: usize,
    },
    SlowBody {
        chunk_bytes: usize,
        #[serde(rename = "interval_ms", with = "milliseconds")]
        interval: Duration,
    },
    Garbage {
        body: String,
    },
    ContentType {
        content_type: String,
    },
    Lifetime {
        #[serde(rename = "lifetime_ms", with = "milliseconds")]
        lifetime: Duration,
    },
    ActivationDelay {
        #[serde(rename = "delay_ms", with = "milliseconds")]
        delay: Duration,
    },
}

impl TryFrom<FaultDefinition> for Fault {
    type Error = ConfigError;

    fn try_from(definition: FaultDefinition) -> Result<Self, ConfigError> {
        use FaultDefinition as Definition;
        Ok(match definition {
            Definition::Status { status, retry_after } => {
                let status = StatusCode::from_u16(status).ok().filter(|status| status.as_u16() < 600);
                let status = status
                    .filter(|status| !status.is_informational())
                    .ok_or_else(|| ConfigError::new("the status of a fault must be between 200 and 599"))?;
                match retry_after {
                    Some(after) => Self::RetryAfter(status, after),
                    None => Self::Status(status),
                }
            }
            Definition::Delay { delay } => Self::Delay(delay),
            Definition::CloseAfter { bytes } => Self::CloseAfter(bytes),
            Definition::ResetAfter { bytes } => Self::ResetAfter(bytes),
            Definition::TruncateBody { bytes } => Self::TruncateBody(bytes),
            Definition::SlowBody { chunk_bytes, interval } => Self::SlowBody { chunk_bytes, interval },
            Definition::Garbage { body } => Self::Garbage(body),
            Definition::ContentType { content_type } => {
                let value = HeaderValue::from_str(&content_type).ok().filter(|_| content_type.is_ascii());
                Self::ContentType(value.ok_or_else(|| {
                    ConfigError::new("the content type of a fault is not printable ASCII; fix it")
                })?)
            }
            Definition::Lifetime { lifetime } => Self::Lifetime(lifetime),
            Definition::ActivationDelay { delay } => Self::ActivationDelay(delay),
        })
    }
}

impl From<Fault> for FaultDefinition {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Status(status) => Self::Status { status: status.as_u16(), retry_after: None },
            Fault::RetryAfter(status, after) => {
                Self::Status { status: status.as_u16(), retry_after: Some(after) }
            }
            Fault::Delay(delay) => Self::Delay { delay },
            Fault::CloseAfter(bytes) => Self::CloseAfter { bytes },
            Fault::ResetAfter(bytes) => Self::ResetAfter { bytes },
            Fault::TruncateBody(bytes) => Self::TruncateBody { bytes },
            Fault::SlowBody { chunk_bytes, interval } => Self::SlowBody { chunk_bytes, interval },
            Fault::Garbage(body) => Self::Garbage { body },
            Fault::ContentType(content_type) => Self::ContentType {
                content_type: String::from_utf8_lossy(content_type.as_bytes()).into_owned(),
            },
            Fault::Lifetime(lifetime) => Self::Lifetime { lifetime },
            Fault::ActivationDelay(delay) => Self::ActivationDelay { delay },
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_fault_survives_a_round_trip_through_json() {
        for text in [
            json!({"type": "status", "status": 503}),
            json!({"type": "status", "status": 429, "retry_after_ms": 1_500}),
            json!({"type": "delay", "delay_ms": 5}),
            json!({"type": "close_after", "bytes": 5}),
            json!({"type": "reset_after", "bytes": 0}),
            json!({"type": "truncate_body", "bytes": 5}),
            json!({"type": "slow_body", "chunk_bytes": 1, "interval_ms": 5}),
            json!({"type": "garbage", "body": "<html>"}),
            json!({"type": "content_type", "content_type": "text/html"}),
            json!({"type": "lifetime", "lifetime_ms": 5}),
            json!({"type": "activation_delay", "delay_ms": 5}),
        ] {
            let fault: Fault = serde_json::from_value(text.clone()).unwrap();
            assert_eq!(fault.kind(), text["type"]);
            assert_eq!(serde_json::to_value(fault).unwrap(), text);
        }
        for (text, expected) in [
            (r#"{"type": "status", "status": 100}"#, "between 200 and 599"),
            (r#"{"type": "status", "status": 600}"#, "between 200 and 599"),
            (r#"{"type": "status", "status": 503, "retry_after": 1}"#, "unknown field `retry_after`"),
            (r#"{"type": "explode"}"#, "unknown variant `explode`"),
            (r#"{"type": "content_type", "content_type": "\n"}"#, "printable ASCII"),
            (r#"{"type": "content_type", "content_type": "é"}"#, "printable ASCII"),
        ] {
            let error = serde_json::from_str::<Fault>(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
