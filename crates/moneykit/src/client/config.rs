//! Settings that an application reads from a file or from another source of its own.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroUsize;
use std::time::Duration;

use secrecy::ExposeSecret;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::ClientBuilder;
use super::config_value::ConfigValue;
use super::given_secret::GivenSecret;
use crate::auth::{ClientAuthMethod, ClientId, ClientSecret, CredentialsSource};
use crate::error::Problem;

/// The settings of a client as a section of an application's settings, which serde deserializes.
///
/// | setting | value |
/// |---|---|
/// | `client_id` | text |
/// | `client_secret` | text; or `client_secret_file`, the path of a file, see [`FileCredentials`](crate::FileCredentials) |
/// | `base_url` | text |
/// | `scopes` | a list of names, or a text with names that are separated by single spaces |
/// | `auth_method` | `client_secret_post` or `client_secret_basic` |
/// | `api_version`, `user_agent` | text |
/// | `connect_timeout_seconds`, `token_attempt_timeout_seconds`, `token_timeout_seconds`, `request_timeout_seconds` | a number above zero, such as `30` or `0.5` |
/// | `expiry_margin_seconds`, `refresh_window_seconds` | a number, zero or more |
/// | `token_max_attempts`, `max_response_body_bytes` | a whole number above zero |
///
/// Each means what the method of [`ClientBuilder`] of that name does, and has the same default. Numbers may be given as
/// text (`"30"`), since environment variables have no other type. `null` means that a setting is not set.
///
/// Every setting is optional here: [`ClientBuilder::build`] reports invalid values, unknown names and missing
/// credentials, all at once and by name, and shows no value. Deserialization itself fails only if the section is not a
/// map: the errors of many formats quote the line, and with it a secret. Their syntax errors still do; of toml's, print
/// `message()` alone. The format must be self-describing, as TOML, JSON and YAML are. A section that is flattened (`#[serde(flatten)]`) gets its own settings only, so that a misspelled
/// name is not noticed; a field of its own is better.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use moneykit::{Client, ClientConfig};
/// use serde::Deserialize;
///
/// #[derive(Debug, Deserialize)]
/// struct Settings {
///     port: u16,
///     moneykit: ClientConfig,
/// }
///
/// let file = r#"
///     port = 8080
///
///     [moneykit]
///     client_id = "live_1"
///     client_secret = "your-client-secret"
///     scopes = ["accounts", "transactions"]
///     request_timeout_seconds = 60
/// "#;
/// let settings: Settings = toml::from_str(file)?;
/// println!("{settings:?}"); // the secret is redacted
/// # assert!(!format!("{settings:?}").contains("your-client-secret") && settings.port == 8080);
/// let client = Client::from_config(settings.moneykit)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct ClientConfig {
    values: BTreeMap<&'static str, ConfigValue>,
    /// Problems of names, which do not depend on the values.
    problems: Vec<Problem>,
}

const CLIENT_ID: &str = "client_id";
const CLIENT_SECRET: &str = "client_secret";
const CLIENT_SECRET_FILE: &str = "client_secret_file";

/// The names of the settings.
const SETTINGS: [&str; 16] = [
    CLIENT_ID,
    CLIENT_SECRET,
    CLIENT_SECRET_FILE,
    "base_url",
    "scopes",
    "auth_method",
    "api_version",
    "user_agent",
    "connect_timeout_seconds",
    "token_attempt_timeout_seconds",
    "token_timeout_seconds",
    "request_timeout_seconds",
    "expiry_margin_seconds",
    "refresh_window_seconds",
    "token_max_attempts",
    "max_response_body_bytes",
];

