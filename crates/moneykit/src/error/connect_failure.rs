//! Reasons why a connection could not be established, as far as the errors of the HTTP stack reveal them.

use std::error::Error;
use std::io;

/// The reason why a connection could not be established.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ConnectFailure {
    /// The host's name does not exist.
    NameNotFound,
    /// The resolver did not answer.
    Resolver,
    Refused,
    Unreachable,
    TimedOut,
    /// The operating system does not permit the connection.
    NotPermitted,
    CertificateUnknownIssuer,
    CertificateExpired,
    CertificateNotYetValid,
    CertificateWrongHost,
    /// The certificate is that of an authority, which servers must not use: most self-signed ones are.
    CertificateSelfSigned,
    CertificateOther,
    /// The client and the server share no TLS version or cipher, or the server requires a client certificate.
    TlsNotAgreed,
    /// The port does not speak TLS.
    TlsToPlainPort,
    /// The server closed the connection before it was established.
    Closed,
    /// The proxy requires credentials, or rejects those that it got: 407.
    ProxyAuthentication,
    /// The proxy did not open a connection to the server.
    ProxyRefused,
    /// The HTTP client is built without TLS.
    NoTls,
    Other,
}

/// The other end of a failed connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peer {
    Server,
    Proxy,
}

/// Texts of TLS libraries and their reasons, in lower case. The first match counts.
///
/// The libraries' error types are not public dependencies of reqwest, so their texts are all there is: those of rustls,
/// OpenSSL, Security Framework (macOS) and `SChannel` (Windows), whose texts are translated and end with a code.
const TLS_TEXTS: &[(&str, ConnectFailure)] = {
    use ConnectFailure::{
        CertificateExpired as Expired, CertificateNotYetValid as NotYetValid, CertificateOther,
        CertificateSelfSigned, CertificateUnknownIssuer as UnknownIssuer, CertificateWrongHost as WrongHost,
        NoTls, Other, TlsNotAgreed, TlsToPlainPort,
    };
    &[
        // rustls
        ("certificate not valid for name", WrongHost),
        ("notvalidforname", WrongHost),
        ("unknownissuer", UnknownIssuer),
        ("certificate expired", Expired),
        ("invalid peer certificate: expired", Expired),
        ("certificate not valid yet", NotYetValid),
        ("notvalidyet", NotYetValid),
        // A certificate that signed itself with the rights of an authority, as `openssl req -x509` creates it.
        ("causedasendentity", CertificateSelfSigned),
        ("invalid peer certificate", CertificateOther),
        ("received corrupt message", TlsToPlainPort),
        ("peer is incompatible", TlsNotAgreed),
        ("peer doesn't support any known protocol", TlsNotAgreed),
        ("peer sent no certificates", CertificateOther),
        // A server that is overloaded sends this alert, too.
        ("received fatal alert: internalerror", Other),
        ("received fatal alert", TlsNotAgreed),
        // OpenSSL, whose spelling differs between versions
        ("hostname mismatch", WrongHost),
        ("ip address mismatch", WrongHost),
        ("self-signed certificate", UnknownIssuer),
        ("self signed certificate", UnknownIssuer),
        ("unable to get local issuer certificate", UnknownIssuer),
        ("unable to get issuer certificate", UnknownIssuer),
        ("unable to verify the first certificate", UnknownIssuer),
        ("certificate has expired", Expired),
        ("certificate is not yet valid", NotYetValid),
        ("certificate verify failed", CertificateOther),
        ("wrong version number", TlsToPlainPort),
        ("packet length too long", TlsToPlainPort),
        ("unknown protocol", TlsToPlainPort),
        ("unsupported protocol", TlsNotAgreed),
        ("no protocols available", TlsNotAgreed),
        ("alert handshake failure", TlsNotAgreed),
        ("alert protocol version", TlsNotAgreed),
        ("alert certificate required", TlsNotAgreed),
        // Security Framework
        ("certificate name does not match", WrongHost),
        ("certificate is expired", Expired),
        ("certificate is not trusted", UnknownIssuer),
        ("certificate was not trusted", UnknownIssuer),
        // SChannel: CERT_E_*, then SEC_E_*
        ("(os error -2146762487)", UnknownIssuer),
        ("(os error -2146762486)", UnknownIssuer),
        ("(os error -2146762495)", Expired),
        ("(os error -2146762481)", WrongHost),
        ("(os error -2146893019)", UnknownIssuer),
        ("(os error -2146893016)", Expired),
        ("(os error -2146893022)", WrongHost),
        ("(os error -2146893048)", TlsToPlainPort),
        ("(os error -2146893007)", TlsNotAgreed),
        // hyper-util, whose plain connector gets an https URL
        ("invalid url, scheme is not http", NoTls),
    ]
};

