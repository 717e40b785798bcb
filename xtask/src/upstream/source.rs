use std::io::Read;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use moneykit_contract::Document;
use reqwest::Url;
use reqwest::blocking::{Client, Response};
use reqwest::redirect::Policy;

/// More than this is no document that anybody wrote.
const LARGEST: u64 = 256 << 20;

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
        "{url} is neither https nor on this machine: whoever is on the way could write the contract; download it and \
         name the file"
    );
    let policy = Policy::custom(|attempt| {
        let goes_on = is_trusted(attempt.url()) && attempt.previous().len() < 10;
        if goes_on { attempt.follow() } else { attempt.stop() }
    });
    let client = Client::builder().redirect(policy).timeout(Duration::from_secs(120)).build()?;
    let response = client.get(url.clone()).send().with_context(|| format!("{url} can't be fetched"))?;
    ensure!(response.status().is_success(), "{url} answers with {}: check the URL", response.status());
    Ok(Document::parse(url.as_str(), &text(response)?)?)
}

fn text(response: Response) -> Result<String> {
    let mut text = String::new();
    // One byte more than is allowed tells whether there is one.
    response
        .take(LARGEST + 1)
        .read_to_string(&mut text)
        .context("the document breaks off, or is not UTF-8")?;
    if u64::try_from(text.len())? > LARGEST {
        bail!("the document is larger than {} MiB: cut it down, and name the file", LARGEST >> 20);
    }
    Ok(text)
}

/// Says whether what comes from a URL is what its owner sent.
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

    /// Answers one request with a text, on a port of its own.
    fn serve(answer: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/openapi.yaml", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4_096]).unwrap();
            write!(stream, "{answer}").unwrap();
        });
        url
    }

    #[test]
    fn a_document_on_this_machine_can_be_fetched() {
        let url = serve("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nopenapi: 3.1.0\n");

        assert!(read(&url).unwrap().is_3_1());
    }

    #[test]
    fn what_can_not_be_trusted_or_found_is_refused_with_a_way_out() {
        let moved = serve(
            "HTTP/1.1 302 Found\r\nlocation: http://vendor.test/openapi.yaml\r\ncontent-length: 0\r\n\r\n",
        );
        let missing = serve("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n");
        for (source, what) in [
            ("http://vendor.test/openapi.yaml", "neither https nor on this machine"),
            (moved.as_str(), "answers with 302"),
            (missing.as_str(), "answers with 404"),
            ("no/such/file.yaml", "can't be read"),
        ] {
            let error = format!("{:#}", read(source).unwrap_err());
            assert!(error.contains(what), "{source}: {error}");
        }
    }
}