/// # Settings files
impl ClientBuilder {
    /// Creates a builder with the settings of a configuration, which the application has read from a file or another
    /// source. Settings in code that follow replace those of the configuration.
    ///
    /// If the secret is in a file (`client_secret_file`), the file is read now, and again for each token refresh.
    ///
    /// ```
    /// use std::num::NonZeroU32;
    ///
    /// use moneykit::{ClientBuilder, ClientConfig};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let config: ClientConfig = serde_json::from_str(r#"{"request_timeout_seconds": 60}"#)?;
    /// let client = ClientBuilder::from_config(config)
    ///     .credentials("live_1", "your-client-secret")
    ///     .token_max_attempts(NonZeroU32::MIN)
    ///     .build()?;
    ///
    /// let config: ClientConfig = serde_json::from_str(r#"{"client_id": "", "request_timout": 60}"#)?;
    /// let error = ClientBuilder::from_config(config).build().unwrap_err().to_string();
    /// assert!(error.contains("client_id is empty") && error.contains("request_timout is not a setting"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_config(config: ClientConfig) -> Self {
        let ClientConfig { mut values, problems } = config;
        let mut reader = Reader { values: &mut values, problems };
        let mut builder = Self::new();
        builder.credentials = reader.credentials();
        builder.scopes = reader.values.remove("scopes").map(ConfigValue::into_scopes);
        if let Some(url) = reader.text("base_url") {
            builder = builder.base_url(url);
        }
        if let Some(method) = reader.auth_method() {
            builder = builder.auth_method(method);
        }
        if let Some(version) = reader.text("api_version") {
            builder = builder.api_version(version);
        }
        if let Some(user_agent) = reader.text("user_agent") {
            builder = builder.user_agent(user_agent);
        }
        let durations: [(&'static str, SetDuration); 6] = [
            ("connect_timeout_seconds", Self::connect_timeout),
            ("token_attempt_timeout_seconds", Self::token_attempt_timeout),
            ("token_timeout_seconds", Self::token_timeout),
            ("request_timeout_seconds", Self::request_timeout),
            ("expiry_margin_seconds", Self::expiry_margin),
            ("refresh_window_seconds", Self::refresh_window),
        ];
        for (setting, set) in durations {
            let read = if setting.contains("timeout") {
                ConfigValue::into_timeout
            } else {
                ConfigValue::into_duration
            };
            if let Some(duration) = reader.read(setting, read) {
                builder = set(builder, duration);
            }
        }
        if let Some(max) = reader.read("token_max_attempts", ConfigValue::into_positive) {
            builder = builder.token_max_attempts(max);
        }
        if let Some(max) = reader.read("max_response_body_bytes", ConfigValue::into_positive::<NonZeroUsize>)
        {
            builder = builder.max_response_body_bytes(max.get());
        }
        builder.config_problems = reader.problems;
        builder
    }
}

/// A setter of a builder.
type SetDuration = fn(ClientBuilder, Duration) -> ClientBuilder;

/// Takes values from a configuration and collects their problems.
struct Reader<'a> {
    values: &'a mut BTreeMap<&'static str, ConfigValue>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    /// Converts the value of a setting. Returns `None` if it is not set, and if it is invalid.
    fn read<T>(
        &mut self,
        setting: &'static str,
        convert: impl FnOnce(ConfigValue) -> Result<T, &'static str>,
    ) -> Option<T> {
        let converted = convert(self.values.remove(setting)?);
        converted.map_err(|what| self.problems.push(Problem::new(setting, what))).ok()
    }

    fn text(&mut self, setting: &'static str) -> Option<String> {
        self.read(setting, |value| Ok(value.into_text()?.expose_secret().to_owned()))
    }

    fn auth_method(&mut self) -> Option<ClientAuthMethod> {
        self.read("auth_method", |value| match value.into_text()?.expose_secret() {
            "client_secret_post" => Ok(ClientAuthMethod::ClientSecretPost),
            "client_secret_basic" => Ok(ClientAuthMethod::ClientSecretBasic),
            _ => Err("is neither `client_secret_post` nor `client_secret_basic`; use one of them"),
        })
    }

    /// Returns `None` if nothing of the credentials is set.
    fn credentials(&mut self) -> Option<Result<CredentialsSource, Vec<Problem>>> {
        let mut take = |setting| {
            let text = self.values.remove(setting)?.into_text();
            Some(text.map_err(|what| Problem::new(setting, what)))
        };
        let (id, secret, file) = (take(CLIENT_ID), take(CLIENT_SECRET), take(CLIENT_SECRET_FILE));
        if id.is_none() && secret.is_none() && file.is_none() {
            return None;
        }
        let id =
            id.unwrap_or_else(|| Err(Problem::new(CLIENT_ID, "is not set; set it as well"))).and_then(|id| {
                ClientId::new(id.expose_secret()).map_err(|invalid| Problem::new(CLIENT_ID, invalid.what()))
            });
        let secret = match (secret, file) {
            (Some(secret), None) => secret.and_then(|secret| {
                let secret = ClientSecret::new(secret.expose_secret());
                secret.map(GivenSecret::Text).map_err(|invalid| Problem::new(CLIENT_SECRET, invalid.what()))
            }),
            (None, Some(path)) => {
                path.and_then(|path| GivenSecret::read(CLIENT_SECRET_FILE, path.expose_secret().into()))
            }
            (Some(_), Some(_)) => {
                Err(Problem::new(CLIENT_SECRET, "is set, and so is client_secret_file; remove one of them"))
            }
            (None, None) => Err(Problem::new(CLIENT_SECRET, "is not set; set it, or client_secret_file")),
        };
        Some(GivenSecret::with_id(secret, id))
    }
}

