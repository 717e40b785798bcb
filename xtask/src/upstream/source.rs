//! Reads the vendor's document from a file or a URL.

use std::io::Read;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use moneykit_contract::Document;
use reqwest::Url;
use reqwest::blocking::{Client, Response};
use reqwest::redirect::Policy;

/// The maximum size of a document in bytes.
const MAX_BYTES: u64 = 256 << 20;

/// Reads a document from a file or a URL.
pub(super) fn read(source: &str) -> Result<Document> {
    match Url::parse(source) {
        Ok(url) if ["http", "https"].contains(&url.scheme()) => fetch(&url),
        _ => Ok(Document::read(source)?),
    }
}

fn fetch(url: &Url) -> Result<Document> {
    ensure!(
        is_trusted(url),
        "{url} is neither https nor on this machine, so its content could be tampered with in transit; download and \
         review it, then pass the file"
    );
    let policy = Policy::custom(|attempt| {
        let follow = is_trusted(attempt.url()) && attempt.previous().len() < 10;
        if follow { attempt.follow() } else { attempt.stop() }
    });
    let client = Client::builder().redirect(policy).timeout(Duration::from_secs(120)).build()?;
    let response = client.get(url.clone()).send().with_context(|| format!("{url} can't be fetched"))?;
    ensure!(response.status().is_success(), "{url} returned {}: check the URL", response.status());
    Ok(Document::parse(url.as_str(), &text(response)?)?)
}

fn text(response: Response) -> Result<String> {
    let mut text = String::new();
    // One byte more than allowed shows that the document is too large.
    response
        .take(MAX_BYTES + 1)
        .read_to_string(&mut text)
        .context("the document is truncated or not UTF-8")?;
    if u64::try_from(text.len())? > MAX_BYTES {
        bail!(
            "the document is larger than {} MiB: download it, remove what is not needed, and pass the file",
            MAX_BYTES >> 20
        );
    }
    Ok(text)
}

/// Returns true if nobody on the network can change what a URL returns.
fn is_trusted(url: &Url) -> bool {
    let is_loopback = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "https" || is_loopback
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::TcpListener;

    use super::*;

    /// Serves one response on a free port and returns its URL.
    fn serve(response: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/openapi.yaml", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4_096]).unwrap();
            write!(stream, "{response}").unwrap();
        });
        url
    }

    #[test]
    fn a_document_on_this_machine_can_be_fetched() {
        let url = serve("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nopenapi: 3.1.0\n");

        assert!(read(&url).unwrap().is_3_1());
    }

    #[test]
    fn an_insecure_or_missing_source_is_an_error_with_a_fix() {
        let moved = serve(
            "HTTP/1.1 302 Found\r\nlocation: http://vendor.test/openapi.yaml\r\ncontent-length: 0\r\n\r\n",
        );
        let missing = serve("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n");
        for (source, message) in [
            ("http://vendor.test/openapi.yaml", "neither https nor on this machine"),
            (moved.as_str(), "returned 302"),
            (missing.as_str(), "returned 404"),
            ("no/such/file.yaml", "can't be read"),
        ] {
            let error = format!("{:#}", read(source).unwrap_err());
            assert!(error.contains(message), "{source}: {error}");
        }
    }
}
