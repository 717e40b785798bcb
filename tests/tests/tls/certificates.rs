//! Certificates that the client must reject, and TLS versions that cannot be negotiated.

use moneykit::reqwest::tls::Version;
use tokio_rustls::rustls::SupportedProtocolVersion;
use tokio_rustls::rustls::version::TLS13;

use crate::authority::Identity;
use crate::server::{ServerSettings, TlsServer};
use crate::{
    Authority, BACKENDS, Backend, CLIENT_SECRET, HOST, client, http_settings, render, trusting_client,
};

/// Checks the error of a connection whose TLS handshake fails.
fn assert_connect_error(error: &moneykit::Error, server: &TlsServer, case: &str) {
    let text = render(error);
    assert!(error.is_connect() && !error.is_timeout() && !error.is_transient(), "{case}: {text}");
    assert!(!error.is_unauthorized() && !error.is_invalid_response(), "{case}: {text}");
    assert_eq!(error.status(), None, "{case}");
    assert!(error.to_string().contains(&server.url()), "{case}: {error}");
    assert!(!text.contains(CLIENT_SECRET), "{case}: {text}");
    let log = server.log();
    assert!(log.http2_requests == 0 && log.responses.is_empty(), "{case}: {log:?}");
}

#[tokio::test]
async fn a_certificate_that_is_not_valid_for_the_server_is_a_connect_error() {
    struct Case {
        name: &'static str,
        issue: fn(&Authority) -> Identity,
        /// Parts of the reasons that rustls and OpenSSL return.
        reasons: [&'static str; 2],
        /// The part of the message that names the cause.
        message: &'static str,
    }
    let cases = [
        Case {
            name: "unknown authority",
            issue: |_| Authority::new("unknown").issue(HOST),
            reasons: ["UnknownIssuer", "unable to get local issuer certificate"],
            message: "comes from an authority that is not trusted",
        },
        Case {
            name: "expired",
            issue: |authority| authority.issue_for_year(HOST, 2020),
            reasons: ["Expired", "certificate has expired"],
            message: "has expired",
        },
        Case {
            name: "not valid yet",
            issue: |authority| authority.issue_for_year(HOST, 3020),
            reasons: ["NotValidYet", "certificate is not yet valid"],
            message: "is not valid yet",
        },
        Case {
            name: "another host",
            issue: |authority| authority.issue("api.another.test"),
            reasons: ["NotValidForName", "hostname mismatch"],
            message: "is for another host",
        },
    ];

    let authority = Authority::new("authority");
    for &backend in BACKENDS {
        for Case { name, issue, reasons, message } in &cases {
            let server = TlsServer::start(issue(&authority), ServerSettings::default()).await;
            let client = trusting_client(backend, &server, &authority);

            let error = client.request_token().await.unwrap_err();

            assert_connect_error(&error, &server, &format!("{name}, {backend:?}"));
            assert!(error.to_string().contains(message), "{name}, {backend:?}: {error}");
            // The reason shows that this certificate's flaw was found, and not another one.
            let reason = match backend {
                Backend::Rustls => reasons[0],
                #[cfg(feature = "native-tls")]
                Backend::NativeTls if cfg!(target_os = "linux") => reasons[1],
                #[cfg(feature = "native-tls")]
                Backend::NativeTls => "",
            };
            assert!(render(&error).contains(reason), "{name}: {}", render(&error));
        }
    }
}

#[tokio::test]
async fn tls_versions_without_overlap_are_a_connect_error() {
    static TLS_1_3: &[&SupportedProtocolVersion] = &[&TLS13];

    let authority = Authority::new("authority");
    for &backend in BACKENDS {
        let settings = ServerSettings { tls_versions: TLS_1_3, ..ServerSettings::default() };
        let server = TlsServer::start(authority.issue(HOST), settings).await;
        let settings =
            http_settings(backend).resolve(HOST, server.address()).tls_version_max(Version::TLS_1_2);
        let settings = settings.tls_certs_only([authority.certificate()]);

        let error = client(&server.url(), settings).request_token().await.unwrap_err();

        assert_connect_error(&error, &server, &format!("{backend:?}"));
    }
}