impl<'de> Deserialize<'de> for ClientConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Not a map: a section that is flattened into another then gets its own settings only.
        deserializer.deserialize_struct("ClientConfig", &SETTINGS, ConfigVisitor)
    }
}

struct ConfigVisitor;

impl<'de> Visitor<'de> for ConfigVisitor {
    type Value = ClientConfig;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map with the settings of a MoneyKit client")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ClientConfig, A::Error> {
        let mut config = ClientConfig::default();
        while let Some(name) = map.next_key::<String>()? {
            let Some(setting) = SETTINGS.into_iter().find(|setting| *setting == name) else {
                map.next_value::<IgnoredAny>()?;
                config.problems.push(unknown(&name));
                continue;
            };
            let value = map.next_value::<ConfigValue>()?;
            if value.is_null() {
                continue;
            }
            if config.values.insert(setting, value).is_some() {
                config.problems.push(Problem::new(setting, "is set twice; remove one of them"));
            }
        }
        Ok(config)
    }
}

/// Returns the problem of an unknown name.
fn unknown(name: &str) -> Problem {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    // Anything else may be a value in the wrong place.
    let shown = if name.len() <= 40 && name.bytes().all(is_name) { name } else { "a name that is not shown" };
    let normalized = name.to_ascii_lowercase().replace('-', "_");
    let similar = SETTINGS.into_iter().find(|setting| !name.is_empty() && setting.starts_with(&*normalized));
    let what = match similar {
        Some(setting) => format!("is not a setting; use `{setting}`"),
        None => format!("is not a setting; the settings are {}", SETTINGS.join(", ")),
    };
    Problem::new(shown.to_owned(), what)
}

