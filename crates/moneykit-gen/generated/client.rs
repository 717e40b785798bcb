// Generated from spec/openapi.yaml by `cargo xtask regen`; do not edit.

#[allow(unused_imports)]
pub use progenitor_client::{ByteStream, ClientInfo, Error, ResponseValue};
#[allow(unused_imports)]
use progenitor_client::{encode_path, ClientHooks, OperationInfo, RequestBuilderExt};
/// Types used as operation parameters and responses.
#[allow(clippy::all)]
pub mod types {
    ///An access token and its lifetime.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
    pub struct AccessToken {
        ///The access token. Keep it secret until it expires.
        pub access_token: crate::Secret,
        ///The lifetime of the token in seconds, counted from when it was issued.
        pub expires_in: u64,
        /**The token type, always `bearer` (RFC 6750). Compare it without regard to case (RFC 6749 §5.1): `Bearer` is
the same type.
*/
        pub token_type: ::std::string::String,
    }
    impl AccessToken {
        pub fn builder() -> builder::AccessToken {
            Default::default()
        }
    }
    /**The form of a token request. No field is required: the credentials may be in the `Authorization` header
instead, and an absent `grant_type` means `client_credentials`.
*/
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default)]
    #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
    pub struct AccessTokenRequest {
        ///The application's client ID.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub client_id: ::std::option::Option<::std::string::String>,
        ///The application's client secret.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub client_secret: ::std::option::Option<crate::Secret>,
        ///The grant type (RFC 6749 §4.4.2). Only `client_credentials` is supported.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub grant_type: ::std::option::Option<AccessTokenRequestGrantType>,
        /**The scopes of the token, separated by single spaces (RFC 6749 §3.3). Omit the field to be allowed every
action of the application.
*/
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub scope: ::std::option::Option<::std::string::String>,
    }
    impl AccessTokenRequest {
        pub fn builder() -> builder::AccessTokenRequest {
            Default::default()
        }
    }
    ///The grant type (RFC 6749 §4.4.2). Only `client_credentials` is supported.
    #[derive(
        ::serde::Deserialize,
        ::serde::Serialize,
        Clone,
        Copy,
        Debug,
        Eq,
        Hash,
        Ord,
        PartialEq,
        PartialOrd
    )]
    #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
    pub enum AccessTokenRequestGrantType {
        #[serde(rename = "client_credentials")]
        ClientCredentials,
    }
    impl ::std::fmt::Display for AccessTokenRequestGrantType {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            match *self {
                Self::ClientCredentials => f.write_str("client_credentials"),
            }
        }
    }
    impl ::std::str::FromStr for AccessTokenRequestGrantType {
        type Err = self::error::ConversionError;
        fn from_str(
            value: &str,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            match value {
                "client_credentials" => Ok(Self::ClientCredentials),
                _ => Err("invalid value".into()),
            }
        }
    }
    impl ::std::convert::TryFrom<&str> for AccessTokenRequestGrantType {
        type Error = self::error::ConversionError;
        fn try_from(
            value: &str,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for AccessTokenRequestGrantType {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    ///The error of a rejected request.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
    pub struct ErrorResponse {
        ///The URL of the error's documentation.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub documentation_url: ::std::option::Option<::std::string::String>,
        ///The error code, for programs.
        #[serde(default = "defaults::error_response_error_code")]
        pub error_code: ErrorResponseErrorCode,
        ///The error message, for people.
        pub error_message: ::std::string::String,
    }
    impl ErrorResponse {
        pub fn builder() -> builder::ErrorResponse {
            Default::default()
        }
    }
    ///The error code, for programs.
    #[derive(
        ::serde::Deserialize,
        ::serde::Serialize,
        Clone,
        Copy,
        Debug,
        Eq,
        Hash,
        Ord,
        PartialEq,
        PartialOrd
    )]
    #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
    pub enum ErrorResponseErrorCode {
        #[serde(rename = "api_error.auth.unauthorized")]
        ApiErrorAuthUnauthorized,
    }
    impl ::std::fmt::Display for ErrorResponseErrorCode {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            match *self {
                Self::ApiErrorAuthUnauthorized => {
                    f.write_str("api_error.auth.unauthorized")
                }
            }
        }
    }
    impl ::std::str::FromStr for ErrorResponseErrorCode {
        type Err = self::error::ConversionError;
        fn from_str(
            value: &str,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            match value {
                "api_error.auth.unauthorized" => Ok(Self::ApiErrorAuthUnauthorized),
                _ => Err("invalid value".into()),
            }
        }
    }
    impl ::std::convert::TryFrom<&str> for ErrorResponseErrorCode {
        type Error = self::error::ConversionError;
        fn try_from(
            value: &str,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for ErrorResponseErrorCode {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::default::Default for ErrorResponseErrorCode {
        fn default() -> Self {
            ErrorResponseErrorCode::ApiErrorAuthUnauthorized
        }
    }
    /// Types for composing complex structures.
    pub mod builder {
        #[derive(Clone, Debug)]
        pub struct AccessToken {
            access_token: ::std::result::Result<crate::Secret, ::std::string::String>,
            expires_in: ::std::result::Result<u64, ::std::string::String>,
            token_type: ::std::result::Result<
                ::std::string::String,
                ::std::string::String,
            >,
        }
        impl ::std::default::Default for AccessToken {
            fn default() -> Self {
                Self {
                    access_token: Err("no value supplied for access_token".to_string()),
                    expires_in: Err("no value supplied for expires_in".to_string()),
                    token_type: Err("no value supplied for token_type".to_string()),
                }
            }
        }
        impl AccessToken {
            pub fn access_token<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<crate::Secret>,
                T::Error: ::std::fmt::Display,
            {
                self.access_token = value
                    .try_into()
                    .map_err(|e| {
                        format!("error converting supplied value for access_token: {e}")
                    });
                self
            }
            pub fn expires_in<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<u64>,
                T::Error: ::std::fmt::Display,
            {
                self.expires_in = value
                    .try_into()
                    .map_err(|e| {
                        format!("error converting supplied value for expires_in: {e}")
                    });
                self
            }
            pub fn token_type<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.token_type = value
                    .try_into()
                    .map_err(|e| {
                        format!("error converting supplied value for token_type: {e}")
                    });
                self
            }
        }
        impl ::std::convert::TryFrom<AccessToken> for super::AccessToken {
            type Error = super::error::ConversionError;
            fn try_from(
                value: AccessToken,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    access_token: value.access_token?,
                    expires_in: value.expires_in?,
                    token_type: value.token_type?,
                })
            }
        }
        impl ::std::convert::From<super::AccessToken> for AccessToken {
            fn from(value: super::AccessToken) -> Self {
                Self {
                    access_token: Ok(value.access_token),
                    expires_in: Ok(value.expires_in),
                    token_type: Ok(value.token_type),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct AccessTokenRequest {
            client_id: ::std::result::Result<
                ::std::option::Option<::std::string::String>,
                ::std::string::String,
            >,
            client_secret: ::std::result::Result<
                ::std::option::Option<crate::Secret>,
                ::std::string::String,
            >,
            grant_type: ::std::result::Result<
                ::std::option::Option<super::AccessTokenRequestGrantType>,
                ::std::string::String,
            >,
            scope: ::std::result::Result<
                ::std::option::Option<::std::string::String>,
                ::std::string::String,
            >,
        }
        impl ::std::default::Default for AccessTokenRequest {
            fn default() -> Self {
                Self {
                    client_id: Ok(Default::default()),
                    client_secret: Ok(Default::default()),
                    grant_type: Ok(Default::default()),
                    scope: Ok(Default::default()),
                }
            }
        }
        impl AccessTokenRequest {
            pub fn client_id<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<::std::string::String>>,
                T::Error: ::std::fmt::Display,
            {
                self.client_id = value
                    .try_into()
                    .map_err(|e| {
                        format!("error converting supplied value for client_id: {e}")
                    });
                self
            }
            pub fn client_secret<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<crate::Secret>>,
                T::Error: ::std::fmt::Display,
            {
                self.client_secret = value
                    .try_into()
                    .map_err(|e| {
                        format!("error converting supplied value for client_secret: {e}")
                    });
                self
            }
            pub fn grant_type<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<
                    ::std::option::Option<super::AccessTokenRequestGrantType>,
                >,
                T::Error: ::std::fmt::Display,
            {
                self.grant_type = value
                    .try_into()
                    .map_err(|e| {
                        format!("error converting supplied value for grant_type: {e}")
                    });
                self
            }
            pub fn scope<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<::std::string::String>>,
                T::Error: ::std::fmt::Display,
            {
                self.scope = value
                    .try_into()
                    .map_err(|e| {
                        format!("error converting supplied value for scope: {e}")
                    });
                self
            }
        }
        impl ::std::convert::TryFrom<AccessTokenRequest> for super::AccessTokenRequest {
            type Error = super::error::ConversionError;
            fn try_from(
                value: AccessTokenRequest,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    client_id: value.client_id?,
                    client_secret: value.client_secret?,
                    grant_type: value.grant_type?,
                    scope: value.scope?,
                })
            }
        }
        impl ::std::convert::From<super::AccessTokenRequest> for AccessTokenRequest {
            fn from(value: super::AccessTokenRequest) -> Self {
                Self {
                    client_id: Ok(value.client_id),
                    client_secret: Ok(value.client_secret),
                    grant_type: Ok(value.grant_type),
                    scope: Ok(value.scope),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct ErrorResponse {
            documentation_url: ::std::result::Result<
                ::std::option::Option<::std::string::String>,
                ::std::string::String,
            >,
            error_code: ::std::result::Result<
                super::ErrorResponseErrorCode,
                ::std::string::String,
            >,
            error_message: ::std::result::Result<
                ::std::string::String,
                ::std::string::String,
            >,
        }
        impl ::std::default::Default for ErrorResponse {
            fn default() -> Self {
                Self {
                    documentation_url: Ok(Default::default()),
                    error_code: Ok(super::defaults::error_response_error_code()),
                    error_message: Err("no value supplied for error_message".to_string()),
                }
            }
        }
        impl ErrorResponse {
            pub fn documentation_url<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<::std::string::String>>,
                T::Error: ::std::fmt::Display,
            {
                self.documentation_url = value
                    .try_into()
                    .map_err(|e| {
                        format!(
                            "error converting supplied value for documentation_url: {e}"
                        )
                    });
                self
            }
            pub fn error_code<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<super::ErrorResponseErrorCode>,
                T::Error: ::std::fmt::Display,
            {
                self.error_code = value
                    .try_into()
                    .map_err(|e| {
                        format!("error converting supplied value for error_code: {e}")
                    });
                self
            }
            pub fn error_message<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.error_message = value
                    .try_into()
                    .map_err(|e| {
                        format!("error converting supplied value for error_message: {e}")
                    });
                self
            }
        }
        impl ::std::convert::TryFrom<ErrorResponse> for super::ErrorResponse {
            type Error = super::error::ConversionError;
            fn try_from(
                value: ErrorResponse,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    documentation_url: value.documentation_url?,
                    error_code: value.error_code?,
                    error_message: value.error_message?,
                })
            }
        }
        impl ::std::convert::From<super::ErrorResponse> for ErrorResponse {
            fn from(value: super::ErrorResponse) -> Self {
                Self {
                    documentation_url: Ok(value.documentation_url),
                    error_code: Ok(value.error_code),
                    error_message: Ok(value.error_message),
                }
            }
        }
    }
    /// Generation of default values for serde.
    pub mod defaults {
        pub(super) fn error_response_error_code() -> super::ErrorResponseErrorCode {
            super::ErrorResponseErrorCode::ApiErrorAuthUnauthorized
        }
    }
    /// Error types.
    pub mod error {
        /// Error from a `TryFrom` or `FromStr` implementation.
        pub struct ConversionError(::std::borrow::Cow<'static, str>);
        impl ::std::error::Error for ConversionError {}
        impl ::std::fmt::Display for ConversionError {
            fn fmt(
                &self,
                f: &mut ::std::fmt::Formatter<'_>,
            ) -> Result<(), ::std::fmt::Error> {
                ::std::fmt::Display::fmt(&self.0, f)
            }
        }
        impl ::std::fmt::Debug for ConversionError {
            fn fmt(
                &self,
                f: &mut ::std::fmt::Formatter<'_>,
            ) -> Result<(), ::std::fmt::Error> {
                ::std::fmt::Debug::fmt(&self.0, f)
            }
        }
        impl From<&'static str> for ConversionError {
            fn from(value: &'static str) -> Self {
                Self(value.into())
            }
        }
        impl From<String> for ConversionError {
            fn from(value: String) -> Self {
                Self(value.into())
            }
        }
    }
    /// Returns the JSON schemas of the types that were generated from the contract's schemas, with their names in
    /// the contract.
    #[cfg(feature = "schemars")]
    pub fn schemas(
        generator: &mut ::schemars::SchemaGenerator,
    ) -> ::std::vec::Vec<(&'static str, ::schemars::Schema)> {
        ::std::vec![
            ("AccessTokenRequest", generator.subschema_for:: < AccessTokenRequest > ()),
            ("AccessToken", generator.subschema_for:: < AccessToken > ()),
            ("ErrorResponse", generator.subschema_for:: < ErrorResponse > ())
        ]
    }
}
#[derive(Clone, Debug)]
/**Client for MoneyKit API

Access to the bank data of an application's users.

This contract covers the first call of every application: exchanging its client credentials for a
short-lived access token. Every other operation requires that token as
`Authorization: Bearer {access_token}`; when it expires, the application requests a new one.


Version: 2023-02-18*/
pub struct Client {
    pub(crate) baseurl: String,
    pub(crate) client: reqwest::Client,
    pub(crate) inner: crate::Hooks,
}
impl Client {
    /// Create a new client.
    ///
    /// `baseurl` is the base URL provided to the internal
    /// `reqwest::Client`, and should include a scheme and hostname,
    /// as well as port and a path stem if applicable.
    pub fn new(baseurl: &str, inner: crate::Hooks) -> Self {
        #[cfg(not(target_arch = "wasm32"))]
        let client = {
            let dur = ::std::time::Duration::from_secs(15u64);
            reqwest::ClientBuilder::new().connect_timeout(dur).timeout(dur)
        };
        #[cfg(target_arch = "wasm32")]
        let client = reqwest::ClientBuilder::new();
        Self::new_with_client(baseurl, client.build().unwrap(), inner)
    }
    /// Construct a new client with an existing `reqwest::Client`,
    /// allowing more control over its configuration.
    ///
    /// `baseurl` is the base URL provided to the internal
    /// `reqwest::Client`, and should include a scheme and hostname,
    /// as well as port and a path stem if applicable.
    pub fn new_with_client(
        baseurl: &str,
        client: reqwest::Client,
        inner: crate::Hooks,
    ) -> Self {
        Self {
            baseurl: baseurl.to_string(),
            client,
            inner,
        }
    }
}
impl ClientInfo<crate::Hooks> for Client {
    fn api_version() -> &'static str {
        "2023-02-18"
    }
    fn baseurl(&self) -> &str {
        self.baseurl.as_str()
    }
    fn client(&self) -> &reqwest::Client {
        &self.client
    }
    fn inner(&self) -> &crate::Hooks {
        &self.inner
    }
}
const _: () = {
    #[allow(dead_code)]
    fn assert_client_hooks()
    where
        Client: ClientHooks<crate::Hooks>,
    {}
};
impl Client {
    /**Generate an access token

Validates the application's client credentials and returns a new, short-lived access token
(the client credentials grant, RFC 6749 §4.4).

Send the credentials in the form body or in an HTTP Basic `Authorization` header. A request may contain
both if they agree; a Basic header with an empty user name and password counts as absent. A request with a
Basic header needs no body.

Send the token with every later request as `Authorization: Bearer {access_token}`. There is no
refresh token: once the access token has expired, call this operation again.


Sends a `POST` request to `/auth/token`

Arguments:
- `body`: The grant, and the client credentials unless they are in the `Authorization` header.
```text
let response = client.generate_access_token()
    .body(body)
    .send()
    .await;
```*/
    pub fn generate_access_token(&self) -> builder::GenerateAccessToken<'_> {
        builder::GenerateAccessToken::new(self)
    }
}
/// Types for composing operation parameters.
#[allow(clippy::all)]
pub mod builder {
    use super::types;
    #[allow(unused_imports)]
    use super::{
        encode_path, ByteStream, ClientInfo, ClientHooks, Error, OperationInfo,
        RequestBuilderExt, ResponseValue,
    };
    /**Builder for [`Client::generate_access_token`]

[`Client::generate_access_token`]: super::Client::generate_access_token*/
    #[derive(Debug, Clone)]
    pub struct GenerateAccessToken<'a> {
        client: &'a super::Client,
        body: Result<types::builder::AccessTokenRequest, String>,
    }
    impl<'a> GenerateAccessToken<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                body: Ok(::std::default::Default::default()),
            }
        }
        pub fn body<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<types::AccessTokenRequest>,
            <V as std::convert::TryInto<
                types::AccessTokenRequest,
            >>::Error: std::fmt::Display,
        {
            self.body = value
                .try_into()
                .map(From::from)
                .map_err(|s| {
                    format!("conversion to `AccessTokenRequest` for body failed: {}", s)
                });
            self
        }
        pub fn body_map<F>(mut self, f: F) -> Self
        where
            F: std::ops::FnOnce(
                types::builder::AccessTokenRequest,
            ) -> types::builder::AccessTokenRequest,
        {
            self.body = self.body.map(f);
            self
        }
        ///Sends a `POST` request to `/auth/token`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<types::AccessToken>, Error<types::ErrorResponse>> {
            let Self { client, body } = self;
            let body = body
                .and_then(|v| {
                    types::AccessTokenRequest::try_from(v).map_err(|e| e.to_string())
                })
                .map_err(Error::InvalidRequest)?;
            let url = format!("{}/auth/token", client.baseurl,);
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map
                .append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(
                        super::Client::api_version(),
                    ),
                );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .post(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .form_urlencoded(&body)?
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "generate_access_token",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                201u16 => ResponseValue::from_response(response).await,
                400u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                401u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
}
/// Items consumers will typically use such as the Client.
pub mod prelude {
    pub use self::super::Client;
}
/// Facts about the contract besides its types and operations.
pub mod contract {
    ///The base URL of the contract's first server; empty if it names none.
    pub const SERVER: &str = "https://api.moneykit.com";
    /// The version of the API that the contract describes (`info.version`).
    pub const VERSION: &str = "2023-02-18";
    /// Returns true if the contract requires the bearer token for an operation.
    #[must_use]
    pub fn takes_bearer(operation_id: &str) -> bool {
        let _ = operation_id;
        false
    }
    /// Returns true if an operation is the token endpoint: the POST to the `tokenUrl` of the contract's
    /// client credentials flow.
    #[must_use]
    pub fn is_token_operation(operation_id: &str) -> bool {
        matches!(operation_id, "generate_access_token")
    }
}
/// Typed helpers for tests with `httpmock`. They compare a form body as JSON: match forms by hand.
#[cfg(feature = "httpmock")]
pub mod mock {
    pub mod operations {
        //! [`When`](::httpmock::When) and [`Then`](::httpmock::Then)
        //! wrappers for each operation. Each can be converted to
        //! its inner type with a call to `into_inner()`. This can
        //! be used to explicitly deviate from permitted values.
        use crate::*;
        pub struct GenerateAccessTokenWhen(::httpmock::When);
        impl GenerateAccessTokenWhen {
            pub fn new(inner: ::httpmock::When) -> Self {
                Self(
                    inner
                        .method(::httpmock::Method::POST)
                        .path_matches(regex::Regex::new("^/auth/token$").unwrap()),
                )
            }
            pub fn into_inner(self) -> ::httpmock::When {
                self.0
            }
            pub fn body(self, value: &types::AccessTokenRequest) -> Self {
                Self(self.0.json_body_obj(value))
            }
        }
        pub struct GenerateAccessTokenThen(::httpmock::Then);
        impl GenerateAccessTokenThen {
            pub fn new(inner: ::httpmock::Then) -> Self {
                Self(inner)
            }
            pub fn into_inner(self) -> ::httpmock::Then {
                self.0
            }
            pub fn created(self, value: &types::AccessToken) -> Self {
                Self(
                    self
                        .0
                        .status(201u16)
                        .header("content-type", "application/json")
                        .json_body_obj(value),
                )
            }
            pub fn bad_request(self, value: &types::ErrorResponse) -> Self {
                Self(
                    self
                        .0
                        .status(400u16)
                        .header("content-type", "application/json")
                        .json_body_obj(value),
                )
            }
            pub fn unauthorized(self, value: &types::ErrorResponse) -> Self {
                Self(
                    self
                        .0
                        .status(401u16)
                        .header("content-type", "application/json")
                        .json_body_obj(value),
                )
            }
        }
    }
    /// An extension trait for [`MockServer`](::httpmock::MockServer) that
    /// adds a method for each operation. These are the equivalent of
    /// type-checked [`mock()`](::httpmock::MockServer::mock) calls.
    pub trait MockServerExt {
        fn generate_access_token<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
        where
            F: FnOnce(
                operations::GenerateAccessTokenWhen,
                operations::GenerateAccessTokenThen,
            );
    }
    impl MockServerExt for ::httpmock::MockServer {
        fn generate_access_token<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
        where
            F: FnOnce(
                operations::GenerateAccessTokenWhen,
                operations::GenerateAccessTokenThen,
            ),
        {
            self.mock(|when, then| {
                config_fn(
                    operations::GenerateAccessTokenWhen::new(when),
                    operations::GenerateAccessTokenThen::new(then),
                )
            })
        }
    }
}
