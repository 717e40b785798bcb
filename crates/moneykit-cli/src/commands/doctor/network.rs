//! The checks of the network: the name, the connection, TLS, and the server's clock.

use std::net::SocketAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use moneykit::{Client, Clock as _, Response, SystemClock};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use url::{Host, Url};

use super::report::{Check, Report};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::Settings;

/// How long a name or a connection may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The difference of clocks that is worth mentioning. Responses take time, and `Date` has whole seconds.
const SKEW: Duration = Duration::from_secs(30);

/// Checks the network. Returns true if the server responds.
pub(super) async fn run(settings: &Settings, report: &mut Report) -> bool {
    if report.has_failed("url") {
        return false;
    }
    let Ok(url) = Url::parse(&settings.url.value) else { return false };
    let Some(addresses) = resolve(&url, report).await else { return false };
    if !connect(&addresses, report).await {
        return false;
    }
    let Some(response) = respond(settings, &url, report).await else { return false };
    clock(&response, report);
    true
}

async fn resolve(url: &Url, report: &mut Report) -> Option<Vec<SocketAddr>> {
    let port = url.port_or_known_default()?;
    let name = match url.host()? {
        Host::Ipv4(address) => return Some(vec![(address, port).into()]),
        Host::Ipv6(address) => return Some(vec![(address, port).into()]),
        Host::Domain(name) => name,
    };
    let found = timeout(TIMEOUT, lookup_host((name, port))).await;
    let what = match found {
        Ok(Ok(addresses)) => {
            let addresses: Vec<_> = addresses.collect();
            let shown: Vec<_> = addresses.iter().map(|address| address.ip().to_string()).collect();
            report.add(Check::passed("dns", format!("{name}: {}", shown.join(", "))));
            return Some(addresses);
        }
        Ok(Err(error)) => error.to_string(),
        Err(_) => format!("no answer within {} s", TIMEOUT.as_secs()),
    };
    let message = format!(
        "{name} has no address ({what}); check the host of the URL, and the resolver of this network"
    );
    report.add(Check::failed("dns", &Failure::new(Exit::NoResponse, message)));
    None
}

/// Connects to the addresses in turn, until one accepts the connection.
async fn connect(addresses: &[SocketAddr], report: &mut Report) -> bool {
    let mut failed = Vec::new();
    for address in addresses {
        let what = match timeout(TIMEOUT, TcpStream::connect(address)).await {
            Ok(Ok(_)) => {
                let message = format!("connected to {address}");
                report.add(if failed.is_empty() {
                    Check::passed("tcp", message)
                } else {
                    let remedy =
                        format!("other addresses do not work, which delays requests: {}", failed.join(", "));
                    Check::warning("tcp", message, remedy)
                });
                return true;
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no connection within {} s", TIMEOUT.as_secs()),
        };
        failed.push(format!("{address} ({what})"));
    }
    let message = format!("{}; check the URL's port, and the firewall of this network", failed.join(", "));
    report.add(Check::failed("tcp", &Failure::new(Exit::NoResponse, message)));
    false
}

/// Sends a request without credentials. Any response will do.
async fn respond(settings: &Settings, url: &Url, report: &mut Report) -> Option<Response> {
    let name = if url.scheme() == "https" { "tls" } else { "http" };
    // The client has no way to send no token. This one is none, so the server rejects it.
    let client = Client::builder().static_token("doctor").base_url(settings.url.value.clone()).build();
    let response = match client {
        Ok(client) => client.get("/").send().await,
        Err(error) => Err(error),
    };
    match response {
        Ok(response) => {
            report.add(Check::passed(name, format!("the server responds ({:?})", response.version())));
            Some(response)
        }
        Err(error) => {
            report.add(Check::failed(name, &error.into()));
            None
        }
    }
}

/// Compares our clock with the server's.
fn clock(response: &Response, report: &mut Report) {
    let date = response.headers().get("date").and_then(|date| date.to_str().ok());
    let Some(server) = date.and_then(|date| httpdate::parse_http_date(date).ok()) else {
        report.add(Check::skipped("clock", "the server states no time"));
        return;
    };
    let ours = UNIX_EPOCH + SystemClock.now().wall();
    report.add(match skew(ours, server) {
        (_, difference) if difference < SKEW => {
            Check::passed("clock", format!("within {} s of the server's", SKEW.as_secs()))
        }
        (direction, difference) => Check::warning(
            "clock",
            format!("{} s {direction} the server's", difference.as_secs()),
            "set it, for example by NTP: certificates are valid or not by this clock",
        ),
    });
}

fn skew(ours: SystemTime, server: SystemTime) -> (&'static str, Duration) {
    match ours.duration_since(server) {
        Ok(ahead) => ("ahead of", ahead),
        Err(behind) => ("behind", behind.duration()),
    }
}