impl fmt::Debug for ClientConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("ClientConfig");
        for (setting, value) in &self.values {
            if *setting == CLIENT_SECRET {
                debug.field(setting, &format_args!("[redacted]"));
            } else {
                debug.field(setting, value);
            }
        }
        debug.finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde::de::IntoDeserializer;
    use serde::de::value::{Error as ValueError, MapDeserializer};

    use super::*;
    use crate::client::Client;

    fn json(text: &str) -> ClientConfig {
        serde_json::from_str(text).unwrap()
    }

    /// Deserializes variables, whose values are texts all of them.
    fn variables(variables: &[(&str, &str)]) -> ClientConfig {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let deserializer: MapDeserializer<'_, _, ValueError> = MapDeserializer::new(variables);
        ClientConfig::deserialize(deserializer.into_deserializer()).unwrap()
    }

    fn problems(config: ClientConfig) -> String {
        ClientBuilder::from_config(config).build().unwrap_err().to_string()
    }

    #[test]
    fn every_setting_is_applied_whatever_the_type_of_a_number() {
        let typed = json(
            r#"{
                "client_id": "live_1", "client_secret": "pale", "base_url": "https://example.com/a",
                "scopes": ["a", "b"], "auth_method": "client_secret_basic", "api_version": "2024-01-01",
                "user_agent": "teller/1", "connect_timeout_seconds": 1, "token_attempt_timeout_seconds": 2.5,
                "token_timeout_seconds": 3, "request_timeout_seconds": 4, "expiry_margin_seconds": 0,
                "refresh_window_seconds": 6, "token_max_attempts": 7, "max_response_body_bytes": 8
            }"#,
        );
        let texts = variables(&[
            ("client_id", "live_1"),
            ("client_secret", "pale"),
            ("base_url", "https://example.com/a"),
            ("scopes", "a b"),
            ("auth_method", "client_secret_basic"),
            ("api_version", "2024-01-01"),
            ("user_agent", "teller/1"),
            ("connect_timeout_seconds", "1"),
            ("token_attempt_timeout_seconds", "2.5"),
            ("token_timeout_seconds", "3"),
            ("request_timeout_seconds", "4"),
            ("expiry_margin_seconds", "0"),
            ("refresh_window_seconds", "6"),
            ("token_max_attempts", "7"),
            ("max_response_body_bytes", "8"),
        ]);
        let expected = Client::builder()
            .credentials("live_1", "pale")
            .base_url("https://example.com/a")
            .scopes("a b")
            .auth_method(ClientAuthMethod::ClientSecretBasic)
            .api_version("2024-01-01")
            .user_agent("teller/1")
            .connect_timeout(Duration::from_secs(1))
            .token_attempt_timeout(Duration::from_millis(2_500))
            .token_timeout(Duration::from_secs(3))
            .request_timeout(Duration::from_secs(4))
            .expiry_margin(Duration::ZERO)
            .refresh_window(Duration::from_secs(6))
            .token_max_attempts(std::num::NonZeroU32::new(7).unwrap())
            .max_response_body_bytes(8);
        for config in [typed, texts] {
            assert_eq!(config.values.len(), SETTINGS.len() - 1, "all but the file of the secret");
            let builder = ClientBuilder::from_config(config);
            assert_eq!(format!("{builder:?}"), format!("{expected:?}"));
            assert!(builder.build().is_ok());
        }
    }

    #[test]
    fn every_invalid_value_is_named_and_none_is_shown() {
        let credentials = r#""client_id": "live_1", "client_secret": "a-secret""#;
        for (fields, expected) in [
            (r#""request_timeout_seconds": "30 pale""#, "request_timeout_seconds is not a number of seconds"),
            (r#""request_timeout_seconds": -1"#, "request_timeout_seconds is not a number of seconds"),
            (r#""request_timeout_seconds": 0"#, "request_timeout_seconds is zero"),
            (r#""token_timeout_seconds": "inf""#, "token_timeout_seconds is not a number of seconds"),
            (r#""token_timeout_seconds": 1e300"#, "token_timeout_seconds is not a number of seconds"),
            (r#""connect_timeout_seconds": true"#, "connect_timeout_seconds is not a number of seconds"),
            (r#""refresh_window_seconds": [1]"#, "refresh_window_seconds is not a number of seconds"),
            (r#""token_max_attempts": 0"#, "token_max_attempts is not a whole number above zero"),
            (r#""token_max_attempts": 1.5"#, "token_max_attempts is not a whole number above zero"),
            (r#""token_max_attempts": 4294967296"#, "token_max_attempts is too large"),
            (r#""max_response_body_bytes": "64 MiB""#, "max_response_body_bytes is not a whole number"),
            (r#""auth_method": "pale""#, "auth_method is neither `client_secret_post` nor"),
            (r#""base_url": {"pale": "pale"}"#, "base_url is not a text"),
            (r#""base_url": "pale""#, "base_url is not a URL"),
            (r#""scopes": ["pale", 77]"#, "scopes is neither a text nor a list of texts"),
            (r#""scopes": []"#, "scopes contains no name"),
            (
                r#""pale secret": 1"#,
                "a name that is not shown is not a setting; the settings are client_id, ",
            ),
            (r#""url": "pale""#, "url is not a setting; the settings are client_id, "),
            (r#""request-timeout": 30"#, "request-timeout is not a setting; use `request_timeout_seconds`"),
            (r#""api_version": "a", "api_version": "b""#, "api_version is set twice"),
        ] {
            let error = problems(json(&format!("{{{credentials}, {fields}}}")));
            assert!(error.contains(expected), "{fields}: {error}");
            assert!(!error.contains("pale") && !error.contains("77"), "{error}");
        }
        let error = problems(json(r#"{"client_id": 7, "token_max_attempts": 0, "nothing": 1}"#));
        for expected in
            ["client_id is a number; enclose it", "client_secret is not set", "token_max_attempts", "nothing"]
        {
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn the_credentials_are_complete_or_absent() {
        for (fields, expected) in [
            ("{}", "credentials are not set"),
            (r#"{"client_id": null}"#, "credentials are not set"),
            (r#"{"client_id": "live_1"}"#, "client_secret is not set; set it, or client_secret_file"),
            (r#"{"client_secret": "pale"}"#, "client_id is not set"),
            (
                r#"{"client_id": "live_1", "client_secret": "pale", "client_secret_file": "/pale"}"#,
                "client_secret is set, and so is client_secret_file",
            ),
            (
                r#"{"client_id": "live_1", "client_secret_file": "/no/such/file"}"#,
                "client_secret_file names the file \"/no/such/file\", which cannot be read",
            ),
            (
                r#"{"client_id": "a:b", "client_secret": "pale", "auth_method": "client_secret_basic"}"#,
                "client_id contains a colon",
            ),
        ] {
            let error = problems(json(fields));
            assert!(error.contains(expected), "{fields}: {error}");
            assert!(!error.contains("\"pale"), "{error}");
        }
    }

    #[test]
    fn settings_in_code_replace_those_of_the_configuration() {
        let config = json(r#"{"client_id": "", "base_url": "nowhere", "scopes": "", "client_secret": "a"}"#);
        let builder = ClientBuilder::from_config(config).credentials("id", "secret").scopes("a");
        assert!(builder.base_url("https://example.com").build().is_ok());
    }

    #[test]
    fn neither_errors_of_a_format_nor_debug_show_a_secret() {
        for file in [
            "client_secret = 'pale'\nclient_id = 7\nauth_method = 1",
            "client_secrte = 'pale'",
            "client_secret = ['pale']",
            "client_secret = { pale = 'pale' }",
            "client_secret = 1979-05-27",
            "client_id = 'pale'\nclient_secret = 'pale'\nbase_url = 'https://u:pale@example.com'\nscopes = ['pale']",
        ] {
            let config: ClientConfig = toml::from_str(file).unwrap();
            let shown = format!("{config:?} {config:#?} {}", problems(config.clone()));
            assert!(!shown.contains("pale"), "{shown}");
        }
    }

    #[test]
    fn a_flattened_configuration_takes_its_own_settings_only() {
        #[derive(serde::Deserialize)]
        struct FlatSettings {
            port: u16,
            #[serde(flatten)]
            moneykit: ClientConfig,
        }

        let settings: FlatSettings =
            toml::from_str("port = 80\nclient_id = 'live_1'\nclient_secret = 'pale'").unwrap();
        assert_eq!(settings.port, 80);
        assert!(ClientBuilder::from_config(settings.moneykit).build().is_ok());
    }

    #[derive(serde::Deserialize)]
    struct Settings {
        moneykit: ClientConfig,
    }

    #[test]
    fn the_readme_shows_every_setting() {
        let readme = include_str!("../../../../README.md");
        let file = readme.split("```toml\n").find(|block| block.starts_with("[moneykit]")).unwrap();
        let file = file.split("```").next().unwrap();
        for setting in SETTINGS {
            assert!(file.contains(&format!("{setting} = ")), "README.md does not show `{setting}`");
        }
        let settings: Settings = toml::from_str(file).unwrap();
        assert!(ClientBuilder::from_config(settings.moneykit).build().is_ok());
    }
}
