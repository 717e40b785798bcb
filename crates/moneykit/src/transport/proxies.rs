//! The proxies of a `reqwest::ClientBuilder`: whether it has any, and the environment's.

use reqwest::{ClientBuilder, Proxy, Url};

/// Returns true if a builder has a proxy.
///
/// reqwest shows its proxies in `Debug` alone. A test checks that it still does.
pub(crate) fn has_proxy(builder: &ClientBuilder) -> bool {
    let shown = format!("{builder:?}");
    // The caller's default headers come later, and may hold any text.
    let before_headers = shown.split_once("default_headers: ").map_or(&*shown, |(before, _)| before);
    before_headers.contains("proxies: ")
}

/// Makes a builder ignore the environment's proxy, and keeps its own proxies.
pub(super) fn ignore_environment(builder: ClientBuilder) -> ClientBuilder {
    if has_proxy(&builder) {
        return builder;
    }
    // A builder with a proxy of its own ignores the environment's (`reqwest::ClientBuilder::proxy`). `no_proxy` would
    // do the same, but would remove proxies that `has_proxy` had missed.
    builder.proxy(Proxy::custom(|_| None::<Url>))
}

#[cfg(test)]
mod tests {
    use reqwest::Client;

    use super::*;

    #[test]
    fn the_proxies_of_a_builder_are_noticed() {
        let mut headers = http::HeaderMap::new();
        headers.insert("x", http::HeaderValue::from_static("proxies: none"));
        for (builder, expected) in [
            (Client::builder(), false),
            (Client::builder().no_proxy(), false),
            (Client::builder().default_headers(headers.clone()), false),
            (Client::builder().user_agent("proxies: none"), false),
            (Client::builder().proxy(Proxy::all("http://127.0.0.1:9").unwrap()).no_proxy(), false),
            (Client::builder().proxy(Proxy::all("http://127.0.0.1:9").unwrap()), true),
            (
                Client::builder().default_headers(headers).proxy(Proxy::http("http://127.0.0.1:9").unwrap()),
                true,
            ),
            (Client::builder().proxy(Proxy::https("http://127.0.0.1:9").unwrap()), true),
            (Client::builder().proxy(Proxy::custom(|_| None::<Url>)), true),
        ] {
            assert_eq!(has_proxy(&builder), expected, "{builder:?}");
            assert!(has_proxy(&ignore_environment(builder)));
        }
    }
}