/// Texts of resolvers that know that a name does not exist or has no address, in lower case.
const NAME_NOT_FOUND_TEXTS: [&str; 11] = [
    "name or service not known",      // glibc, EAI_NONAME
    "no address associated with",     // glibc, Android and OpenBSD, EAI_NODATA
    "name does not resolve",          // musl and FreeBSD
    "name has no usable address",     // musl
    "nodename nor servname provided", // macOS
    "hostname nor servname provided", // older FreeBSD
    "(os error 11001)",               // Windows, WSAHOST_NOT_FOUND
    "(os error 11004)",               // Windows, WSANO_DATA
    "no such host",                   // resolvers that follow Windows and Go
    "no record found",                // hickory-resolver
    "no records found",               // hickory-resolver
];

impl ConnectFailure {
    /// Classifies the error of a connection that could not be established.
    pub(super) fn of(error: &(dyn Error + 'static)) -> (Self, Peer) {
        let errors = chain(error);
        let texts: Vec<String> = errors.iter().map(|error| error.to_string().to_lowercase()).collect();
        let contains = |part: &str| texts.iter().any(|text| text.contains(part));

        if contains("tunnel error: proxy authorization required") {
            return (Self::ProxyAuthentication, Peer::Proxy);
        }
        if contains("tunnel error: unsuccessful") {
            return (Self::ProxyRefused, Peer::Proxy);
        }
        let peer = if contains("tunnel error: ") { Peer::Proxy } else { Peer::Server };
        // "dns error" is hyper-util's text, the other one is reqwest's.
        let failure = if contains("dns error") || contains("error resolving dns") {
            let is_unknown = NAME_NOT_FOUND_TEXTS.iter().any(|text| contains(text));
            if is_unknown { Self::NameNotFound } else { Self::Resolver }
        } else {
            let of_tls = TLS_TEXTS.iter().find(|(text, _)| contains(text));
            of_tls.map_or_else(|| Self::of_io(&errors), |(_, failure)| *failure)
        };
        // A timeout of reqwest's connector is not an I/O error.
        if failure == Self::Other && contains("operation timed out") {
            return (Self::TimedOut, peer);
        }
        (failure, peer)
    }

    /// Classifies an error of the operating system.
    fn of_io(errors: &[&(dyn Error + 'static)]) -> Self {
        use io::ErrorKind::{
            BrokenPipe, ConnectionAborted, ConnectionRefused, ConnectionReset, HostUnreachable, NetworkDown,
            NetworkUnreachable, PermissionDenied, TimedOut, UnexpectedEof,
        };
        let mut kinds =
            errors.iter().filter_map(|error| error.downcast_ref::<io::Error>()).map(io::Error::kind);
        let of_kind = |kind| match kind {
            ConnectionRefused => Some(Self::Refused),
            HostUnreachable | NetworkUnreachable | NetworkDown => Some(Self::Unreachable),
            TimedOut => Some(Self::TimedOut),
            PermissionDenied => Some(Self::NotPermitted),
            BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof => Some(Self::Closed),
            _ => None,
        };
        kinds.find_map(of_kind).unwrap_or(Self::Other)
    }

    /// Returns true if a later attempt may succeed although nobody changes anything.
    pub(super) fn is_transient(self) -> bool {
        match self {
            Self::Resolver
            | Self::Refused
            | Self::Unreachable
            | Self::TimedOut
            | Self::NotPermitted
            | Self::Closed
            | Self::ProxyRefused
            | Self::Other => true,
            Self::NameNotFound
            | Self::CertificateUnknownIssuer
            | Self::CertificateExpired
            | Self::CertificateNotYetValid
            | Self::CertificateWrongHost
            | Self::CertificateSelfSigned
            | Self::CertificateOther
            | Self::TlsNotAgreed
            | Self::TlsToPlainPort
            | Self::ProxyAuthentication
            | Self::NoTls => false,
        }
    }

    /// Returns the reason and the remedy.
    pub(super) fn message(self, peer: Peer) -> (&'static str, &'static str) {
        let (reason, remedy) = self.message_of_server();
        let is_about_address = matches!(
            self,
            Self::NameNotFound | Self::Resolver | Self::Refused | Self::Unreachable | Self::TimedOut
        );
        // The URL is not the address that could not be connected to.
        let is_proxy = peer == Peer::Proxy && is_about_address;
        (
            reason,
            if is_proxy {
                "check the host and the port of the proxy, and that it is running"
            } else {
                remedy
            },
        )
    }

    fn message_of_server(self) -> (&'static str, &'static str) {
        match self {
            Self::NameNotFound => {
                ("the name of its host does not exist", "check the host of the URL for typing errors")
            }
            Self::Resolver => (
                "the name of its host could not be resolved",
                "check the network and its DNS servers, or try again later",
            ),
            Self::Refused => (
                "the connection was refused",
                "check the host and the port of the URL, and that the server is running",
            ),
            Self::Unreachable => {
                ("there is no route to its host", "check the network, the VPN and the host of the URL")
            }
            Self::TimedOut => (
                "the connection was not established in time",
                "check the base URL and the network, set a proxy with `http_client_builder` if one is \
                 required, or raise `connect_timeout`",
            ),
            Self::NotPermitted => (
                "the operating system does not permit the connection",
                "check the firewall and the permissions of this process",
            ),
            Self::CertificateUnknownIssuer => (
                "its certificate comes from an authority that is not trusted",
                "if the authority is a private one or that of an inspecting proxy, add it with \
                 `http_client_builder`",
            ),
            Self::CertificateExpired => (
                "its certificate has expired",
                "check the clock of this machine, or tell the operator of the server",
            ),
            Self::CertificateNotYetValid => (
                "its certificate is not valid yet",
                "check the clock of this machine, or tell the operator of the server",
            ),
            Self::CertificateWrongHost => {
                ("its certificate is for another host", "check the host of the URL")
            }
            Self::CertificateSelfSigned => (
                "its certificate is that of an authority, as self-signed ones often are, and not that of a server",
                "let an authority issue the server's certificate, and add the authority with `http_client_builder`",
            ),
            Self::CertificateOther => {
                ("its certificate is invalid", "see this error's source, and tell the operator of the server")
            }
            Self::TlsNotAgreed => (
                "the client and the server could not agree on TLS",
                "see this error's source: the TLS versions may differ, or the server may require a client \
                 certificate",
            ),
            Self::TlsToPlainPort => (
                "its port does not speak TLS",
                "check the port of the URL, or use http if the host is a loopback host",
            ),
            Self::Closed => (
                "the connection was closed before it was established",
                "check the port of the URL, or try again later",
            ),
            Self::ProxyAuthentication => {
                ("it requires credentials (407)", "set the user and the password of the proxy")
            }
            Self::ProxyRefused => (
                "it did not open a connection to the server",
                "check that the proxy allows the host of the URL",
            ),
            Self::NoTls => {
                ("this build has no TLS", "enable the feature `rustls` or `native-tls` of the crate moneykit")
            }
            Self::Other => ("this error's source is the reason", "check the base URL and the network"),
        }
    }
}

/// Returns an error and its sources.
///
/// The source of an I/O error that wraps another error is the source of that other error, so the wrapped error is
/// inserted here.
pub(super) fn chain<'e>(error: &'e (dyn Error + 'static)) -> Vec<&'e (dyn Error + 'static)> {
    fn next<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e (dyn Error + 'static)> {
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        wrapped.map(|error| error as &(dyn Error + 'static)).or_else(|| error.source())
    }
    std::iter::successors(Some(error), |error| next(*error)).collect()
}

#[cfg(test)]
mod tests {
    use std::fmt;

    use super::*;

    /// An error with a text and a source.
    #[derive(Debug)]
    struct Link(&'static str, Option<Box<dyn Error + Send + Sync>>);

    impl fmt::Display for Link {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl Error for Link {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.1.as_deref().map(|error| error as _)
        }
    }

    fn classify(
        text: &'static str,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> (ConnectFailure, Peer) {
        ConnectFailure::of(&Link("error sending request", Some(Box::new(Link(text, Some(source.into()))))))
    }

    #[test]
    fn the_errors_of_resolvers_are_classified() {
        for (text, expected) in [
            ("failed to lookup address information: Name or service not known", ConnectFailure::NameNotFound),
            (
                "failed to lookup address information: No address associated with hostname",
                ConnectFailure::NameNotFound,
            ),
            ("failed to lookup address information: Name does not resolve", ConnectFailure::NameNotFound),
            (
                "failed to lookup address information: nodename nor servname provided, or not known",
                ConnectFailure::NameNotFound,
            ),
            ("Der angegebene Host ist unbekannt. (os error 11001)", ConnectFailure::NameNotFound),
            ("no such host", ConnectFailure::NameNotFound),
            (
                "failed to lookup address information: Temporary failure in name resolution",
                ConnectFailure::Resolver,
            ),
            ("failed to lookup address information: Try again", ConnectFailure::Resolver),
            ("This is usually a temporary error. (os error 11002)", ConnectFailure::Resolver),
            ("whatever a caller's resolver says", ConnectFailure::Resolver),
        ] {
            for layer in ["dns error", "error resolving DNS"] {
                assert_eq!(classify(layer, io::Error::other(text)), (expected, Peer::Server), "{text}");
            }
        }
    }

    #[test]
    fn a_name_in_the_invalid_domain_is_not_found_or_the_resolver_fails() {
        // RFC 6761 §6.4: `.invalid` never resolves. Without a network the resolver does not answer.
        let error = std::net::ToSocketAddrs::to_socket_addrs("moneykit.invalid:443").unwrap_err();

        let (failure, _) = classify("dns error", error);
        assert!(matches!(failure, ConnectFailure::NameNotFound | ConnectFailure::Resolver), "{failure:?}");
    }

    #[test]
    fn the_errors_of_the_operating_system_are_classified() {
        use io::ErrorKind;
        for (kind, expected) in [
            (ErrorKind::ConnectionRefused, ConnectFailure::Refused),
            (ErrorKind::HostUnreachable, ConnectFailure::Unreachable),
            (ErrorKind::NetworkUnreachable, ConnectFailure::Unreachable),
            (ErrorKind::TimedOut, ConnectFailure::TimedOut),
            (ErrorKind::PermissionDenied, ConnectFailure::NotPermitted),
            (ErrorKind::ConnectionReset, ConnectFailure::Closed),
            (ErrorKind::UnexpectedEof, ConnectFailure::Closed),
            (ErrorKind::AddrNotAvailable, ConnectFailure::Other),
        ] {
            assert_eq!(classify("tcp connect error", io::Error::from(kind)), (expected, Peer::Server));
            // TLS libraries' connectors wrap the errors of their streams.
            let wrapped = io::Error::other(io::Error::from(kind));
            assert_eq!(classify("client error (Connect)", wrapped), (expected, Peer::Server));
        }
    }

    #[test]
    fn the_errors_of_tls_libraries_are_classified() {
        for (text, expected) in [
            ("invalid peer certificate: UnknownIssuer", ConnectFailure::CertificateUnknownIssuer),
            (
                "invalid peer certificate: certificate expired: verification time 2 (UNIX), but certificate is \
                 not valid after 1 (1 seconds ago)",
                ConnectFailure::CertificateExpired,
            ),
            ("invalid peer certificate: Expired", ConnectFailure::CertificateExpired),
            (
                "invalid peer certificate: certificate not valid yet: verification time 1 (UNIX), but …",
                ConnectFailure::CertificateNotYetValid,
            ),
            (
                "invalid peer certificate: certificate not valid for name \"a.test\"; certificate is only valid \
                 for DnsName(\"b.test\")",
                ConnectFailure::CertificateWrongHost,
            ),
            ("invalid peer certificate: BadSignature", ConnectFailure::CertificateOther),
            (
                "invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))",
                ConnectFailure::CertificateSelfSigned,
            ),
            ("received corrupt message of type InvalidContentType", ConnectFailure::TlsToPlainPort),
            ("received fatal alert: ProtocolVersion", ConnectFailure::TlsNotAgreed),
            ("received fatal alert: HandshakeFailure", ConnectFailure::TlsNotAgreed),
            ("received fatal alert: CertificateRequired", ConnectFailure::TlsNotAgreed),
            ("received fatal alert: InternalError", ConnectFailure::Other),
            ("peer is incompatible: NoCipherSuitesInCommon", ConnectFailure::TlsNotAgreed),
            (
                "error:0A000086:SSL routines:tls_post_process_server_certificate:certificate verify \
                 failed:ssl/statem/statem_clnt.c:1889: (self-signed certificate)",
                ConnectFailure::CertificateUnknownIssuer,
            ),
            (
                "error:0A000086:SSL routines::certificate verify failed: (certificate has expired)",
                ConnectFailure::CertificateExpired,
            ),
            (
                "error:0A000086:SSL routines::certificate verify failed: (hostname mismatch)",
                ConnectFailure::CertificateWrongHost,
            ),
            (
                "error:0A000086:SSL routines::certificate verify failed: (certificate revoked)",
                ConnectFailure::CertificateOther,
            ),
            (
                "error:0A00010B:SSL routines:ssl3_get_record:wrong version number",
                ConnectFailure::TlsToPlainPort,
            ),
            (
                "Eine Zertifikatkette wurde verarbeitet. (os error -2146762487)",
                ConnectFailure::CertificateUnknownIssuer,
            ),
            ("“a.test” certificate name does not match input", ConnectFailure::CertificateWrongHost),
        ] {
            let error = io::Error::other(io::Error::new(io::ErrorKind::InvalidData, text));
            assert_eq!(classify("client error (Connect)", error), (expected, Peer::Server), "{text}");
            assert_eq!(expected.is_transient(), expected == ConnectFailure::Other, "{text}");
        }
    }

    #[test]
    fn a_server_that_hangs_up_during_the_tls_handshake_may_recover() {
        let error = io::Error::other(io::Error::new(io::ErrorKind::UnexpectedEof, "tls handshake eof"));

        let (failure, _) = classify("client error (Connect)", error);
        assert_eq!(failure, ConnectFailure::Closed);
        assert!(failure.is_transient());
    }

    #[test]
    fn the_errors_of_proxies_are_classified() {
        for (text, source, expected) in [
            ("tunnel error: proxy authorization required", None, ConnectFailure::ProxyAuthentication),
            ("tunnel error: unsuccessful", None, ConnectFailure::ProxyRefused),
            (
                "tunnel error: failed to create underlying connection",
                Some(io::Error::from(io::ErrorKind::ConnectionRefused)),
                ConnectFailure::Refused,
            ),
            ("tunnel error: unexpected end of file", None, ConnectFailure::Other),
        ] {
            let error = Link(text, source.map(|error| Box::new(error) as _));
            assert_eq!(ConnectFailure::of(&error), (expected, Peer::Proxy), "{text}");
        }
        assert!(!ConnectFailure::ProxyAuthentication.is_transient());
    }

    #[test]
    fn a_client_without_tls_is_recognized() {
        let (failure, _) = classify("client error (Connect)", "invalid URL, scheme is not http");
        assert_eq!(failure, ConnectFailure::NoTls);
        assert!(!failure.is_transient());
    }
}
